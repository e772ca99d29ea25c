/**
 * What requests have under way, where one can be cut off halfway: its timers never fire then and its promises never
 * settle, so nobody takes back what it had taken. Whoever comes later does.
 *
 * @module
 */

/** Something that is over at a time known beforehand, if its request lives. */
export interface Enrolled {
  readonly until: number;
  /** Its request is dead: takes back what was counted for it. */
  forsaken(): void;
}

/** So long after its time it counts as dead: a living request's timer is never so late (ours). */
const GRACE_MS = 5_000;
/** Between two looks through the roll. */
const SWEEP_MS = 1_000;

/** All that is under way. As much as was begun within the longest deadline. */
export class Roll {
  readonly #entries = new Set<Enrolled>();
  #sweptAt = 0;

  add(entry: Enrolled, now: number): void {
    this.sweep(now);
    this.#entries.add(entry);
  }

  remove(entry: Enrolled): void {
    this.#entries.delete(entry);
  }

  /** Strikes out the dead, from time to time. */
  sweep(now: number): void {
    if (now - this.#sweptAt < SWEEP_MS) return;
    this.#sweptAt = now;
    for (const entry of this.#entries) {
      if (now < entry.until + GRACE_MS) continue;
      this.#entries.delete(entry);
      entry.forsaken();
    }
  }
}
