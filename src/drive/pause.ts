/**
 * The wait between two attempts.
 *
 * @module
 */

import { AbortedError } from "../errors.ts";
import type { Core } from "./core.ts";
import { closedUnderway } from "./depart.ts";
import type { Trip } from "./trip.ts";
import { wait } from "./wait.ts";

/** Waits; rejects as soon as the trip's signal fires or the holdfast is closed. */
export async function pause(core: Core, trip: Trip, delayMs: number): Promise<void> {
  if (delayMs > 0) {
    const how = await wait(trip.scope, trip.signal, delayMs);
    trip.now = core.runtime.clock.now();
    if (how === "closed") throw closedUnderway(trip);
  }
  if (trip.signal?.aborted === true) {
    throw new AbortedError("The caller's signal fired between two attempts", {
      attempts: trip.attempts,
      executed: trip.mayHaveRun ? "unknown" : "no",
      cause: trip.signal.reason,
    });
  }
}
