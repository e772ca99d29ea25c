/**
 * An isolate's own clock: off, and not running quite right.
 */

import type { World } from "./world.ts";

export interface OwnClock {
  now(): number;
  /** At a reading of this clock, or at once. */
  at(instant: number, run: () => void): void;
}

export function ownClock({ plan, random, agenda }: World): OwnClock {
  const skewMs = plan.skewMs * (2 * random() - 1);
  const pace = 1 + plan.driftRatio * (2 * random() - 1);
  return {
    now: () => skewMs + agenda.now * pace,
    at: (instant, run) => agenda.at(Math.max(agenda.now, (instant - skewMs) / pace), run),
  };
}
