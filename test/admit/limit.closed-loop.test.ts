/**
 * The limit, the pace and a database as one loop: does it come to rest, where, and for how long?
 */

import { expect, test } from "vitest";
import { type Behaviour, logNormal, play, type Stage, stage } from "./database.ts";

const MINUTE = 60_000;
const calm: Behaviour = { capacity: 20, callers: 10, serviceMs: 50 };
const overload: Behaviour = { ...calm, callers: 200 };
const pool = { min: 1, max: 100 };
/** What the database can do at best, in statements per minute. */
const BEST = 20 * MINUTE / 50;

/** A limit that knows what is usual. */
function settled(behaviour = calm, windowMs = 1_000): Stage {
  const one = stage(pool, windowMs);
  play(one, behaviour, 2 * MINUTE);
  return one;
}

for (const windowMs of [500, 1_000]) {
  test(`a limit stepped every ${windowMs} ms comes to rest within 20 windows between once and 2.5 times the capacity, and stays`, () => {
    const one = settled(calm, windowMs);
    const { limits } = play(one, overload, 20 * windowMs);
    expect(limits.at(-1)).toBeLessThanOrEqual(2.5 * 20);
    const after = play(one, overload, 10 * MINUTE);
    expect(Math.min(...after.limits)).toBeGreaterThanOrEqual(20);
    expect(Math.max(...after.limits)).toBeLessThanOrEqual(2.5 * 20);
    expect(after.served).toBeGreaterThanOrEqual(0.9 * 10 * BEST);
    // Bounded: without a limit, a hundred at once take 250 ms each.
    expect(Math.max(...after.latencies)).toBeLessThanOrEqual(2.5 * 50);
  });
}

test("a limit does not let an overload in again when it lasts an hour", () => {
  const one = settled();
  play(one, overload, MINUTE);
  const { limits } = play(one, overload, 60 * MINUTE);
  expect(Math.max(...limits)).toBeLessThanOrEqual(2.5 * 20);
});

test("a limit is back at the top two minutes after the database recovered when it is busy, four when it is not", () => {
  for (const callers of [200, 10]) {
    const one = settled();
    play(one, overload, 2 * MINUTE);
    const { limits } = play(one, { ...overload, capacity: 1_000, callers }, 4 * MINUTE);
    expect(limits[callers === 200 ? 120 : 239]).toBe(100);
  }
});

test("a limit holds a database that slows down with every one more at over twice what it does without", () => {
  const jam = { ...overload, contention: 1.5 };
  const guarded = settled();
  play(guarded, jam, MINUTE);
  const bare = settled();
  play(bare, jam, MINUTE, false);
  const [held, free] = [play(guarded, jam, 2 * MINUTE), play(bare, jam, 2 * MINUTE, false)];
  expect(free.served / (2 * BEST)).toBeLessThan(0.5);
  expect(held.served).toBeGreaterThan(1.5 * free.served);
  expect(Math.max(...held.latencies)).toBeLessThan(Math.min(...free.latencies) / 3);
});

test("a limit follows a database that loses half of its capacity, and gets it back", () => {
  const one = settled();
  play(one, overload, 2 * MINUTE);
  const { limits: half } = play(one, { ...overload, capacity: 10 }, 3 * MINUTE);
  expect(half.at(-1)).toBeLessThanOrEqual(25);
  const { limits: whole } = play(one, overload, 5 * MINUTE);
  expect(whole.at(-1)).toBeGreaterThanOrEqual(30);
});

test("a limit never moves for a steady workload, also one that uses all of the pool", () => {
  for (const callers of [1, 60, 100]) {
    const steady = { capacity: 100, callers, serviceMs: 50 };
    const { limits } = play(settled(steady), steady, 10 * MINUTE);
    expect(new Set(limits)).toEqual(new Set([100]));
  }
});

test("a limit does not collapse under noise: log-normal work, seldom or often, long or short", () => {
  for (const [seed, sigma] of [[1, 0.5], [2, 1], [3, 1.5]] as const) {
    for (const callers of [2, 60, 100]) {
      for (const serviceMs of [50, 1_000]) {
        const noise = logNormal(sigma, seed);
        const noisy = { capacity: 200, callers, serviceMs, noise };
        const { limits } = play(settled(noisy), noisy, 10 * MINUTE);
        expect(Math.min(...limits)).toBeGreaterThanOrEqual(80);
      }
    }
  }
});

test("a limit gives way to a database that is slower for good: that is the usual from now on", () => {
  for (const slower of [3, 8]) {
    const one = stage({ min: 0, max: 10 });
    const before = { capacity: 100, callers: 10, serviceMs: 50 };
    play(one, before, 10 * MINUTE);
    const { limits } = play(one, { ...before, serviceMs: 50 * slower }, 15 * MINUTE);
    // It tries whether fewer at once would help, and does not stay there.
    expect(Math.min(...limits)).toBeLessThan(10);
    expect(limits.filter((limit) => limit < 10).length).toBeLessThan(limits.length / 4);
    expect(limits.at(-1)).toBe(10);
  }
});

for (const windowMs of [500, 1_000]) {
  test(`a limit stepped every ${windowMs} ms costs a longer way less than a tenth of its throughput`, () => {
    const way = { capacity: 1_000, callers: 10, serviceMs: 20 };
    for (const longer of [3, 5, 20]) {
      const one = stage({ min: 0, max: 10 }, windowMs);
      play(one, way, 10 * MINUTE);
      const far = { ...way, serviceMs: longer * way.serviceMs };
      const { served, limits } = play(one, far, 3 * MINUTE);
      expect(Math.min(...limits)).toBeGreaterThanOrEqual(4);
      expect(served).toBeGreaterThan(0.9 * 10 * 3 * MINUTE / far.serviceMs);
    }
  });
}

test("a limit finds a server's own (max_connections) by its refusals alone", () => {
  const one = stage(pool);
  const full: Behaviour = { capacity: 1_000, callers: 100, serviceMs: 50, refusesAbove: 40 };
  play(one, full, MINUTE);
  const { limits, refusals, served } = play(one, full, 10 * MINUTE);
  expect(Math.max(...limits)).toBeLessThanOrEqual(42);
  expect(Math.min(...limits)).toBeGreaterThanOrEqual(30);
  expect(refusals).toBeLessThan(served / 100);
});
