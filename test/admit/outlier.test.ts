import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  isEjected,
  noOutliers,
  type Observation,
  OUTLIER_DEFAULTS as defaults,
  type Outliers,
  sweep,
  type Swept,
} from "../../src/admit/outlier.ts";

function seen(id: string, what: Partial<Observation> = {}): Observation {
  return { id, calls: 100, failures: 0, slowness: 1, latencyMs: 10, ...what };
}

const slow = { slowness: 5, latencyMs: 50 };
const failing = { failures: 40 };

/** Sweeps once a second with the same observations; gives all that was ejected and returned. */
function sweeps(
  n: number,
  observations: readonly Observation[],
  { state = noOutliers, from = 0, allowedEjections = 1, random = 0 }: {
    state?: Outliers;
    from?: number;
    allowedEjections?: number;
    random?: number;
  } = {},
): Swept {
  let last: Swept = { state, ejected: [], returned: [] };
  for (let i = 0; i < n; i++) {
    const sighting = { observations, allowedEjections, random };
    const { state, ejected, returned } = sweep(last.state, sighting, from + i * 1_000, defaults);
    last = {
      state,
      ejected: [...last.ejected, ...ejected],
      returned: [...last.returned, ...returned],
    };
  }
  return last;
}

describe("sweep()", () => {
  test("sweep() ejects at the second bad sweep, not at the first", () => {
    const group = [seen("a", slow), seen("b"), seen("c")];
    const first = sweeps(1, group);
    expect(first.ejected).toEqual([]);
    const second = sweeps(1, group, { state: first.state, from: 1_000 });
    expect(second.ejected).toEqual([{
      id: "a",
      because: "its answers take 5.0 times as long as usual, its peers' 1.0 times",
      forMs: 5_000,
    }]);
    expect(isEjected(second.state, "a", 5_999)).toBe(true);
    expect(isEjected(second.state, "a", 6_000)).toBe(false);
    expect(isEjected(second.state, "b", 5_999)).toBe(false);
  });

  test("sweep() ejects what fails a third more than its peers do", () => {
    const group = [seen("a", failing), seen("b", { failures: 2 }), seen("c")];
    expect(sweeps(2, group).ejected).toEqual([{
      id: "a",
      because: "40 % of its calls fail, 1 % of its peers'",
      forMs: 5_000,
    }]);
    expect(sweeps(9, [seen("a", { failures: 25 }), seen("b"), seen("c")]).ejected).toEqual([]);
  });

  test("sweep() spares one bad second between good ones", () => {
    let state = noOutliers;
    for (let n = 0; n < 20; n++) {
      const group = [seen("a", n % 2 === 0 ? slow : {}), seen("b"), seen("c")];
      const swept = sweeps(1, group, { state, from: n * 1_000 });
      expect(swept.ejected).toEqual([]);
      state = swept.state;
    }
  });

  test("sweep() takes a sweep with too few calls for neither good nor bad, within ten seconds", () => {
    const bad = [seen("a", slow), seen("b"), seen("c")];
    const quiet = [seen("a", { ...slow, calls: 4 }), seen("b"), seen("c")];
    const first = sweeps(1, bad).state;
    const soon = sweeps(5, quiet, { state: first, from: 1_000 });
    expect(sweeps(1, bad, { state: soon.state, from: 6_000 }).ejected).toHaveLength(1);
    const late = sweeps(11, quiet, { state: first, from: 1_000 });
    expect(late.state).toEqual({});
    expect(sweeps(1, bad, { state: late.state, from: 12_000 }).ejected).toEqual([]);
  });

  test("sweep() leaves a replica far away, which is always slow, alone", () => {
    const far = seen("far", { latencyMs: 180, slowness: 1.1 });
    expect(sweeps(9, [far, seen("b"), seen("c")]).ejected).toEqual([]);
  });

  test("sweep() leaves one alone that takes three times as long and still not 20 ms longer than its peers", () => {
    const near = seen("near", { latencyMs: 9, slowness: 9 });
    expect(sweeps(9, [near, seen("b"), seen("c")]).ejected).toEqual([]);
    const nearlyTooSlow = seen("a", { latencyMs: 29.9, slowness: 9 });
    expect(sweeps(9, [nearlyTooSlow, seen("b"), seen("c")]).ejected).toEqual([]);
  });

  test("sweep() leaves one alone that is as fast as usual while its peers are faster than that", () => {
    const fast = { slowness: 0.2, latencyMs: 10 };
    const group = [seen("a", { latencyMs: 50 }), seen("b", fast), seen("c", fast)];
    expect(sweeps(9, group).ejected).toEqual([]);
  });

  test("sweep() ejects nobody for what ails all of them", () => {
    for (const what of [slow, failing, { ...slow, ...failing }]) {
      const all = ["a", "b", "c"].map((id) => seen(id, what));
      expect(sweeps(9, all, { allowedEjections: 3 }).ejected).toEqual([]);
    }
  });

  test("sweep() compares with peers that have calls and are in; without any it ejects nobody", () => {
    const idle = seen("b", { calls: 0, latencyMs: 0 });
    expect(sweeps(9, [seen("a", slow), idle]).ejected).toEqual([]);
    expect(sweeps(9, [seen("a", failing)], { allowedEjections: 9 }).ejected).toEqual([]);
    // What is out serves nobody but in a panic: it is no measure for the others.
    const out = sweeps(2, [seen("a", failing), seen("b"), seen("c")]);
    const then = [seen("a"), seen("b", slow), seen("c", { calls: 0 })];
    expect(sweeps(2, then, { state: out.state, from: 2_000, allowedEjections: 2 }).ejected)
      .toEqual([]);
  });

  test("sweep() ejects the worst when not all may go: failing before slow, and the rest when there is room", () => {
    const group = [
      seen("a", slow),
      seen("b", { slowness: 9, latencyMs: 90 }),
      seen("c", failing),
      ...["d", "e", "f", "g"].map((id) => seen(id)),
    ];
    const one = sweeps(2, group);
    expect(one.ejected.map(({ id }) => id)).toEqual(["c"]);
    const three = sweeps(1, group, { state: one.state, from: 2_000, allowedEjections: 3 });
    expect(three.ejected.map(({ id }) => id)).toEqual(["b", "a"]);
  });

  test("sweep() returns it when its time is over, and says so once", () => {
    const out = sweeps(2, [seen("a", slow), seen("b")]);
    const well = [seen("a"), seen("b")];
    const waiting = sweeps(4, well, { state: out.state, from: 2_000 });
    expect(waiting.returned).toEqual([]);
    expect(waiting.state).toBe(out.state);
    const back = sweeps(1, well, { state: waiting.state, from: 6_000 });
    expect(back.returned).toEqual(["a"]);
    expect(sweeps(1, well, { state: back.state, from: 7_000 }).returned).toEqual([]);
  });

  test("sweep() ejects a relapsing endpoint for longer each time, up to five minutes", () => {
    const group = [seen("a", slow), seen("b"), seen("c")];
    const lengths: number[] = [];
    let state = noOutliers;
    for (let now = 0; lengths.length < 100; now += 1_000) {
      const swept = sweeps(1, group, { state, from: now });
      lengths.push(...swept.ejected.map(({ forMs }) => forMs));
      state = swept.state;
    }
    expect(lengths.slice(0, 4)).toEqual([5_000, 10_000, 15_000, 20_000]);
    expect(lengths.at(-1)).toBe(300_000);
  });

  test("sweep() forgets one ejection per half minute of being well, and then everything", () => {
    const state: Outliers = { a: { ejections: 3, wellSince: 0 } };
    const well = [seen("a"), seen("b")];
    expect(sweeps(1, well, { state, from: 29_999 }).state).toBe(state);
    expect(sweeps(1, well, { state, from: 30_000 }).state.a?.ejections).toBe(2);
    expect(sweeps(1, well, { state, from: 75_000 }).state).toEqual({
      a: { ejections: 1, wellSince: 60_000 },
    });
    expect(sweeps(1, well, { state, from: 90_000 }).state).toEqual({});
  });

  test("sweep() ends ejections up to a fifth earlier by chance, several of them differently", () => {
    const group = [
      seen("a", slow),
      seen("b", slow),
      ...["c", "d", "e", "f"].map((id) => seen(id)),
    ];
    const { ejected } = sweeps(2, group, { allowedEjections: 2, random: 0.5 });
    const [one, two] = ejected.map(({ forMs }) => forMs);
    expect(one).toBeCloseTo(4_500);
    expect(two).toBeCloseTo(4_882, 0);
  });

  test("sweep() returns the first due when peers are removed until too many are out", () => {
    const state: Outliers = {
      a: { ejections: 1, ejectedUntil: 9_000, wellSince: 0 },
      b: { ejections: 1, ejectedUntil: 8_000, wellSince: 0 },
    };
    const left = [seen("a", { calls: 0 }), seen("b", { calls: 0 })];
    const swept = sweeps(1, left, { state, allowedEjections: 2 });
    expect(swept.returned).toEqual(["b"]);
    expect(isEjected(swept.state, "a", 1)).toBe(true);
    const gone = sweeps(1, [seen("c")], { state, allowedEjections: 2 });
    expect(gone.state).toEqual({});
  });

  test("sweep() has no opinion of endpoints called like an object's own parts", () => {
    const odd = ["constructor", "__proto__", "toString"];
    for (const id of odd) expect(isEjected(noOutliers, id, 0)).toBe(false);
    const group = [seen("__proto__", slow), seen("constructor"), seen("toString")];
    const { state } = sweeps(2, group);
    expect(isEjected(state, "__proto__", 2_000)).toBe(true);
    expect(isEjected(JSON.parse(JSON.stringify(state)), "__proto__", 2_000)).toBe(true);
    expect(isEjected(state, "constructor", 2_000)).toBe(false);
  });

  const ids = ["a", "b", "c", "d", "e"];
  const anyObservation = fc.record({
    calls: fc.oneof(fc.nat(10), fc.nat(1_000)),
    failing: fc.double({ min: 0, max: 1, noNaN: true }),
    slowness: fc.double({ min: 0, max: 20, noNaN: true }),
    latencyMs: fc.double({ min: 0, max: 1_000, noNaN: true }),
  });
  const anySweep = fc.record({
    group: fc.array(anyObservation, { maxLength: ids.length }),
    pause: fc.oneof(fc.constant(1_000), fc.nat(20_000)),
    allowedEjections: fc.integer({ min: -1, max: 6 }),
    random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  });

  test("sweep() never has more out than allowed and never all, and tells of every change", () => {
    fc.assert(
      fc.property(fc.array(anySweep, { maxLength: 40 }), (history) => {
        let state = noOutliers;
        let now = 0;
        for (const { group, pause, allowedEjections, random } of history) {
          now += pause;
          const observations = group.map(({ failing, ...rest }, i): Observation => ({
            ...rest,
            id: ids[i] ?? "",
            failures: Math.round(failing * rest.calls),
          }));
          const sighting = { observations, allowedEjections, random };
          const wereOut = observations.filter(({ id }) =>
            Object.hasOwn(state, id) && state[id]?.ejectedUntil !== undefined
          );
          const frozen = JSON.stringify(state);
          const swept = sweep(state, sighting, now, defaults);
          expect(JSON.stringify(state)).toBe(frozen);

          const out = observations.filter(({ id }) => isEjected(swept.state, id, now));
          expect(out.length).toBeLessThanOrEqual(Math.max(0, allowedEjections));
          if (observations.length > 0) expect(out.length).toBeLessThan(observations.length);
          const expected = new Set(wereOut.map(({ id }) => id));
          for (const id of swept.returned) expect(expected.delete(id)).toBe(true);
          for (const { id, forMs } of swept.ejected) {
            expect(expected.has(id)).toBe(false);
            expected.add(id);
            expect(forMs).toBeGreaterThan(3_999);
            expect(forMs).toBeLessThanOrEqual(300_000);
          }
          expect(new Set(out.map(({ id }) => id))).toEqual(expected);
          if (JSON.stringify(swept.state) === frozen) expect(swept.state).toBe(state);
          expect(JSON.parse(JSON.stringify(swept.state))).toEqual(swept.state);
          expect(Object.keys(swept.state).length).toBeLessThanOrEqual(observations.length);
          state = swept.state;
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test("sweep() brings everybody back and forgets everything once all are well", () => {
    fc.assert(
      fc.property(fc.array(anySweep, { maxLength: 30 }), (history) => {
        let state = noOutliers;
        let now = 0;
        for (const { group, pause, random } of history) {
          now += pause;
          const observations = ids.map((id, i) => {
            const one = group[i];
            return one === undefined
              ? seen(id)
              : seen(id, { ...one, failures: Math.round(one.failing * one.calls) });
          });
          state = sweep(state, { observations, allowedEjections: 4, random }, now, defaults).state;
        }
        const well = ids.map((id) => seen(id));
        for (let n = 0; n < 300; n++) {
          now += 10_000;
          const sighting = { observations: well, allowedEjections: 4, random: 0 };
          state = sweep(state, sighting, now, defaults).state;
        }
        expect(state).toEqual({});
      }),
    );
  });
});
