import fc from "fast-check";
import { expect, test } from "vitest";
import {
  due,
  dueInMs,
  isIsolating,
  type Ladder,
  LADDER_DEFAULTS,
  type LadderEvent,
  type LadderOptions,
  type LadderStep,
  noLadder,
  step,
} from "../../src/health/ladder.ts";
import type { RecoveryRung } from "../../src/model/event.ts";

const RUNGS: readonly RecoveryRung[] = ["refresh", "rebuildPool", "rebuildClient", "isolate"];
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const anyOptions: fc.Arbitrary<LadderOptions> = fc.record({
  attemptsPerRung: fc.integer({ min: 1, max: 5 }),
  backoffMs: fc.nat(2_000),
  maxBackoffMs: fc.nat(30_000),
});
const anyEvent: fc.Arbitrary<LadderEvent> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ type: fc.constant("down") }) },
  { weight: 8, arbitrary: fc.record({ type: fc.constant("taken"), random }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("recovered") }) },
);
const anyHistory = fc.array(
  fc.record({ event: anyEvent, pause: fc.oneof(fc.nat(500), fc.nat(40_000)) }),
  { maxLength: 60 },
);
const MANY = { numRuns: 1_000 };

/** Falls at 0 and does everything as it comes due; gives what was done and when. */
function climb(
  options: LadderOptions,
  draws: readonly number[],
): { done: readonly LadderStep[]; times: readonly number[] } {
  const done: LadderStep[] = [];
  const times: number[] = [];
  let now = 0;
  let ladder = step(noLadder, { type: "down" }, now, options);
  while (dueInMs(ladder, now) < Infinity) {
    now += dueInMs(ladder, now);
    const todo = due(ladder, now);
    if (todo === undefined) throw new Error("what is due in 0 ms is due");
    done.push(todo);
    times.push(now);
    if (done.length > 3 * options.attemptsPerRung + 1) throw new Error("the ladder does not end");
    const draw = draws[done.length % draws.length] ?? 0;
    ladder = step(ladder, { type: "taken", random: draw }, now, options);
  }
  expect(isIsolating(ladder)).toBe(true);
  return { done, times };
}

test("step() takes each rung so many times, the mildest first, isolates once and ends", () => {
  fc.assert(
    fc.property(anyOptions, fc.array(random, { minLength: 1 }), (options, draws) => {
      const attempts = Array.from({ length: options.attemptsPerRung }, (_, n) => n + 1);
      const expected = RUNGS.flatMap((rung) =>
        (rung === "isolate" ? [1] : attempts).map((attempt) => ({ rung, attempt }))
      );
      expect(climb(options, draws).done).toEqual(expected);
    }),
    MANY,
  );
});

test("step() doubles the pause with each step, spread over its upper half, up to the cap", () => {
  fc.assert(
    fc.property(anyOptions, fc.array(random, { minLength: 1 }), (options, draws) => {
      const { times } = climb(options, draws);
      times.slice(1).forEach((time, n) => {
        const pause = time - (times[n] ?? 0);
        const longest = Math.min(options.maxBackoffMs, options.backoffMs * 2 ** n);
        expect(pause).toBeGreaterThanOrEqual(longest / 2 - 1e-6);
        expect(pause).toBeLessThanOrEqual(longest + 1e-6);
      });
    }),
    MANY,
  );
});

test("step() isolates within 16 to 32 s by default", () => {
  const lastAt = (draw: number): number => climb(LADDER_DEFAULTS, [draw]).times.at(-1) ?? NaN;
  expect([lastAt(0), lastAt(1)]).toEqual([15_750, 31_500]);
});

test("step() ends without a pause and with more attempts than a power of two can count", () => {
  const options = { attemptsPerRung: 2_000, backoffMs: 0, maxBackoffMs: 0 };
  expect(climb(options, [0.5]).done).toHaveLength(6_001);
  expect(climb({ ...options, backoffMs: 1, maxBackoffMs: 1 }, [0.5]).times.at(-1)).toBeLessThan(
    6_000,
  );
});

test("step() does what is due only once, begins only when nothing is under way, and recovers from anywhere", () => {
  fc.assert(
    fc.property(anyHistory, anyOptions, (history, options) => {
      let ladder: Ladder = noLadder;
      let now = 0;
      for (const { event, pause } of history) {
        now += pause;
        const todo = due(ladder, now);
        const after = step(ladder, event, now, options);
        if (event.type === "recovered") expect(after).toBe(noLadder);
        if (event.type === "down" && ladder !== noLadder) expect(after).toBe(ladder);
        if (event.type === "taken" && todo === undefined) expect(after).toBe(ladder);
        if (event.type === "taken" && todo !== undefined) expect(after).not.toBe(ladder);
        ladder = after;
        expect(due(ladder, now) !== undefined).toBe(dueInMs(ladder, now) === 0);
        if (isIsolating(ladder)) expect(dueInMs(ladder, now)).toBe(Infinity);
      }
    }),
    MANY,
  );
});

test("step() gives the same reference exactly when nothing changed, and goes on the same after JSON", () => {
  fc.assert(
    fc.property(anyHistory, anyOptions, (history, options) => {
      let ladder: Ladder = noLadder;
      let now = 0;
      for (const { event, pause } of history) {
        now += pause;
        const frozen = JSON.stringify(ladder);
        const after = step(ladder, event, now, options);
        expect(JSON.stringify(ladder)).toBe(frozen);
        expect(JSON.stringify(after) === frozen).toBe(after === ladder);
        const copy = JSON.parse(frozen) as Ladder; // what JSON.stringify wrote just now
        expect(step(copy, event, now, options)).toEqual(after);
        ladder = after;
      }
    }),
    MANY,
  );
});
