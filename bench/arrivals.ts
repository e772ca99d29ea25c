/**
 * Reads that come at a pace of their own, however slowly they are answered. Callers who wait for an answer
 * before they ask again ask a slow endpoint less often, and so hide how slow it was.
 *
 * @module
 */

import { instant } from "./instant.ts";

/** What became of one read. */
export interface Read {
  readonly calledAt: number;
  /** From the call to its end; of one without an answer, how long it had been waiting. */
  readonly elapsedMs: number;
  readonly end: "answered" | "failed" | "unanswered";
  /** Who answered, where the client tells. */
  readonly servedBy?: string | undefined;
  /** How often it was tried; 1 where the client does not try again. */
  readonly attempts?: number;
  readonly error?: string;
}

/** What a client tells of a read it has answered. */
export type Reading = Pick<Read, "servedBy" | "attempts">;

/** Time, so that a test needs none. */
export interface Ticker {
  now(): number;
  /** Calls `tick` over and over until the function given back is called. */
  every(ms: number, tick: () => void): () => void;
}

/** No timer is finer than about this. */
const TICK_MS = 1;

const REAL: Ticker = {
  now: instant,
  every: (ms, tick) => {
    const timer = setInterval(tick, ms);
    return () => clearInterval(timer);
  },
};

/** Asks so many times a second until told to stop. */
export class Arrivals {
  readonly #ask: () => Promise<Reading>;
  readonly #perSecond: number;
  readonly #ticker: Ticker;
  readonly #reads: Read[] = [];
  /** When those were called that have no answer yet. */
  readonly #waiting = new Map<number, number>();
  #called = 0;
  #stopTicking: () => void = () => {};
  #quiet: (() => void) | undefined;

  /** @param ask one read */
  constructor(
    ask: () => Promise<Reading>,
    perSecond: number,
    ticker: Ticker = REAL,
  ) {
    this.#ask = ask;
    this.#perSecond = perSecond;
    this.#ticker = ticker;
  }

  start(): void {
    const startedAt = this.#ticker.now();
    this.#stopTicking = this.#ticker.every(TICK_MS, () => {
      const due = Math.floor(((this.#ticker.now() - startedAt) * this.#perSecond) / 1_000);
      while (this.#called < due) void this.#read(this.#called++);
    });
  }

  /** No more reads. */
  stop(): void {
    this.#stopTicking();
  }

  /** Gives those under way a last chance, then tells of all. */
  async settle(graceMs: number): Promise<readonly Read[]> {
    this.stop();
    if (this.#waiting.size > 0) {
      let cancel = (): void => {};
      await new Promise<void>((resolve) => {
        cancel = this.#ticker.every(graceMs, resolve);
        this.#quiet = resolve;
      });
      cancel();
    }
    const now = this.#ticker.now();
    const unanswered = [...this.#waiting.values()].map((calledAt): Read => ({
      calledAt,
      elapsedMs: now - calledAt,
      end: "unanswered",
    }));
    return [...this.#reads, ...unanswered];
  }

  async #read(id: number): Promise<void> {
    const calledAt = this.#ticker.now();
    this.#waiting.set(id, calledAt);
    let how: Omit<Read, "calledAt" | "elapsedMs">;
    try {
      how = { end: "answered", ...await this.#ask() };
    } catch (error) {
      how = { end: "failed", error: error instanceof Error ? error.message : String(error) };
    }
    this.#reads.push({ calledAt, elapsedMs: this.#ticker.now() - calledAt, ...how });
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#quiet?.();
  }
}
