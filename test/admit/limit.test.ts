import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  allowed,
  fullLimit,
  learnsUsual,
  type Limit,
  type LimitEvent,
  type LimitOptions,
  reasonOf,
  stepLimit,
} from "../../src/admit/limit.ts";

const ten: LimitOptions = { min: 0, max: 10 };
const refused: LimitEvent = { type: "refused" };

function window(slowness: number, peakInUse: number, calls = 100): LimitEvent {
  return { type: "window", slowness, calls, peakInUse };
}

function after(limit: Limit, events: readonly LimitEvent[], options = ten): Limit {
  return events.reduce((before, event) => stepLimit(before, event, options), limit);
}

const times = (n: number, event: LimitEvent): LimitEvent[] => Array<LimitEvent>(n).fill(event);

/** A descent that helps: each window's answers are a tenth less slow than the last one's. */
const sinking = Array.from({ length: 28 }, (_, n) => window(50 * 0.9 ** n, 10));

const anyOptions: fc.Arbitrary<LimitOptions> = fc.record({
  min: fc.nat(50),
  max: fc.integer({ min: 1, max: 500 }),
  tolerance: fc.double({ min: 1.1, max: 10, noNaN: true }),
});
const anyEvent: fc.Arbitrary<LimitEvent> = fc.oneof(
  { weight: 1, arbitrary: fc.constant(refused) },
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant("window"),
      slowness: fc.oneof(
        fc.double({ min: 0, max: 3, noNaN: true }),
        fc.constantFrom(0, 1, 50, 1e9),
      ),
      calls: fc.oneof(fc.nat(8), fc.nat(10_000)),
      peakInUse: fc.nat(600),
    }),
  },
);
const anyHistory = fc.array(anyEvent, { maxLength: 80 });

