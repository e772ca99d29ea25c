/**
 * Time and chance for tests: a clock that only moves when told, and a random source that a seed replays.
 */

import type { Clock, Random, Runtime, Timer } from "../src/ports.ts";

interface Alarm {
  readonly at: number;
  readonly wake: () => void;
}

/** A turn of the real event loop: every promise job that can run has run by then. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * A clock that stands still until it is advanced. Timers fire in order of their time, then of their
 * making, one by one, and after each of them everything that follows from it without time passing.
 */
export class VirtualClock implements Clock {
  #now = 0;
  /** Sorted: the next one first. */
  readonly #alarms: Alarm[] = [];

  now(): number {
    return this.#now;
  }

  after(delayMs: number, wake: () => void): Timer {
    // A real timer would fire at once and hide the mistake.
    if (!(delayMs >= 0)) throw new RangeError(`A timer cannot wait ${delayMs} ms`);
    const alarm = { at: this.#now + delayMs, wake };
    const behind = this.#alarms.findIndex((other) => other.at > alarm.at);
    this.#alarms.splice(behind < 0 ? this.#alarms.length : behind, 0, alarm);
    return {
      cancel: () => {
        const index = this.#alarms.indexOf(alarm);
        if (index >= 0) this.#alarms.splice(index, 1);
      },
    };
  }

  background(delayMs: number, wake: () => void): Timer {
    return this.after(delayMs, wake);
  }

  /** How many timers wait. */
  get waiting(): number {
    return this.#alarms.length;
  }

  /** When the next timer fires; `Infinity` without one. */
  get nextAt(): number {
    return this.#alarms[0]?.at ?? Infinity;
  }

  /** Lets so much time pass. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settled();
    while (this.nextAt <= until) await this.step();
    this.#now = until;
  }

  /** Jumps to the next timer and fires it. */
  async step(): Promise<void> {
    const alarm = this.#alarms.shift();
    if (alarm === undefined) return;
    this.#now = alarm.at;
    alarm.wake();
    await settled();
  }

  /**
   * Lets time pass until the promise settles, and gives what it settled to. Throws when it does not
   * within `limitMs`, or when no timer is left that could make it.
   */
  async runUntil<T>(promise: Promise<T>, limitMs = 3_600_000): Promise<T> {
    let over = false;
    const end = (): void => {
      over = true;
    };
    promise.then(end, end);
    const limit = this.#now + limitMs;
    await settled();
    while (!over) {
      if (this.nextAt === Infinity) throw new Error("Stuck: it has not settled and no timer waits");
      if (this.nextAt > limit) throw new Error(`It has not settled within ${limitMs} ms`);
      await this.step();
    }
    return promise;
  }
}

/** Mulberry32 (Tommy Ettinger, public domain): 32 bits of state, good enough to draw faults with. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A runtime whose clock the test moves. */
export interface VirtualRuntime extends Runtime {
  readonly clock: VirtualClock;
}

/** A place like Node, in virtual time. Several runtimes may share one clock. */
export function virtualRuntime(seed = 1, clock: VirtualClock = new VirtualClock()): VirtualRuntime {
  return { clock, random: seeded(seed), persistentIO: true, background: true };
}
