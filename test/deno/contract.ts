/**
 * The store's contract, played inside Deno on KV files. Runs only in Deno.
 *
 * @module
 */

import process from "node:process";
import type { DenoKv } from "../../adapters/stores/deno-kv/kv.ts";
import { denoKvStore } from "../../adapters/stores/deno-kv/mod.ts";
import { storeContract } from "../contract/store.ts";
import { obey } from "./obey.ts";

declare const Deno: { openKv(path?: string): Promise<DenoKv & { close(): void }> };

const [, , path] = process.argv;

await obey({
  /** Plays the case of that name; each `open` is a connection of its own to the same file. */
  async play(name: string): Promise<void> {
    const opened: Promise<{ close(): void }>[] = [];
    const openKv = async (): Promise<DenoKv> => {
      const kv = Deno.openKv(path);
      opened.push(kv);
      return kv;
    };
    const played = storeContract({ leases: true }).find((one) => one.name === name);
    if (played === undefined) throw new Error(`The contract has no case "${name}"`);
    await played.run({ open: () => denoKvStore({ kv: openKv }) });
    for (const kv of opened) (await kv).close();
  },
});
