/**
 * One process of a fleet, on Deno: carries out what it reads from standard input on a store in a KV file. Runs
 * only in Deno.
 *
 * @module
 */

import process from "node:process";
import { denoKvStore } from "../../adapters/stores/deno-kv/mod.ts";
import type { DenoKv } from "../../adapters/stores/deno-kv/kv.ts";
import type { LeaseAnswer, LeaseRequest } from "../../src/ports.ts";
import { obey } from "./obey.ts";

declare const Deno: { openKv(path?: string): Promise<DenoKv & { close(): void }> };

const [, , path, prefix = '["holdfast"]'] = process.argv;
let opened: { close(): void } | undefined;

async function open(): Promise<DenoKv> {
  const kv = await Deno.openKv(path);
  opened = kv;
  return kv;
}

const store = denoKvStore({
  // No path: what the store opens by itself.
  ...(path === "" ? {} : { kv: open }),
  prefix: JSON.parse(prefix) as string[], // written by place.ts
});

await obey({
  sync: store.sync.bind(store),
  claim: store.claim.bind(store),
  command: store.command.bind(store),
  lease: store.lease.bind(store),
  unlease: store.unlease.bind(store),
  /** Asks for a lease until it gets it, and waits as long as it is told. */
  acquire: async (request: LeaseRequest): Promise<LeaseAnswer> => {
    for (;;) {
      const answer = await store.lease(request);
      if (answer.held) return answer;
      await new Promise((resolve) => setTimeout(resolve, answer.retryAfterMs));
    }
  },
  close: async (): Promise<void> => opened?.close(),
});
