/**
 * A Durable Object's one alarm: set for whatever is due first, and not set when nothing is.
 *
 * @module
 */

/** As much of a Durable Object's storage as an alarm needs. */
export interface AlarmStorage {
  setAlarm(at: number): Promise<void>;
}

/** One that should have rung so long ago is lost. */
const LOST_AFTER_MS = 5_000;
/** It rings no oftener. */
const LEAST_PAUSE_MS = 20;

/** When it rings. In memory only: an object that was evicted sets it anew with its first call. */
export class Alarm {
  readonly #storage: AlarmStorage;
  readonly #now: () => number;
  #at: number | undefined;

  constructor(storage: AlarmStorage, now: () => number) {
    this.#storage = storage;
    this.#now = now;
  }

  /** It has rung. */
  rang(): void {
    this.#at = undefined;
  }

  /**
   * Sets it, unless it is set for sooner. `rangFor`: what it was set for when it rang just now. Set for that very
   * millisecond again it would never ring, and say that it is set (measured, workerd 1.2026).
   */
  ringIn(delayMs: number, rangFor: number = 0): void {
    const now = this.#now();
    const at = Math.ceil(Math.max(now + Math.max(LEAST_PAUSE_MS, delayMs), rangFor + 1));
    if (this.#at !== undefined && this.#at <= at && this.#at > now - LOST_AFTER_MS) return;
    this.#at = at;
    // Not waited for: the platform holds answers back until it is written.
    void this.#storage.setAlarm(at).catch(() => this.rang());
  }
}
