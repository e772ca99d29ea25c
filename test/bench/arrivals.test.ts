import { describe, expect, test } from "vitest";
import { Arrivals, type Reading, type Ticker } from "../../bench/arrivals.ts";

/** A clock that goes when it is told to. */
class HandTicker implements Ticker {
  #now = 1_000;
  readonly #ticks = new Set<{ dueAt: number; readonly ms: number; readonly tick: () => void }>();

  now(): number {
    return this.#now;
  }

  every(ms: number, tick: () => void): () => void {
    const entry = { dueAt: this.#now + ms, ms, tick };
    this.#ticks.add(entry);
    return () => this.#ticks.delete(entry);
  }

  /** One millisecond after the other, with all that was promised settled in between. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed++) {
      this.#now++;
      for (const entry of this.#ticks) {
        if (entry.dueAt > this.#now) continue;
        entry.dueAt += entry.ms;
        entry.tick();
      }
      await new Promise(setImmediate);
    }
  }
}

describe("Arrivals", () => {
  test("Arrivals ask at their pace, however long the answers take", async () => {
    const ticker = new HandTicker();
    let asked = 0;
    const never = (): Promise<Reading> => {
      asked++;
      return new Promise(() => {});
    };
    const arrivals = new Arrivals(never, 200, ticker);
    arrivals.start();
    await ticker.pass(1_000);
    expect(asked).toBe(200);
    arrivals.stop();
    await ticker.pass(100);
    expect(asked).toBe(200);
  });

  test("Arrivals tell who answered which read, and after how long", async () => {
    const ticker = new HandTicker();
    const late = (): Promise<Reading> =>
      new Promise((resolve) => {
        const stop = ticker.every(7, () => {
          stop();
          resolve({ servedBy: "replica1", attempts: 2 });
        });
      });
    const arrivals = new Arrivals(late, 10, ticker);
    arrivals.start();
    await ticker.pass(150);
    expect(await arrivals.settle(1_000)).toEqual([
      { calledAt: 1_100, elapsedMs: 7, end: "answered", servedBy: "replica1", attempts: 2 },
    ]);
  });

  test("Arrivals give those under way their grace, and then tell that they had no answer", async () => {
    const ticker = new HandTicker();
    let n = 0;
    const ask = (): Promise<Reading> =>
      ++n === 1 ? Promise.reject(new Error("boom")) : new Promise(() => {});
    const arrivals = new Arrivals(ask, 10, ticker);
    arrivals.start();
    await ticker.pass(200);
    const settled = arrivals.settle(50);
    await ticker.pass(50);
    expect(await settled).toEqual([
      { calledAt: 1_100, elapsedMs: 0, end: "failed", error: "boom" },
      { calledAt: 1_200, elapsedMs: 50, end: "unanswered" },
    ]);
  });

  test("Arrivals wait no longer than the last answer takes", async () => {
    const ticker = new HandTicker();
    let answer: (reading: Reading) => void = () => {};
    const arrivals = new Arrivals(() => new Promise((resolve) => (answer = resolve)), 10, ticker);
    arrivals.start();
    await ticker.pass(100);
    const settled = arrivals.settle(1_000_000);
    answer({});
    expect(await settled).toEqual([{ calledAt: 1_100, elapsedMs: 0, end: "answered" }]);
  });
});