describe("stepLimit()", () => {
  test("stepLimit() never moves a steady workload's limit", () => {
    const full = fullLimit(ten);
    expect(allowed(full, ten)).toBe(10);
    for (const event of [window(1, 10), window(1.9, 10), window(1, 3), window(1, 0, 0)]) {
      expect(stepLimit(full, event, ten)).toBe(full);
    }
  });

  test("stepLimit() takes a tenth per window at most, less when answers are less slow", () => {
    expect(after(fullLimit(ten), [window(50, 10)]).value).toBeCloseTo(9);
    expect(after(fullLimit(ten), [window(4, 10)]).value).toBeCloseTo(9);
    expect(after(fullLimit(ten), [window(2.5, 10)]).value).toBeCloseTo(9.6);
  });

  test("stepLimit() lowers nothing for slow answers that few calls show or that few calls at once cause", () => {
    const full = fullLimit(ten);
    expect(stepLimit(full, window(50, 10, 4), ten)).toBe(full);
    expect(stepLimit(full, window(50, 4), ten)).toBe(full);
    expect(stepLimit(full, window(50, 5), ten).value).toBeLessThan(10);
  });

  test("stepLimit() goes down to a fifth of the pool and no further, or to the minimum", () => {
    const slow = sinking;
    expect(allowed(after(fullLimit(ten), slow), ten)).toBe(2);
    const atLeastFour = { min: 4, max: 10 };
    expect(allowed(after(fullLimit(atLeastFour), slow, atLeastFour), atLeastFour)).toBe(4);
    const one = { min: 0, max: 1 };
    expect(allowed(after(fullLimit(one), slow, one), one)).toBe(1);
  });

  test("stepLimit() takes a fifth for a refusal, once per window however many there are", () => {
    const once = after(fullLimit(ten), [refused]);
    expect(once.value).toBeCloseTo(8);
    expect(stepLimit(once, refused, ten)).toBe(once);
    // The window in which it was refused is no time to grow, and the next one counts anew.
    const next = after(once, [window(1, 10)]);
    expect(next.value).toBeCloseTo(8);
    expect(after(next, [refused]).value).toBeCloseTo(6.4);
  });

  test("stepLimit() goes back when fewer at once made answers no faster, and rests for half a minute", () => {
    const slow = window(5, 10);
    const down = after(fullLimit(ten), times(6, slow));
    expect(down.value).toBeLessThan(6);
    const back = stepLimit(down, slow, ten);
    expect(back.value).toBe(10);
    expect(reasonOf(down, back, slow)).toBe("answers are no faster with fewer at once");
    const rested = after(back, times(60, slow));
    expect(rested.value).toBe(10);
    expect(stepLimit(rested, slow, ten).value).toBeCloseTo(9);
  });

  test("stepLimit() goes no further back than to where fewer at once helped last", () => {
    // A fifth of the slowness is load; the rest stays whatever is done.
    let limit = fullLimit(ten);
    for (let n = 0; n < 100 && limit.rest === undefined; n++) {
      limit = stepLimit(limit, window(Math.max(5, 0.9 * limit.value), 10), ten);
    }
    expect(limit.value).toBeLessThan(7);
    // From there it looks, a little each time, whether more at once would be as well.
    const explored = after(limit, times(20, window(5, 10)));
    expect(explored.value).toBeGreaterThan(limit.value + 1);
  });

  test("stepLimit() does not judge a descent before it reaches what is in use", () => {
    // Six connections are there, and more callers than that: from ten to six nothing changes for the server.
    const slow = { ...window(5, 6), wanted: 10 } as const;
    const down = after(fullLimit(ten), times(8, slow));
    expect(down.value).toBeLessThan(5);
    expect(down.descent?.from).toBeLessThan(7);
    // In vain: back to what was in use, not to a limit that nobody reaches.
    expect(after(down, times(3, slow)).value).toBeLessThan(7);
  });

  test("stepLimit() obeys a refusal also while it rests, and rests no longer when answers are in time", () => {
    const slow = window(5, 10);
    const resting = after(fullLimit(ten), times(8, slow));
    expect(resting.rest).toBe(59);
    expect(stepLimit(resting, refused, ten)).toEqual({ value: 8, refused: true });
    expect(stepLimit(resting, window(1, 10), ten)).toEqual({ value: 10, refused: false });
  });

  test("stepLimit() grows back within half a minute of windows when it is in demand, slower when it is not", () => {
    const low = after(fullLimit(ten), sinking);
    const busy = times(25, window(1, 10));
    expect(allowed(after(low, busy), ten)).toBe(10);
    const quiet = times(25, window(1, 0, 0));
    expect(allowed(after(low, quiet), ten)).toBeLessThan(5);
    expect(allowed(after(low, times(100, window(1, 0, 0))), ten)).toBe(10);
  });

  test("stepLimit() grows by a fifth of the root at the usual pace, and by a quarter of that at the tolerance", () => {
    const hundred = { min: 0, max: 100 };
    const grown = (slowness: number): number =>
      stepLimit({ value: 25, refused: false }, window(slowness, 25), hundred).value - 25;
    expect(grown(0.5)).toBeCloseTo(1);
    expect(grown(1)).toBeCloseTo(1);
    expect(grown(1.5)).toBeCloseTo(0.5);
    expect(grown(2)).toBeCloseTo(0.25);
    expect(grown(2.001)).toBeLessThan(0);
  });

  test("stepLimit() neither grows nor shrinks while all are busy and none answers", () => {
    const low = after(fullLimit(ten), times(5, window(50, 10)));
    for (const slowness of [1, 50]) {
      expect(stepLimit(low, window(slowness, 10, 0), ten)).toBe(low);
    }
  });

  test("stepLimit() follows a pool that was made smaller or larger", () => {
    const larger = { min: 0, max: 40 };
    expect(allowed(after(fullLimit(ten), times(60, window(1, 40)), larger), larger)).toBe(40);
    const smaller = { min: 0, max: 4 };
    expect(allowed(fullLimit(ten), smaller)).toBe(4);
    expect(after(fullLimit(ten), [window(1, 1)], smaller).value).toBe(4);
  });

  test("stepLimit() stays between the floor and the pool's size, whatever happens", () => {
    fc.assert(
      fc.property(anyHistory, anyOptions, (history, options) => {
        let limit = fullLimit(options);
        for (const event of history) {
          limit = stepLimit(limit, event, options);
          const now = allowed(limit, options);
          expect(Number.isInteger(now)).toBe(true);
          expect(now).toBeLessThanOrEqual(options.max);
          expect(now).toBeGreaterThanOrEqual(
            Math.min(options.max, Math.max(1, options.min, options.max / 5)),
          );
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test("stepLimit() only shrinks when used and slow or refused, and only grows when that is not so", () => {
    fc.assert(
      fc.property(anyHistory, anyOptions, (history, options) => {
        let before = fullLimit(options);
        for (const event of history) {
          const next = stepLimit(before, event, options);
          const isBad = event.type === "refused" ||
            (event.slowness > (options.tolerance ?? 2) &&
              event.peakInUse >= allowed(before, options) / 2);
          if (next.value < before.value) expect(isBad).toBe(true);
          // Or lowering it was in vain: then it goes back, and rests there.
          if (next.value > before.value && next.rest === undefined && before.rest === undefined) {
            expect(isBad).toBe(false);
          }
          if (JSON.stringify(next) === JSON.stringify(before)) expect(next).toBe(before);
          before = next;
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test("stepLimit() is back at the top in the end, whatever happened before, if only nothing is slow", () => {
    fc.assert(
      fc.property(anyHistory, anyOptions, fc.nat(600), (history, options, peakInUse) => {
        const then = after(fullLimit(options), history, options);
        const healed = after(then, times(2_000, window(1, peakInUse, 50)), options);
        expect(allowed(healed, options)).toBe(options.max);
      }),
    );
  });

  test("stepLimit() takes no less for slower answers", () => {
    const slowness = fc.double({ min: 0, max: 20, noNaN: true });
    fc.assert(
      fc.property(anyHistory, slowness, slowness, fc.nat(600), (history, a, b, peakInUse) => {
        const options = { min: 1, max: 100 };
        const limit = after(fullLimit(options), history, options);
        const [fast, slow] = [Math.min(a, b), Math.max(a, b)];
        const slower = stepLimit(limit, window(slow, peakInUse), options);
        // Unless that shows that it was in vain.
        if (slower.rest !== undefined) return;
        expect(slower.value)
          .toBeLessThanOrEqual(stepLimit(limit, window(fast, peakInUse), options).value);
      }),
    );
  });
});

test("learnsUsual() is true at the two ends only", () => {
  expect(learnsUsual(fullLimit(ten), ten)).toBe(true);
  expect(learnsUsual({ value: 9.9, refused: false }, ten)).toBe(false);
  expect(learnsUsual({ value: 3, refused: false }, ten)).toBe(false);
  expect(learnsUsual({ value: 2.9, refused: false }, ten)).toBe(true);
});

describe("reasonOf()", () => {
  function reason(before: Limit, event: LimitEvent, options = ten): string | undefined {
    return reasonOf(before, stepLimit(before, event, options), event);
  }
  const five: Limit = { value: 5, refused: false };

  test("reasonOf() says why a limit moved", () => {
    expect(reason(five, window(3.21, 5))).toBe("answers take 3.2 times as long as usual");
    expect(reason(five, refused)).toBe("the server refused: it is full");
    expect(reason(five, window(1, 5))).toBe("answers are as fast as usual");
    expect(reason(five, window(1, 0, 0))).toBe("it has not been needed for a while");
    expect(reason(five, window(1, 1), { min: 0, max: 4 })).toBe("the pool's size changed");
  });

  test("reasonOf() is undefined when it did not", () => {
    expect(reason(fullLimit(ten), window(1, 5))).toBeUndefined();
    expect(reason({ value: 5, refused: true }, refused)).toBeUndefined();
  });
});
