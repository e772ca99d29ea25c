/**
 * When a statement without an answer makes holdfast ask whether the endpoint lives.
 *
 * @module
 */

import { ENOUGH } from "../time/pace.ts";
import type { Core, Site } from "./core.ts";
import type { Trip } from "./trip.ts";

/** A text that takes so many times as long as usual is worth a question … */
const FACTOR = 20;
/** … but not sooner than this: pauses of a garbage collector or a checkpoint take so long. */
const LEAST_MS = 100;

/** How long this statement may go without an answer: less where its text is known to be fast. */
export function doubtAfterMs(core: Core, { plan: { pace } }: Trip): number {
  const { doubtAfterMs: most } = core.settings.probe;
  if (pace.samples < ENOUGH) return most;
  return Math.min(most, Math.max(LEAST_MS, FACTOR * pace.usual));
}

/**
 * Whether the endpoint answered somebody within the time that makes a doubt: then it lives, and the statement
 * is simply slow. Under load nearly always so; or every slow statement of a busy server would ask.
 */
export function answeredLately(core: Core, site: Site, trip: Trip, now: number): boolean {
  return now - site.answeredAt < doubtAfterMs(core, trip);
}
