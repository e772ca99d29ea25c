/** A store that is gone, slow or overloaded costs no query anything; and one that is well is asked rarely. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { whyNoCluster } from "../cluster/mod.ts";
import { type Ground, type SharedPlace, startGround, startShared } from "./shared-place.ts";
import type { Mood, Shape } from "./shared-orders.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

/** Long, so that a wait for it would show even on a busy machine. */
const TIMEOUT_MS = 3_000;
const FOR_MS = 4_500;

function quantile(sorted: readonly number[], ratio: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * ratio))] ?? NaN;
}

describe.skipIf(missing)(`the price of sharing ${missing ?? ""}`, () => {
  let ground: Ground;
  beforeAll(async () => {
    ground = await startGround(1);
  });
  afterAll(() => ground?.[Symbol.asyncDispose]());

  const shape = (more: Partial<Shape> = {}): Shape => ({
    urls: ground.urls,
    options: { sharing: { timeoutMs: TIMEOUT_MS, quietSyncMs: 500, busySyncMs: 100 } },
    ...more,
  });
  const run = async (shared: SharedPlace): Promise<{ took: number[]; failed: number }> => {
    const { took, failed } = await shared.load(0, { text: "select 1", forMs: FOR_MS, width: 2 });
    return { took: took.sort((a, b) => a - b), failed };
  };

  test.each<Mood>(["slow", "unreachable", "overloaded"])(
    "a store that is %s fails no query, and none waits for it",
    async (mood) => {
      await using without = await startShared(shape({ store: "none" }), 1);
      await using broken = await startShared(shape(), 1);
      for (const place of [without, broken]) await place.query(0);
      await broken.mood(0, mood);
      const usual = await run(without);
      const { took, failed } = await run(broken);
      const { sharing, calls } = await broken.stats(0);
      const [p99, usual99] = [quantile(took, 0.99), quantile(usual.took, 0.99)];
      console.log(
        `store ${mood}: ${took.length} queries, ${calls} calls to it, p99 ${p99} ms; without a store ` +
          `${usual.took.length} queries, p99 ${usual99} ms; ratio ${(p99 / usual99).toFixed(2)}`,
      );
      expect(failed).toBe(0);
      // It was asked, and in vain.
      expect(sharing?.failures).toBeGreaterThan(0);
      expect(took.at(-1)).toBeLessThan(TIMEOUT_MS / 2);
      const warnings = broken.place.takeLogs().filter((line) => !/\bdead\b/.test(line));
      expect(warnings).toEqual([]);
    },
  );

  test("at a steady load less than one query in a hundred leads to a call to the store", async () => {
    const isolates = [0, 1, 2];
    await using shared = await startShared({ urls: ground.urls }, isolates.length);
    const callsSoFar = async (): Promise<number> => {
      const stats = await Promise.all(isolates.map((isolate) => shared.stats(isolate)));
      return stats.reduce((sum, { calls }) => sum + calls, 0);
    };
    const before = await callsSoFar();
    const order = { text: "select 1", forMs: FOR_MS, width: 4 };
    const loads = await Promise.all(isolates.map((isolate) => shared.load(isolate, order)));
    const queries = loads.reduce((sum, { took }) => sum + took.length, 0);
    const calls = await callsSoFar() - before;
    console.log(
      `${
        Math.round(queries / (FOR_MS / 1_000))
      } queries/s over ${isolates.length} isolates: ${calls} store ` +
        `calls for ${queries} queries, ${(calls / queries).toFixed(5)} each`,
    );
    expect(loads.map(({ failed }) => failed)).toEqual([0, 0, 0]);
    expect(calls / queries).toBeLessThan(0.01);
    expect(shared.place.takeLogs()).toEqual([]);
  });
});
