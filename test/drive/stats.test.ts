import { describe, expect, test } from "vitest";
import type { Transaction } from "../../src/transaction.ts";
import { caught, errorOf, next, soloStage, sqlError, stage } from "./stage.ts";
import { loadFor, statsOf, watched } from "./watch-stage.ts";

const INSERT = "insert into t values (1)";

describe("stats() of a known history", () => {
  test("stats() of one that did nothing is nothing, and well", () => {
    const s = stage({ declared: { b: { weight: 3, tags: { region: "eu" } } } });
    const { endpoints, total, ...rest } = s.db.stats();
    expect(rest).toEqual({
      primary: "a",
      epoch: 0,
      running: 0,
      failedCalls: 0,
      panic: false,
      // Ten retries a second are always granted, over ten seconds.
      retryBudget: 100,
      alerts: { firing: [], delivered: 0, failed: 0, dropped: 0 },
    });
    expect(endpoints[1]).toEqual({
      id: "b",
      role: "replica",
      access: "readWrite",
      weight: 3,
      tags: { region: "eu" },
      circuit: "closed",
      score: 100,
      because: [],
      health: "alive",
      ejected: false,
      share: 1,
      recovery: undefined,
      inFlight: 0,
      answered: 0,
      failed: 0,
      lastFailure: undefined,
      perSecond: 0,
      window: { calls: 0, failures: 0, slow: 0 },
      latencyMs: 0,
      p50Ms: 0,
      p95Ms: 0,
      p99Ms: 0,
      slowness: 1,
      lagMs: undefined,
      connectionsUsed: undefined,
      connectionsMax: undefined,
      pool: {
        size: 0,
        idle: 0,
        inUse: 0,
        waiting: 0,
        connecting: 0,
        limit: 10,
        generation: 0,
        created: 0,
        closed: {},
        acquire: { waited: 0, p50Ms: 0, p99Ms: 0 },
      },
      draining: false,
    });
    expect(total).toEqual({
      endpoints: 3,
      available: 3,
      answered: 0,
      failed: 0,
      perSecond: 0,
      p50Ms: 0,
      p95Ms: 0,
      p99Ms: 0,
      score: 100,
      connections: 0,
      waiting: 0,
    });
  });

  test("stats() counts what was answered, what failed and what is under way", async () => {
    const s = soloStage({ pool: { max: 2 } });
    s.a.latencyMs = 10;
    for (let n = 0; n < 20; n++) await s.clock.runUntil(s.db.query("select 1"));
    next(s.a, sqlError("22012", "division by zero"));
    await s.clock.runUntil(caught(s.db.query("select 1/0")));
    const running = Array.from({ length: 5 }, () => s.db.query("select 1"));
    await s.clock.advance(1);
    const [a] = s.db.stats().endpoints;
    expect(a).toMatchObject({
      answered: 20,
      failed: 1,
      lastFailure: "statement",
      inFlight: 5,
      window: { calls: 20, failures: 0, slow: 0 },
      perSecond: 2,
      latencyMs: 10,
      slowness: 1,
      score: 100,
    });
    expect(s.db.stats().running).toBe(5);
    expect(a?.p50Ms).toBeCloseTo(10, -0.5);
    expect(a?.pool).toMatchObject({ size: 1, inUse: 1, idle: 0, waiting: 4, limit: 2, created: 1 });
    await s.clock.runUntil(Promise.all(running));
    const { endpoints: [after], running: left } = s.db.stats();
    expect(left).toBe(0);
    expect(after).toMatchObject({ answered: 25, inFlight: 0 });
    expect(after?.pool).toMatchObject({ inUse: 0, waiting: 0 });
    expect(after?.pool.acquire.waited).toBe(5);
  });

  test("stats() counts a transaction's statements as attempts, and its connection as in use", async () => {
    const s = soloStage();
    await s.clock.runUntil(s.db.transaction(async (tx) => {
      await tx.query(INSERT);
      expect(s.db.stats().endpoints[0]).toMatchObject({ inFlight: 0, answered: 2 });
      expect(s.db.stats().endpoints[0]?.pool.inUse).toBe(1);
      expect(s.db.stats().running).toBe(1);
    }));
    expect(s.db.stats().endpoints[0]).toMatchObject({ answered: 3, failed: 0 });
    expect(s.db.stats().endpoints[0]?.pool).toMatchObject({ inUse: 0, idle: 1 });
  });

  test("stats() tells connections by why they were closed", async () => {
    const s = soloStage({ pool: { idleTimeoutMs: 1_000 } });
    await s.clock.runUntil(s.db.query("select 1"));
    await s.clock.advance(2_000);
    await s.clock.runUntil(s.db.query("set search_path to x"));
    await s.clock.runUntil(s.db.query("select 1"));
    s.a.cut();
    next(s.a, "silence");
    await s.clock.runUntil(caught(s.db.query("select 1", [], { timeoutMs: 20 })));
    const { pool } = s.db.stats().endpoints[0] ?? {};
    expect(pool?.closed).toEqual({
      "idle": 1,
      "carries session state": 1,
      "lost while idle": 1,
      "abandoned": 1,
    });
    const closed = Object.values(pool?.closed ?? {}).reduce((sum, count) => sum + count, 0);
    expect((pool?.created ?? 0) - closed).toBe(pool?.size);
  });

  test("stats() adds up: the total is the sum of the endpoints, its score their mean", async () => {
    const s = await watched({ readPreference: "nearest", balance: "roundRobin" });
    await loadFor(s, 3_000);
    s.b.die();
    await s.clock.runUntil(Promise.all(Array.from({ length: 10 }, () => s.db.query("select 1"))));
    await s.clock.advance(6_000);
    await loadFor(s, 1_000);
    const held = Array.from({ length: 30 }, () => s.db.query("select 1"));
    const { endpoints, total } = s.db.stats();
    const sum = (read: (one: (typeof endpoints)[number]) => number): number =>
      endpoints.reduce((so, one) => so + read(one), 0);
    expect(total).toMatchObject({
      endpoints: 3,
      available: 2,
      answered: sum((one) => one.answered),
      failed: sum((one) => one.failed),
      perSecond: sum((one) => one.perSecond),
      score: sum((one) => one.score) / 3,
      connections: sum((one) => one.pool.size),
      waiting: sum((one) => one.pool.waiting),
    });
    expect(total.failed).toBeGreaterThan(0);
    expect(total.waiting).toBeGreaterThan(0);
    expect(total.p50Ms).toBeGreaterThan(0);
    await s.clock.runUntil(Promise.all(held));
  });

  test("stats() says why a score is what it is, and the reasons add up", async () => {
    const s = await watched({ readPreference: "secondary", balance: "roundRobin" });
    await loadFor(s, 3_000);
    s.b.lagMs = 25_000;
    s.b.otherConnections = 89;
    s.a.writable = false;
    await s.clock.advance(1_500);
    for (let n = 0; n < 4; n++) {
      next(s.b, sqlError("53300", "too many clients"));
      await loadFor(s, 100);
    }
    for (const { score, because } of s.db.stats().endpoints) {
      const lost = because.map((words) => Number(/−(\d+)$/.exec(words)?.[1]));
      expect(lost.reduce((sum, one) => sum + one, 0)).toBe(100 - score);
    }
    expect(statsOf(s, "a").because).toEqual(["failed its last transaction check: −40"]);
    expect(statsOf(s, "b").because.length).toBeGreaterThanOrEqual(3);
  });
});

