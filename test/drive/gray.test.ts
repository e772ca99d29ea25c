/**
 * Gray failure: an endpoint that answers every probe and no statement, as when its disk hangs. Nobody but the
 * callers whose deadlines pass can tell.
 */

import { describe, expect, test } from "vitest";
import type { Stage, StageOptions } from "./stage.ts";
import { told } from "./stage.ts";
import { statsOf, watched } from "./watch-stage.ts";

const READS: StageOptions = { readPreference: "secondaryPreferred", balance: "roundRobin" };

/** Ten callers, one read each 50 ms and with `timeoutMs` for it, for so long. */
async function callFor(
  s: Stage,
  ms: number,
  timeoutMs: number,
): Promise<{ ok: number; failed: number }> {
  const until = s.clock.now() + ms;
  const seen = { ok: 0, failed: 0 };
  const caller = async (): Promise<void> => {
    while (s.clock.now() < until) {
      await s.db.query("select 1", [], { timeoutMs }).then(() => seen.ok++, () => seen.failed++);
      await new Promise<void>((wake) => s.clock.after(50, wake));
    }
  };
  await s.clock.runUntil(Promise.all(Array.from({ length: 10 }, caller)));
  return seen;
}

describe("an endpoint that answers probes, and statements never", () => {
  test("is left out for it, again each time it comes back, and few calls are lost", async () => {
    const s = await watched(READS);
    await callFor(s, 10_000, 2_000);
    s.b.answer = () => "silence";
    await callFor(s, 20_000, 2_000);
    expect(told(s, "ejection")[0]).toBe("b ejected 100 % of its calls fail, 0 % of its peers'");
    const { ok, failed } = await callFor(s, 60_000, 2_000);
    expect(failed / (ok + failed)).toBeLessThan(0.02);
    // It lives, and a caller's deadline is no failure of its circuit's.
    expect(statsOf(s, "b")).toMatchObject({ health: "alive", circuit: "closed" });
  });

  test("has a low score and a lower limit", async () => {
    const s = await watched({ ...READS, outlier: { maxEjectedRatio: 0 } });
    await callFor(s, 10_000, 2_000);
    s.b.answer = () => "silence";
    await callFor(s, 60_000, 2_000);
    expect(statsOf(s, "b").score).toBeLessThan(70);
    expect(statsOf(s, "b").because).toEqual([expect.stringMatching(/^answers take/)]);
    expect(statsOf(s, "c").score).toBe(100);
    expect(told(s, "pool")).toContainEqual(expect.stringMatching(/^b .* answers take/));
  });

  test("is nobody when all are as slow for so short a deadline", async () => {
    const s = await watched(READS);
    for (const endpoint of [s.b, s.c]) endpoint.latencyMs = 30;
    const { ok } = await callFor(s, 10_000, 20);
    expect(ok).toBe(0);
    expect(told(s, "ejection")).toEqual([]);
    expect(statsOf(s, "b")).toMatchObject({ score: 100, circuit: "closed" });
  });
});

test("a deadline shorter than a text usually takes says nothing about who did not meet it", async () => {
  const s = await watched(READS);
  for (const endpoint of [s.b, s.c]) endpoint.latencyMs = 100;
  await callFor(s, 10_000, 2_000);
  // Only b is asked in such a hurry.
  s.db.isolate("c");
  await callFor(s, 5_000, 50);
  s.db.release("c");
  expect(told(s, "ejection")).toEqual([]);
  expect(told(s, "pool")).toEqual([]);
  expect(statsOf(s, "b").score).toBe(100);
});
