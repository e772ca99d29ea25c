/**
 * Steady readers, as an application has them, who only know `db`. They keep numbers and no list of
 * reads, so that they can run for minutes beside a measurement of memory.
 */

import { setTimeout as sleep } from "node:timers/promises";
import type { Holdfast } from "../../mod.ts";

/** A read that took longer is called slow. Well beyond what two busy cores do to a healthy one. */
export const SLOW_MS = 100;

/** No more failures and slow reads than this are kept. */
const MOST_KEPT = 1_000;

/** A read that is over; instants as `performance.now()` gives them. */
interface Read {
  readonly caller: number;
  readonly beganAt: number;
  readonly endedAt: number;
}

/** A read that took long. One that was answered by the first endpoint it went to only tells of a busy machine. */
interface SlowRead extends Read {
  readonly servedBy: string;
  readonly attempts: number;
}

/** A read that failed. */
export interface FailedRead extends Read {
  readonly error: unknown;
}

/** How the readers read. */
export interface ReadingOptions {
  /** @default {8} */
  readonly callers?: number;
  /** Between an answer and the same caller's next read. @default {5} */
  readonly pauseMs?: number;
}

/** Callers that read one row after the other until they are stopped. */
export class Readers implements AsyncDisposable {
  readonly failed: FailedRead[] = [];
  readonly slow: SlowRead[] = [];
  /** Reads answered. */
  answered = 0;
  slowestMs = 0;
  readonly #db: Holdfast;
  readonly #pauseMs: number;
  /** When the latest answered read of each caller began. */
  readonly #latest: number[] = [];
  /** When the latest read that an endpoint answered began. */
  readonly #served = new Map<string, number>();
  readonly #callers: Promise<void>[] = [];
  #stopped = false;

  constructor(db: Holdfast, options: ReadingOptions = {}) {
    this.#db = db;
    this.#pauseMs = options.pauseMs ?? 5;
    this.call(options.callers ?? 8);
  }

  /** So many callers more. */
  call(callers: number): void {
    for (let n = 0; n < callers; n++) this.#callers.push(this.#keepReading(this.#callers.length));
  }

  /** Whether every caller got an answer to a read that began after that instant. */
  progressedSince(instant: number): boolean {
    return this.#callers.every((_, caller) => (this.#latest[caller] ?? 0) > instant);
  }

  /** Whether the endpoint answered a read that began after that instant. */
  servedSince(endpoint: string, instant: number): boolean {
    return (this.#served.get(endpoint) ?? 0) > instant;
  }

  /** When the last slow read after that instant was over, and what of it; in words. */
  lastSlowAfter(instant: number): string {
    const last = this.slow.findLast(({ endedAt }) => endedAt > instant);
    if (last === undefined) return "none was slow";
    const { endedAt, servedBy, attempts } = last;
    return `${Math.round(endedAt - instant)} ms (${servedBy}, attempt ${attempts})`;
  }

  /** From here on, what was slow before does not count. */
  forgetSlow(): void {
    this.slow.length = 0;
    this.slowestMs = 0;
  }

  /** Waits for the reads under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#callers);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #keepReading(caller: number): Promise<void> {
    while (!this.#stopped) {
      const beganAt = performance.now();
      try {
        const id = 1 + (this.answered % ROWS);
        const { rows, servedBy, attempts } = await this.#db.query(
          "select id from thing where id = $1",
          [id],
        );
        if (rows[0]?.["id"] !== id) throw new Error(`It read ${JSON.stringify(rows)} for ${id}`);
        this.#note({ caller, beganAt, endedAt: performance.now(), servedBy, attempts });
      } catch (error) {
        const endedAt = performance.now();
        if (this.failed.length < MOST_KEPT) this.failed.push({ caller, beganAt, endedAt, error });
      }
      await sleep(this.#pauseMs);
    }
  }

  #note(read: SlowRead): void {
    const { caller, beganAt, endedAt, servedBy } = read;
    this.answered++;
    this.#latest[caller] = beganAt;
    if (beganAt > (this.#served.get(servedBy) ?? 0)) this.#served.set(servedBy, beganAt);
    const tookMs = endedAt - beganAt;
    this.slowestMs = Math.max(this.slowestMs, tookMs);
    if (tookMs > SLOW_MS && this.slow.length < MOST_KEPT) this.slow.push(read);
  }
}

const ROWS = 100;

/** The table they read; for the primary. */
export const THINGS: string = `create table thing as select generate_series(1, ${ROWS}) as id`;
