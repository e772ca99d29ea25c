import { describe, expect, test } from "vitest";
import { rows } from "../../adapters/connectors/scripted/mod.ts";
import { expectIdle, hedged, READ } from "./hedge-stage.ts";
import { failure, next, type Stage, told } from "./stage.ts";

describe("a hedge after the observed p95", () => {
  test("query() hedges nothing before ten answers are known, then after their 95th percentile", async () => {
    const s = await hedged({ hedge: { after: "p95", minMs: 2 } });
    s.c.latencyMs = 1;
    s.b.latencyMs = 40;
    for (let n = 0; n < 10; n++) {
      expect((await s.clock.runUntil(s.db.query(READ))).attempts).toBe(1);
    }
    next(s.b, "silence");
    const result = await s.clock.runUntil(s.db.query(READ));
    expect(result).toMatchObject({ servedBy: "c", attempts: 2 });
    expect(result.elapsedMs).toBeGreaterThan(38);
    expect(result.elapsedMs).toBeLessThan(44);
  });

  test("query() waits at least the floor", async () => {
    const s = await hedged({ hedge: { after: "p95" } });
    for (let n = 0; n < 12; n++) await s.clock.runUntil(s.db.query(READ));
    next(s.b, "silence");
    const result = await s.clock.runUntil(s.db.query(READ));
    expect(result).toMatchObject({ servedBy: "c", elapsedMs: 6 });
  });

  test("its losers keep the p95 from sinking: the hundredth round hedges no more than the first", async () => {
    const retryBudget = { ratio: 1, minRetriesPerSecond: 100 };
    const s = await hedged({ hedge: { after: "p95", minMs: 2 }, retryBudget });
    const hedges: number[] = [];
    for (let round = 0; round < 100; round++) {
      hedges.push(0);
      for (let latencyMs = 10; latencyMs < 30; latencyMs++) {
        s.b.latencyMs = latencyMs;
        const { attempts } = await s.clock.runUntil(s.db.query(READ));
        if (attempts > 1) hedges[round] = (hedges[round] ?? 0) + 1;
        await s.clock.advance(20);
      }
    }
    // The sketch is coarse: 5 % more or less in time are up to three of these twenty latencies.
    expect(Math.max(...hedges.slice(-10))).toBeLessThanOrEqual(3);
    expect(Math.min(...hedges.slice(-10))).toBeGreaterThanOrEqual(1);
  });
});

describe("an endpoint that is always overtaken", () => {
  test("query() has it asked whether it lives, and leaves it when it does not", async () => {
    const s = await hedged({
      circuit: { consecutiveFailures: 2, cooldownMs: 60_000, maxCooldownMs: 60_000 },
    });
    s.b.condition = "silent";
    for (let n = 0; n < 3; n++) {
      expect((await s.clock.runUntil(s.db.query(READ))).servedBy).toBe("c");
    }
    await s.clock.advance(2_000);
    expect(told(s, "circuit")).toEqual(["b closed open disconnected"]);
  });

  test("query() holds nothing against it when it answers", async () => {
    const s = await hedged({ circuit: { consecutiveFailures: 1 } });
    s.b.answer = (text) => text === READ ? "silence" : rows({ ok: true });
    for (let n = 0; n < 5; n++) await s.clock.runUntil(s.db.query(READ));
    await s.clock.advance(5_000);
    expect(told(s, "probe").every((probe) => probe.startsWith("b true"))).toBe(true);
    expect(told(s, "circuit")).toEqual([]);
  });

  test("query() lets a probe be the trial in its stead, which closes the circuit or opens it again", async () => {
    const s = await hedged({
      circuit: { consecutiveFailures: 1, cooldownMs: 100, successesToClose: 1 },
    });
    next(s.b, failure({ origin: "server", phase: "answering", code: "57P03" }));
    s.b.condition = "refusing";
    await s.clock.runUntil(s.db.query(READ));
    await s.clock.advance(10_000);
    s.b.condition = "silent";
    await s.clock.runUntil(s.db.query(READ));
    await s.clock.advance(2_000);
    expect(told(s, "circuit").at(-1)).toMatch(/^b halfOpen open/);
    await s.clock.advance(10_000);
    s.b.revive();
    s.b.answer = (text) => text === READ ? "silence" : rows({ ok: true });
    await s.clock.runUntil(s.db.query(READ));
    await s.clock.advance(100);
    expect(told(s, "circuit").at(-1)).toBe("b halfOpen closed a probe was answered");
    expectIdle(s);
  });
});

describe("a hedge that is a half-open circuit's trial", () => {
  /** The circuit of `c` is about to try again; `b` takes 30 ms. */
  async function recovering(): Promise<Stage> {
    const s = await hedged({
      circuit: { consecutiveFailures: 1, cooldownMs: 50, successesToClose: 2 },
      // A read that is no hedge does not try `c` by itself.
      probe: { intervalMs: 3_600_000 },
    });
    await s.clock.advance(10);
    s.b.latencyMs = 30;
    next(s.c, failure({ origin: "server", phase: "answering", code: "57P03" }));
    await s.clock.runUntil(s.db.query(READ));
    expect(circuitOf(s)).toBe("open");
    await s.clock.advance(101);
    return s;
  }

  function circuitOf(s: Stage): string | undefined {
    return s.db.stats().endpoints[2]?.circuit;
  }

  test("query() counts its answer for the circuit", async () => {
    const s = await recovering();
    for (let n = 0; n < 2; n++) {
      expect((await s.clock.runUntil(s.db.query(READ))).servedBy).toBe("c");
    }
    expect(circuitOf(s)).toBe("closed");
  });

  test("query() gives the trial back when the first one answered", async () => {
    const s = await recovering();
    s.c.latencyMs = 500;
    for (let n = 0; n < 2; n++) {
      const result = await s.clock.runUntil(s.db.query(READ));
      expect(result).toMatchObject({ servedBy: "b", attempts: 2 });
    }
    expect(circuitOf(s)).toBe("halfOpen");
    expectIdle(s);
  });
});