describe("stats() only looks", () => {
  test("stats() twice is the same, asks nobody and starts nothing", async () => {
    const s = await watched({ readPreference: "nearest", balance: "roundRobin" });
    await loadFor(s, 2_000);
    s.b.die();
    await s.clock.advance(4_000);
    await loadFor(s, 500);
    const asked = [s.a, s.b, s.c].map(({ connects, statements }) => connects + statements.length);
    const timers = s.clock.waiting;
    const events = s.events.length;
    const first = s.db.stats();
    for (let n = 0; n < 100; n++) s.db.stats();
    expect(s.db.stats()).toEqual(first);
    expect(s.clock.waiting).toBe(timers);
    expect(s.events.length).toBe(events);
    await s.clock.advance(0);
    expect([s.a, s.b, s.c].map(({ connects, statements }) => connects + statements.length))
      .toEqual(asked);
  });

  test("stats() before the first call starts nothing either", () => {
    const s = stage({ probe: { intervalMs: 1_000 } });
    s.db.stats();
    expect(s.clock.waiting).toBe(0);
    expect(s.a.connects).toBe(0);
  });

  test("stats() draws no chance: what happens next is the same with and without it", async () => {
    const play = async (looks: boolean): Promise<string> => {
      const s = await watched({ readPreference: "nearest" });
      for (let n = 0; n < 100; n++) {
        if (n === 30) s.b.die();
        if (n === 60) s.b.revive();
        if (looks) s.db.stats();
        await loadFor(s, 100, 3);
      }
      return s.events.map((event) => JSON.stringify(event)).join("\n");
    };
    expect(await play(true)).toBe(await play(false));
  });

  test("stats() is as large as there are endpoints, whatever happened", async () => {
    const s = await watched({ readPreference: "nearest", balance: "roundRobin" });
    const size = (): number =>
      Object.keys(flat(s.db.stats())).filter((path) => !path.includes(".closed.")).length;
    await loadFor(s, 1_000);
    const before = size();
    for (let n = 0; n < 50; n++) await s.clock.runUntil(s.db.query(`select ${n}, ${n}`));
    await loadFor(s, 60_000, 2);
    expect(size()).toBe(before);
  });
});

/** Every leaf by its path. */
function flat(value: unknown, path = ""): Record<string, unknown> {
  if (typeof value !== "object" || value === null) return { [path]: value };
  return Object.assign(
    {},
    ...Object.entries(value).map(([key, inner]) => flat(inner, `${path}.${key}`)),
  ) as Record<string, unknown>;
}

describe("stats().failedCalls", () => {
  test("counts the calls that failed for good, not the attempts", async () => {
    const s = soloStage();
    s.a.die();
    await errorOf(s, s.db.query("select 1"));
    expect(s.db.stats()).toMatchObject({ failedCalls: 1, total: { failed: 3 } });
  });

  test("counts a transaction once, whichever part of it failed and however often it ran", async () => {
    const s = soloStage();
    const work = (tx: Transaction): Promise<unknown> => {
      next(s.a, sqlError("40001", "conflict"));
      return tx.query(INSERT);
    };
    await errorOf(s, s.db.transaction(work, { attempts: 3 }));
    expect(s.db.stats().failedCalls).toBe(1);
    expect(s.events.filter(({ type }) => type === "failed")).toHaveLength(1);
  });
});
