import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  MAX_TRIES,
  mayTry,
  noSuccession,
  step,
  type Succession,
  type SuccessionEvent,
} from "../../src/health/succession.ts";

/** Tries as soon as it may, each ending as told; the pauses between an end and the next beginning. */
function run(ends: readonly ("failed" | "postponed")[]): { after: Succession; pauses: number[] } {
  let now = 1_000;
  let after = noSuccession;
  const pauses: number[] = [];
  for (const type of ends) {
    if (after.phase === "over") break;
    const from = now;
    now = Math.max(now, after.dueAt);
    pauses.push(now - from);
    after = step(step(after, { type: "begun" }, now), { type }, now);
  }
  return { after, pauses: pauses.slice(1) };
}

describe("the tries of one outage", () => {
  test("three that fail are all, with growing pauses", () => {
    const { after, pauses } = run(["failed", "failed", "failed", "failed"]);
    expect(pauses).toEqual([5_000, 10_000]);
    expect(after.phase).toBe("over");
    expect(mayTry(after, Infinity)).toBe(false);
  });

  test("waiting for a replica is none of them, and comes to half a minute", () => {
    const { after, pauses } = run(Array.from({ length: 9 }, () => "postponed" as const));
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    expect(after).toMatchObject({ phase: "waiting", failed: 0 });
  });

  test("one at a time, and an end that nobody waits for changes nothing", () => {
    const trying = step(noSuccession, { type: "begun" }, 0);
    expect(step(trying, { type: "begun" }, 0)).toBe(trying);
    expect(step(noSuccession, { type: "failed" }, 0)).toBe(noSuccession);
    expect(step(noSuccession, { type: "postponed" }, 0)).toBe(noSuccession);
  });

  test("whatever happens, no more than three fail, and none begins before it is due", () => {
    const anyEvent: fc.Arbitrary<SuccessionEvent> = fc.record({
      type: fc.constantFrom("begun", "failed", "postponed"),
    });
    const anyHistory = fc.array(fc.record({ event: anyEvent, pause: fc.nat(40_000) }));
    fc.assert(fc.property(anyHistory, (history) => {
      let now = 0;
      let state = noSuccession;
      let failures = 0;
      for (const { event, pause } of history) {
        now += pause;
        const before = state;
        state = step(before, event, now);
        if (state.failed > before.failed) failures++;
        if (state.phase === "trying" && before.phase !== "trying") {
          expect(now).toBeGreaterThanOrEqual(before.dueAt);
        }
      }
      expect(failures).toBeLessThanOrEqual(MAX_TRIES);
      expect(state.phase === "over").toBe(failures === MAX_TRIES);
    }));
  });
});
