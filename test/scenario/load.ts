/**
 * Callers that read all the time while a scenario is played, and what they came to since the last look.
 */

import type { Holdfast } from "../../src/holdfast.ts";
import { isHoldfastError } from "../../src/errors.ts";
import type { VirtualClock } from "../virtual.ts";

/** Steady readers. */
export class Load {
  readonly #db: Holdfast;
  readonly #clock: VirtualClock;
  #running = true;
  #since = {
    reads: 0,
    failures: new Map<string, number>(),
    slowestMs: 0,
    served: new Map<string, number>(),
  };

  constructor(db: Holdfast, clock: VirtualClock, callers: number, everyMs: number) {
    this.#db = db;
    this.#clock = clock;
    // Spread, so that they do not come in one heap.
    for (let n = 0; n < callers; n++) {
      clock.after((n * everyMs) / callers, () => void this.#call(everyMs));
    }
  }

  stop(): void {
    this.#running = false;
  }

  /** In words; the next tally begins here. */
  tally(): string {
    const { reads, failures, slowestMs, served } = this.#since;
    this.#since = { reads: 0, failures: new Map(), slowestMs: 0, served: new Map() };
    const failed = [...failures].map(([name, count]) => `${count} ${name}`).join(" and ");
    const shares = [...served].sort(([one], [other]) => one.localeCompare(other))
      .map(([id, count]) => `${id} ${Math.round((100 * count) / Math.max(1, reads))} %`);
    return [
      `${reads} reads`,
      failed === "" ? "none failed" : `failed: ${failed}`,
      `slowest ${Math.round(slowestMs)} ms`,
      ...shares,
    ].join(", ");
  }

  async #call(everyMs: number): Promise<void> {
    const startedAt = this.#clock.now();
    try {
      const { servedBy } = await this.#db.query("select 1");
      count(this.#since.served, servedBy);
      this.#since.reads++;
    } catch (error) {
      count(this.#since.failures, isHoldfastError(error) ? error.name : "untyped error");
    }
    const tookMs = this.#clock.now() - startedAt;
    this.#since.slowestMs = Math.max(this.#since.slowestMs, tookMs);
    if (this.#running) {
      this.#clock.after(Math.max(0, everyMs - tookMs), () => void this.#call(everyMs));
    }
  }
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
