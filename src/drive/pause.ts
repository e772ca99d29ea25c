/**
 * The wait between two attempts.
 *
 * @module
 */

import { AbortedError } from "../errors.ts";
import type { Core } from "./core.ts";
import type { Trip } from "./trip.ts";
import { wait } from "./wait.ts";

/** Waits; rejects with an `AbortedError` as soon as the trip's signal fires. */
export async function pause(core: Core, trip: Trip, delayMs: number): Promise<void> {
  if (delayMs > 0) await wait(core, trip, delayMs);
  if (trip.signal?.aborted === true) {
    throw new AbortedError("The caller's signal fired between two attempts", {
      attempts: trip.attempts,
      executed: trip.mayHaveRun ? "unknown" : "no",
      cause: trip.signal.reason,
    });
  }
}
