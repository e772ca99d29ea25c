/** What the server told, and what lag it means: without a server. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Lag, Lags } from "../../../../adapters/connectors/pg-server/lag.ts";

const HOUR = 3_600_000;

/** What a standby tells of itself. */
interface Told {
  readonly now: number;
  /** @default now */
  readonly heard?: number | null;
  readonly overdue?: boolean;
  readonly end?: number | null;
  readonly replayed?: number | null;
  readonly committed?: number | null;
}

function read(lag: Lag, told: Told): number | undefined {
  const { now, heard = now, overdue = false, end = 100, replayed = 100, committed = null } = told;
  return lag.read([true, now, heard, overdue, end, replayed, committed]);
}

describe("Lag", () => {
  test("read() tells nothing of a primary, nor of what cannot be read", () => {
    expect(new Lag().read([false, 5_000, null, false, null, null, null])).toBe(undefined);
    expect(new Lag().read([])).toBe(undefined);
  });

  test("read() tells nothing before anything was replayed", () => {
    const nothing = { now: 5_000, heard: null, end: null, replayed: null };
    expect(read(new Lag(), nothing)).toBe(undefined);
  });

  test("read() tells 0 while all is replayed, however old the last commit is", () => {
    expect(read(new Lag(), { now: HOUR, heard: HOUR - 20_000, committed: 0 })).toBe(0);
  });

  test("read() tells the last replayed commit's age where it knows no better", () => {
    const told = { now: 5_000, committed: 2_000 };
    expect(read(new Lag(), { ...told, end: 200 })).toBe(3_000);
    expect(read(new Lag(), { ...told, heard: null })).toBe(3_000);
  });

  test("read() counts from when all was there last, if that is later than the last commit", () => {
    const lag = new Lag();
    read(lag, { now: HOUR, committed: 0 });
    expect(read(lag, { now: HOUR + 700, heard: null, committed: 0 })).toBe(700);
    expect(read(lag, { now: HOUR + 900, heard: null, committed: HOUR + 800 })).toBe(100);
  });

  test("read() knows how long a load without commits takes to arrive", () => {
    const lag = new Lag();
    read(lag, { now: 0, end: 0, replayed: 0, committed: 0 });
    // A megabyte a second, replayed half a second later.
    const lags = [10_000, 20_000, 30_000].map((now) =>
      read(lag, { now, end: now * 1_000, replayed: (now - 500) * 1_000, committed: 0 })
    );
    expect(lags).toEqual([500, 500, 500]);
  });

  test("read() finds out when the stream ended where a replica far behind is now", () => {
    const lag = new Lag();
    read(lag, { now: 0, end: 0, replayed: 0 });
    for (let now = 1_000; now <= HOUR; now += 1_000) {
      const told = read(lag, { now, end: now, replayed: now / 2 });
      expect(told).toBeCloseTo(now / 2, 6);
    }
  });

  test("read() counts from the last message of a primary that is overdue", () => {
    const told = { now: HOUR, heard: HOUR - 40_000, overdue: true, committed: 0 };
    expect(read(new Lag(), told)).toBe(40_000);
  });

  test("read() goes on from there when the receiver has hung up", () => {
    const lag = new Lag();
    read(lag, { now: HOUR, heard: HOUR - 25_000, committed: 0 });
    expect(read(lag, { now: HOUR + 40_000, heard: null, committed: 0 })).toBe(65_000);
  });

  test("read() forgets an end that a new primary has never reached", () => {
    const lag = new Lag();
    read(lag, { now: 1_000 });
    read(lag, { now: 2_000, end: 900, replayed: 500 });
    expect(read(lag, { now: 3_000, end: 520, replayed: 520 })).toBe(0);
    expect(read(lag, { now: 4_000, end: 600, replayed: 520 })).toBe(1_000);
  });

  test("read() never tells a negative lag, nor more than the last commit's age", () => {
    const told = fc.record({
      now: fc.nat(1_000),
      heard: fc.option(fc.nat(1_000)),
      overdue: fc.boolean(),
      end: fc.option(fc.nat(50)),
      replayed: fc.option(fc.nat(50)),
      committed: fc.nat(2_000),
    });
    fc.assert(
      fc.property(fc.array(told, { minLength: 1, maxLength: 100 }), (history) => {
        const lag = new Lag();
        for (const each of history) {
          const ms = read(lag, each) ?? Number.NaN;
          expect(ms).toBeGreaterThanOrEqual(0);
          expect(ms).toBeLessThanOrEqual(Math.max(0, each.now - each.committed));
        }
      }),
    );
  });
});

describe("Lags", () => {
  test("read() keeps apart the servers behind one address", () => {
    const lags = new Lags();
    lags.read([1.5, true, 1_000, 1_000, false, 100, 100, 0]);
    expect(lags.read([2.5, true, 1_500, null, false, 100, 100, 0])).toBe(1_500);
    expect(lags.read([1.5, true, 1_500, null, false, 100, 100, 0])).toBe(500);
  });

  test("read() remembers no more than the last of many servers", () => {
    const lags = new Lags();
    for (let server = 0; server < 17; server++) {
      lags.read([server, true, 1_000, 1_000, false, 100, 100, 0]);
    }
    expect(lags.read([16, true, 1_500, null, false, 100, 100, 0])).toBe(500);
    expect(lags.read([0, true, 1_500, null, false, 100, 100, 0])).toBe(1_500);
  });
});
