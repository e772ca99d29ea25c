/**
 * What several holdfasts of one process believe together.
 *
 * @module
 */

import type { Cluster } from "../../../src/cluster/state.ts";
import { emptyCluster, step } from "../../../src/cluster/step.ts";
import { CLUSTER_DEFAULTS } from "../../../src/model/cluster-rules.ts";
import type { Clock, LeasingStore, StoreTerms } from "../../../src/ports.ts";
import { readHolder, readLease } from "../cell/lease-request.ts";
import { claimTurn, commandTurn, syncTurn, type Turn } from "../cell/turn.ts";
import { stopIfAborted } from "../cell/waiting.ts";
import { createLeases } from "./leases.ts";

/** How a memory store is made. */
export interface MemoryStoreOptions {
  /** Monotonic milliseconds. @default {performance} */
  readonly clock?: Pick<Clock, "now">;
}

/** What a memory store is called in messages. */
const NAME = "memory";

/**
 * Makes a store that keeps its state in this process: for several holdfasts in one process, and for tests. It
 * is gone with the process, and no other process sees it. Answers are copies: nothing is shared with the caller.
 *
 * Rejects with a `StoreError` on reports, claims, commands and leases that make no sense, and when the signal
 * has fired.
 */
export function memoryStore({ clock = performance }: MemoryStoreOptions = {}): LeasingStore {
  const leases = createLeases();
  // Drawn with the first call: where this runs at module scope a Worker has no random source.
  let cluster: Cluster | undefined;

  function play<T>(
    make: () => Turn<T>,
    { rules = CLUSTER_DEFAULTS, random = Math.random(), signal }: Partial<StoreTerms> = {},
  ): T {
    stopIfAborted(NAME, signal);
    const { event, answer } = make();
    const now = clock.now();
    const before = cluster ?? emptyCluster(crypto.randomUUID());
    cluster = step(before, event, now, { random, rules });
    return structuredClone(answer(cluster, before, { now, rules }));
  }

  return {
    name: NAME,
    consistency: "strong",
    sync: async (report, terms) => play(() => syncTurn(report), terms),
    claim: async (request, terms) => play(() => claimTurn(request), terms),
    command: async (command, terms) => play(() => commandTurn(command), terms),
    lease: async (request) => leases.take(readLease(request), clock.now()),
    unlease: async (request) => leases.free(readHolder(request)),
  };
}
