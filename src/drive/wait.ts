/**
 * A wait on a call's way: bounded, and over at once when the caller gives up or the holdfast is closed.
 *
 * @module
 */

import type { Runtime } from "../ports.ts";
import type { Cuts } from "./within.ts";

/** Where somebody waits: in a scope, or in the whole core. */
export interface Waiting {
  readonly runtime: Runtime;
  readonly over: boolean;
  readonly cuts: Cuts;
}

/** How a wait ended. */
export type WaitEnd = "done" | "late" | "aborted" | "closed";

/** Waits until `work` settles, at most `limitMs`. Never rejects. */
export function wait(
  place: Waiting,
  signal: AbortSignal | undefined,
  limitMs: number,
  work?: Promise<unknown>,
): Promise<WaitEnd> {
  return new Promise((resolve) => {
    const end = (how: WaitEnd): void => {
      timer.cancel();
      signal?.removeEventListener("abort", aborted);
      place.cuts.delete(closed);
      resolve(how);
    };
    const aborted = (): void => end("aborted");
    const closed = (): void => end("closed");
    const timer = place.runtime.clock.after(limitMs, () => end("late"));
    // First of all, so that work which fails after the wait is over is no unhandled rejection.
    work?.then(
      () => end("done"),
      () => end("done"),
    );
    if (place.over) return closed();
    if (signal?.aborted === true) return aborted();
    signal?.addEventListener("abort", aborted);
    place.cuts.add(closed);
  });
}
