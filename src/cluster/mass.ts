/**
 * How many there are, of those who report now and then.
 *
 * Each report covers the time since the one before. A reporter's first one counts 1, and the later ones what
 * they cover over a span `T`; the sum decays by `e^(-t/T)`. A reporter that goes on then counts
 * `e^(-t/T) + (1 - e^(-t/T)) = 1` at all times, however often it reports, and one that is gone fades within the
 * span: so they are counted without a single one being remembered.
 *
 * A report that covers the time from before the count began is the first one of its reporter here, whatever
 * that told another life of the store before: it counts 1 as well.
 *
 * @module
 */

import type { Mass } from "./state.ts";

/** How far back it looks: six quiet syncs. */
export const COVER_MS = 60_000;

/** Two reports arrive closer together than they were sent by no more than this. */
const JITTER_MS = 1_000;

/** Nobody. */
export const noMass: Mass = { mass: 0, at: 0, from: 0 };

/** What is left of it at `now`. */
export function massAt({ mass, at }: Mass, now: number): number {
  return mass * Math.exp(-Math.max(0, now - at) / COVER_MS);
}

/**
 * With one more report: a reporter's first (`undefined`), or one that covers `sinceMs`. Whoever calls bounds it:
 * it may be longer than the span where a large fleet reports that seldom.
 */
export function cover(before: Mass, sinceMs: number | undefined, now: number): Mass {
  const from = before.mass > 0 ? before.from : now;
  const isFirst = sinceMs === undefined || now - sinceMs < from - JITTER_MS;
  const covered = isFirst ? 1 : sinceMs / COVER_MS;
  return { mass: massAt(before, now) + covered, at: Math.max(before.at, now), from };
}
