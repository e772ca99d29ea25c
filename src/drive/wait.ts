/**
 * A wait on a trip: bounded, and over at once when the caller gives up.
 *
 * @module
 */

import type { Core } from "./core.ts";
import type { Trip } from "./trip.ts";

/** How a wait ended. */
export type WaitEnd = "done" | "late" | "aborted";

/** Waits until `work` settles, at most `limitMs`. Never rejects. */
export function wait(
  core: Core,
  trip: Trip,
  limitMs: number,
  work?: Promise<unknown>,
): Promise<WaitEnd> {
  const { signal } = trip;
  return new Promise((resolve) => {
    const end = (how: WaitEnd): void => {
      timer.cancel();
      signal?.removeEventListener("abort", aborted);
      trip.now = core.runtime.clock.now();
      resolve(how);
    };
    const aborted = (): void => end("aborted");
    const timer = core.runtime.clock.after(limitMs, () => end("late"));
    if (signal?.aborted === true) return aborted();
    signal?.addEventListener("abort", aborted);
    work?.then(
      () => end("done"),
      () => end("done"),
    );
  });
}
