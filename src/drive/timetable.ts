/**
 * When each attempt wants to be woken. Nearly all are answered long before, so arming a timer of the
 * platform for each (0.3–0.6 µs on Node) would be most of what holdfast costs.
 *
 * @module
 */

import type { Clock, Runtime, Timer } from "../ports.ts";

/** Something that wants to be woken once. The timetable writes the fields in between. */
export interface Entry {
  wake(): void;
  dueAt: number;
  previous: Entry | undefined;
  next: Entry | undefined;
  timer: Timer | undefined;
}

/** Wakes entries when they are due. */
export interface Timetable {
  /** Enters it; it must not be entered already. */
  set(entry: Entry, dueAt: number, now: number): void;
  /** Takes it out, if it is still in. */
  remove(entry: Entry): void;
  /** From now on, keeps no timer armed for nobody. */
  stop(): void;
}

/**
 * One list in the order of time and one armed timer for its head. Where a timer belongs to the request
 * that set it (Workers), one request must not wait for another's: there each entry has its own.
 */
export function createTimetable(runtime: Runtime): Timetable {
  return runtime.persistentIO
    ? new SharedTimetable(runtime.clock)
    : new SingleTimetable(runtime.clock);
}

class SharedTimetable implements Timetable {
  readonly #clock: Clock;
  #head: Entry | undefined;
  #tail: Entry | undefined;
  #timer: Timer | undefined;
  #armedFor = Infinity;
  #stopping = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  set(entry: Entry, dueAt: number, now: number): void {
    entry.dueAt = dueAt;
    // Most wait equally long, so the place is nearly always at the end.
    let before = this.#tail;
    if (before !== undefined && this.#head !== undefined && dueAt < this.#head.dueAt) {
      before = undefined;
    }
    while (before !== undefined && before.dueAt > dueAt) before = before.previous;
    this.#link(entry, before);
    // A timer that is armed too early only looks and arms anew: cheaper than keeping it exact.
    if (dueAt < this.#armedFor) this.#arm(dueAt, now);
  }

  remove(entry: Entry): void {
    const { previous, next } = entry;
    if (previous === undefined && this.#head !== entry) return;
    if (previous === undefined) this.#head = next;
    else previous.next = next;
    if (next === undefined) this.#tail = previous;
    else next.previous = previous;
    entry.previous = undefined;
    entry.next = undefined;
    if (this.#stopping) this.stop();
  }

  stop(): void {
    // Whoever is still in may hang on a connector that does not heed `destroy`: its deadline will save it.
    this.#stopping = true;
    if (this.#head === undefined) this.#timer?.cancel();
  }

  #link(entry: Entry, before: Entry | undefined): void {
    const after = before === undefined ? this.#head : before.next;
    entry.previous = before;
    entry.next = after;
    if (before === undefined) this.#head = entry;
    else before.next = entry;
    if (after === undefined) this.#tail = entry;
    else after.previous = entry;
  }

  #arm(dueAt: number, now: number): void {
    this.#timer?.cancel();
    this.#armedFor = dueAt;
    // Whoever waits for a database has a socket open; the timer need not keep the process alive too.
    this.#timer = this.#clock.background(Math.max(0, dueAt - now), this.#ring);
  }

  readonly #ring = (): void => {
    this.#armedFor = Infinity;
    const now = this.#clock.now();
    for (let first = this.#head; first !== undefined && first.dueAt <= now; first = this.#head) {
      this.remove(first);
      first.wake();
    }
    if (this.#head !== undefined && this.#head.dueAt < this.#armedFor) {
      this.#arm(this.#head.dueAt, now);
    }
  };
}

class SingleTimetable implements Timetable {
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  set(entry: Entry, dueAt: number, now: number): void {
    entry.dueAt = dueAt;
    entry.timer = this.#clock.after(Math.max(0, dueAt - now), () => entry.wake());
  }

  remove(entry: Entry): void {
    entry.timer?.cancel();
    entry.timer = undefined;
  }

  /** Each entry has taken itself out when its attempt ended. */
  stop(): void {}
}
