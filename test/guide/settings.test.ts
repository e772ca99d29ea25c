import { describe, expect, test } from "vitest";
import { rows } from "../../adapters/connectors/scripted/mod.ts";
import { RetryStrategy, TimeoutStrategy } from "../../mod.ts";
import { errorOf, soloStage, stage, told } from "../drive/stage.ts";

/**
 * What the guide's second program sets in its `DatabaseConfig`, in half an hour of virtual time. That the
 * same settings open ten connections on a real server is shown by `high-availability.test.ts`.
 */
const POOL = { max: 50, min: 10, acquireTimeoutMs: 30_000, idleTimeoutMs: 600_000 } as const;
const MINUTE = 60_000;

describe("the guide's PoolConfig", () => {
  test("min_connections: 10 are open as soon as the system is built, and stay", async () => {
    const s = soloStage({ pool: POOL });
    await s.clock.runUntil(s.db.discover());
    await s.clock.advance(1_000);
    expect(s.a.open).toBe(10);
    await s.clock.advance(60 * MINUTE);
    expect(s.a.open).toBe(10);
  });

  test("connection_timeout: a caller waits 30 s for one of 50 connections, and no longer", async () => {
    const s = soloStage({ pool: POOL, execution: { timeout: TimeoutStrategy.robust() } });
    s.a.answer = () => "silence";
    // What holds the connections is no failure of the endpoint's: it answers every probe.
    const busy = Array.from({ length: 50 }, () => s.db.query("select 1").catch(() => {}));
    await s.clock.advance(1_000);
    expect(s.a.open).toBe(50);
    const error = await errorOf(s, s.db.query("select 1"));
    expect(error).toMatchObject({ code: "EXHAUSTED", executed: "no" });
    expect(s.clock.now()).toBeGreaterThanOrEqual(31_000);
    expect(s.clock.now()).toBeLessThan(32_000);
    await s.clock.runUntil(Promise.all(busy));
  });

  test("idle_timeout: what nobody needed for ten minutes goes, down to the minimum", async () => {
    const s = soloStage({ pool: POOL });
    s.a.latencyMs = 200;
    const many = Array.from({ length: 50 }, () => s.db.query("select 1"));
    await s.clock.runUntil(Promise.all(many));
    const { size = 0 } = s.db.stats().endpoints[0]?.pool ?? {};
    expect(size).toBeGreaterThan(10);
    await s.clock.advance(9 * MINUTE);
    expect(s.a.open).toBe(size);
    await s.clock.advance(12 * MINUTE);
    expect(s.a.open).toBe(10);
    expect(s.db.stats().endpoints[0]?.pool.closed).toEqual({ idle: size - 10 });
  });

  test("max_lifetime: after half an hour every connection is another one, and ten were always there", async () => {
    const s = soloStage({ pool: { ...POOL, maxLifetimeMs: 30 * MINUTE } });
    await s.clock.runUntil(s.db.discover());
    await s.clock.advance(1_000);
    const { connects } = s.a;
    await s.clock.advance(14 * MINUTE);
    expect(s.a.connects).toBe(connects);
    for (let minute = 14; minute < 32; minute++) {
      await s.clock.advance(MINUTE);
      expect(s.a.open).toBeGreaterThanOrEqual(9);
    }
    expect(s.db.stats().endpoints[0]?.pool.closed).toEqual({ lifetime: expect.any(Number) });
    expect(s.a.connects).toBeGreaterThanOrEqual(connects + 10);
  });
});

describe("the guide's ConnectionConfig", () => {
  test("timeout_seconds: 30 ends a statement that is not answered", async () => {
    const s = soloStage({ execution: { timeout: { queryMs: 30_000 } } });
    s.a.answer = () => "silence";
    const error = await errorOf(s, s.db.query("select 1"));
    expect(error).toMatchObject({ code: "DEADLINE" });
    expect(s.clock.now()).toBe(30_000);
  });

  test("retry_attempts: 3 are made, and no fourth", async () => {
    const retry = RetryStrategy.exponential({ maxAttempts: 3 });
    const s = stage({ execution: { retry }, circuit: { consecutiveFailures: 100 } });
    s.a.die();
    expect(await errorOf(s, s.db.query("insert into t values (1)"))).toMatchObject({
      code: "UNAVAILABLE",
      attempts: 3,
    });
  });
});

/** The guide's リトライ戦略 ("retry strategies"), with the numbers it gives. */
describe("the guide's retry strategies", () => {
  /** The pauses of a write whose server is gone. */
  async function pausesOf(retry: RetryStrategy): Promise<number[]> {
    const s = soloStage({
      execution: { retry, timeout: { queryMs: 300_000 } },
      circuit: { consecutiveFailures: 100 },
    });
    s.a.die();
    const error = await errorOf(s, s.db.query("insert into t values (1)"));
    expect(error.attempts).toBe(retry.maxAttempts);
    return s.events.flatMap((event) => event.type === "retry" ? event.delayMs : []);
  }

  test("FixedInterval { interval: 1 s, max_attempts: 3 }", async () => {
    const retry = RetryStrategy.fixed({ intervalMs: 1_000, maxAttempts: 3 });
    expect(await pausesOf(retry)).toEqual([1_000, 1_000]);
  });

  test("ExponentialBackoff { initial_delay: 100 ms, max_delay: 30 s, multiplier: 2.0, max_attempts: 5 }", async () => {
    const guide = { initialDelayMs: 100, maxDelayMs: 30_000, multiplier: 2, maxAttempts: 5 };
    const exact = RetryStrategy.exponential({ ...guide, jitter: "none" });
    expect(await pausesOf(exact)).toEqual([100, 200, 400, 800]);
    // With chance, as it is unless told otherwise: never longer than that.
    const pauses = await pausesOf(RetryStrategy.exponential(guide));
    expect(pauses.every((pause, i) => pause <= 100 * 2 ** i)).toBe(true);
  });

  test("LinearBackoff { initial_delay: 500 ms, increment: 500 ms, max_attempts: 3 }", async () => {
    const retry = RetryStrategy.linear({ initialDelayMs: 500, incrementMs: 500, maxAttempts: 3 });
    expect(await pausesOf(retry)).toEqual([500, 1_000]);
  });

  test("intervals of one's own (カスタム間隔設定)", async () => {
    expect(await pausesOf(RetryStrategy.custom([10, 20, 300]))).toEqual([10, 20, 300]);
  });

  test("a read goes elsewhere at once, whatever the strategy", async () => {
    const s = stage({
      readPreference: "secondaryPreferred",
      balance: "roundRobin",
      execution: { retry: RetryStrategy.fixed({ intervalMs: 1_000, maxAttempts: 3 }) },
    });
    s.b.die();
    s.b.answer = () => rows();
    await s.clock.runUntil(s.db.query("select 1"));
    await s.clock.runUntil(s.db.query("select 1"));
    expect(told(s, "retry")).toEqual(["b unavailable 1 0"]);
  });
});
