/**
 * A whole application on Deno: a Holdfast over a scripted primary and two replicas, and Deno KV. Runs only in Deno.
 *
 * @module
 */

import process from "node:process";
import { scripted } from "../../adapters/connectors/scripted/mod.ts";
import type { DenoKv } from "../../adapters/stores/deno-kv/kv.ts";
import { denoKvStore } from "../../adapters/stores/deno-kv/mod.ts";
import { createHoldfast } from "../../mod.ts";
import { obey } from "./obey.ts";

declare const Deno: { openKv(path?: string): Promise<DenoKv> };

const [, , path] = process.argv;
const primary = scripted();
const [b, c] = [scripted({ role: "replica" }), scripted({ role: "replica" })];
const db = createHoldfast({
  endpoints: [
    { id: "a", role: "primary", connector: primary },
    { id: "b", role: "replica", connector: b },
    { id: "c", role: "replica", connector: c },
  ],
  store: denoKvStore({ kv: () => Deno.openKv(path) }),
  // A slow machine is no reason not to wait for the store.
  // No trial while the test runs; and what is suspected is soon found down.
  circuit: { cooldownMs: 300_000, maxCooldownMs: 300_000 },
  probe: { intervalMs: 500 },
  sharing: { coldWaitMs: 10_000, timeoutMs: 10_000 },
});

function circuitOfB(): string | undefined {
  return db.stats().endpoints.find(({ id }) => id === "b")?.circuit;
}

const FROM_REPLICAS = { readPreference: "replicaPreferred" } as const;

/** Enough reads for any circuit to open. */
const MAX_READS = 1_000;

await obey({
  async lose(): Promise<void> {
    b.die();
  },
  async read(): Promise<unknown> {
    const { servedBy, attempts } = await db.query("select 1", [], FROM_REPLICAS);
    return { servedBy, attempts };
  },
  /** Reads until the circuit of `b` is open here. */
  async learn(): Promise<void> {
    for (let i = 0; i < MAX_READS && circuitOfB() === "closed"; i++) {
      await db.query("select 1", [], FROM_REPLICAS);
    }
  },
  circuit: async (): Promise<string | undefined> => circuitOfB(),
  async tick(): Promise<unknown> {
    return db.tick();
  },
  async close(): Promise<void> {
    await db.close();
  },
});
