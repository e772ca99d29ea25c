import { describe, expect, test } from "vitest";
import { rows } from "../../adapters/connectors/scripted/mod.ts";
import type { Member } from "../../src/model/topology.ts";
import { RetryStrategy } from "../../src/retry/strategy.ts";
import {
  caught,
  errorOf,
  failure,
  next,
  type Stage,
  stage,
  type StageOptions,
  told,
} from "./stage.ts";

const READ = "select n from t";

/** The first candidate there is: reads go to `b`, and beside it to `c`. */
function firstOf(candidates: readonly Member[]): Member {
  const [first] = candidates;
  if (first === undefined) throw new Error("No candidate");
  return first;
}

/** Reads go to `b` and, after 20 ms, to `c`; all pools are warm. */
async function hedged(options: StageOptions = {}): Promise<Stage> {
  const s = stage({
    readPreference: "secondary",
    balance: firstOf,
    hedge: { afterMs: 20 },
    pool: { idleTimeoutMs: 0 },
    ...options,
  });
  await warm(s);
  return s;
}

/** Opens a connection to each replica and forgets what was sent. */
async function warm(s: Stage): Promise<void> {
  for (const id of ["b", "c"]) {
    const other = id === "b" ? "c" : "b";
    s.db.isolate(other);
    await s.clock.runUntil(s.db.query("select 0"));
    s.db.release(other);
  }
  for (const endpoint of [s.a, s.b, s.c]) endpoint.statements.length = 0;
  s.events.length = 0;
}

/** Nothing is under way and nobody waits. */
function expectIdle(s: Stage): void {
  const { endpoints, running } = s.db.stats();
  expect(running).toBe(0);
  for (const { inFlight, pool } of endpoints) {
    expect({ inFlight, inUse: pool.inUse, waiting: pool.waiting })
      .toEqual({ inFlight: 0, inUse: 0, waiting: 0 });
  }
}

function sent(s: Stage): number[] {
  return [s.a, s.b, s.c].map(({ statements }) => statements.length);
}

describe("a hedged read", () => {
  test("query() asks one endpoint only when it answers in time", async () => {
    const s = await hedged();
    s.b.latencyMs = 19;
    const result = await s.clock.runUntil(s.db.query(READ));
    expect(result).toMatchObject({ servedBy: "b", attempts: 1 });
    await s.clock.advance(100);
    expect(sent(s)).toEqual([0, 1, 0]);
    expect(told(s, "hedge")).toEqual([]);
  });

  test("query() takes the second endpoint's answer when the first is frozen, and cuts the first", async () => {
    const s = await hedged();
    next(s.b, "silence");
    const before = s.clock.now();
    const result = await s.clock.runUntil(s.db.query(READ));
    expect(result).toMatchObject({ servedBy: "c", attempts: 2, elapsedMs: 21 });
    expect(s.clock.now()).toBe(before + 21);
    expect(sent(s)).toEqual([0, 1, 1]);
    expect(told(s, "hedge")).toEqual(["b c 20 sent", "b c 20 over second"]);
    expect(told(s, "connection")).toEqual(["b closed overtaken"]);
    expect(s.b.open).toBe(0);
    expectIdle(s);
  });

  test("query() takes the first endpoint's answer when the second is slower, and cuts the second", async () => {
    const s = await hedged();
    s.b.latencyMs = 30;
    s.c.latencyMs = 50;
    const result = await s.clock.runUntil(s.db.query(READ));
    expect(result).toMatchObject({ servedBy: "b", attempts: 2, elapsedMs: 30 });
    expect(told(s, "hedge")).toEqual(["b c 20 sent", "b c 20 over first"]);
    expect([s.b.open, s.c.open]).toEqual([1, 0]);
    expectIdle(s);
  });

  test("query() sends nothing when the second endpoint's connection comes after the first's answer", async () => {
    const s = stage({
      readPreference: "secondary",
      balance: firstOf,
      hedge: { afterMs: 20 },
    });
    s.b.latencyMs = 15;
    s.c.latencyMs = 50;
    expect((await s.clock.runUntil(s.db.query(READ))).servedBy).toBe("b");
    await s.clock.advance(100);
    expect(sent(s)).toEqual([0, 1, 0]);
    expectIdle(s);
  });

  test("query() reports each endpoint once: the winner's success, and nothing of the loser", async () => {
    const s = await hedged();
    const before = s.db.stats().endpoints;
    next(s.b, "silence");
    await s.clock.runUntil(s.db.query(READ));
    const after = s.db.stats().endpoints;
    expect(after.map((e, i) => [e.id, e.answered - (before[i]?.answered ?? 0), e.failed]))
      .toEqual([["a", 0, 0], ["b", 0, 0], ["c", 1, 0]]);
    expect(after[1]?.window).toEqual(before[1]?.window);
    // It looks slow by as long as it was waited for.
    expect(after[1]?.latencyMs).toBeGreaterThan(before[1]?.latencyMs ?? 0);
    expect(after[1]?.p99Ms).toBeGreaterThan(15);
  });

  test("query() waits for the second answer when the first attempt fails meanwhile", async () => {
    const s = await hedged();
    s.c.latencyMs = 30;
    next(s.b, "silence");
    const answer = s.db.query(READ);
    await s.clock.advance(25);
    s.b.cut();
    expect(await s.clock.runUntil(answer)).toMatchObject({ servedBy: "c", attempts: 2 });
    expect(told(s, "retry")).toEqual([]);
    expect(told(s, "hedge")).toEqual(["b c 20 sent", "b c 20 over second"]);
    expect(s.db.stats().endpoints.map((e) => e.failed)).toEqual([0, 1, 0]);
    expectIdle(s);
  });

  test("query() waits for the first answer when the second attempt fails", async () => {
    const s = await hedged();
    s.b.latencyMs = 40;
    next(s.c, failure());
    expect(await s.clock.runUntil(s.db.query(READ))).toMatchObject({ servedBy: "b", attempts: 2 });
    expect(told(s, "retry")).toEqual([]);
    expectIdle(s);
  });

  test("query() retries once when both have failed, and knows that both were tried", async () => {
    const s = await hedged({ readPreference: "secondaryPreferred" });
    next(s.b, "silence");
    next(s.c, "silence");
    const answer = s.db.query(READ);
    await s.clock.advance(25);
    s.b.cut();
    await s.clock.advance(1);
    s.c.cut();
    expect(await s.clock.runUntil(answer)).toMatchObject({ servedBy: "a", attempts: 3 });
    expect(told(s, "retry")).toEqual(["c disconnected 2 0"]);
    expect(told(s, "hedge")).toEqual(["b c 20 sent", "b c 20 over neither"]);
    expect(sent(s)).toEqual([1, 1, 1]);
    expectIdle(s);
  });

  test("query() goes by the ordinary way when the first attempt fails before it is late", async () => {
    const s = await hedged();
    next(s.b, failure());
    expect(await s.clock.runUntil(s.db.query(READ))).toMatchObject({ servedBy: "c", attempts: 2 });
    expect(told(s, "hedge")).toEqual([]);
    expect(told(s, "retry")).toEqual(["b disconnected 1 0"]);
  });

  test("query() ends both when the database calls the statement wrong", async () => {
    const s = await hedged();
    s.b.latencyMs = 25;
    next(s.b, failure({ origin: "server", phase: "answering", code: "22012", connection: "usable" }));
    s.c.latencyMs = 500;
    const error = await errorOf(s, s.db.query(READ));
    expect(error).toMatchObject({ code: "QUERY", endpoint: "b", attempts: 2 });
    expect(s.c.open).toBe(0);
    expectIdle(s);
  });
});

describe("a hedged read that nobody waits for any more", () => {
  async function bothSilent(options: StageOptions = {}): Promise<Stage> {
    const s = await hedged(options);
    next(s.b, "silence");
    next(s.c, "silence");
    return s;
  }

  test("query() ends both at its deadline", async () => {
    const s = await bothSilent();
    const before = s.clock.now();
    const error = await errorOf(s, s.db.query(READ, [], { timeoutMs: 70 }));
    expect(error).toMatchObject({ code: "DEADLINE", attempts: 2, executed: "unknown" });
    expect(s.clock.now()).toBe(before + 70);
    expect([s.b.open, s.c.open]).toEqual([0, 0]);
    expect(told(s, "hedge")).toEqual(["b c 20 sent", "b c 20 over neither"]);
    expectIdle(s);
  });

  test("query() ends both when its signal fires", async () => {
    const s = await bothSilent();
    const controller = new AbortController();
    const error = caught(s.db.query(READ, [], { signal: controller.signal }));
    await s.clock.advance(30);
    controller.abort();
    expect(await s.clock.runUntil(error)).toMatchObject({ code: "ABORTED", attempts: 2 });
    expect([s.b.open, s.c.open]).toEqual([0, 0]);
    expectIdle(s);
  });

  test("close() ends both", async () => {
    const s = await bothSilent({ closeTimeoutMs: 50 });
    const error = caught(s.db.query(READ));
    await s.clock.advance(30);
    await s.clock.runUntil(s.db.close());
    expect((await s.clock.runUntil(error)).attempts).toBe(2);
    expect([s.b.open, s.c.open]).toEqual([0, 0]);
    expect(s.clock.waiting).toBe(0);
    expectIdle(s);
  });
});

describe("what is never hedged", () => {
  /** Whatever `b` or the primary get, takes 100 ms. */
  async function slow(options: StageOptions = {}): Promise<Stage> {
    const s = await hedged(options);
    s.a.latencyMs = 100;
    s.b.latencyMs = 100;
    return s;
  }

  test("query() hedges nothing unless told to", async () => {
    const s = await slow({ hedge: false });
    expect((await s.clock.runUntil(s.db.query(READ))).attempts).toBe(1);
    expect(sent(s)).toEqual([0, 1, 0]);
  });

  test("query() heeds what a single call says", async () => {
    const s = await slow();
    expect((await s.clock.runUntil(s.db.query(READ, [], { hedge: false }))).attempts).toBe(1);
    const later = await s.clock.runUntil(s.db.query(READ, [], { hedge: { afterMs: 60 } }));
    expect(later).toMatchObject({ servedBy: "c", attempts: 2, elapsedMs: 61 });
    const off = await slow({ hedge: false });
    const own = await off.clock.runUntil(off.db.query(READ, [], { hedge: { afterMs: 5 } }));
    expect(own).toMatchObject({ servedBy: "c", elapsedMs: 6 });
  });

  test("query() does not hedge writes, idempotent ones neither", async () => {
    const s = await slow();
    await s.clock.runUntil(s.db.query("insert into t values (1)"));
    await s.clock.runUntil(s.db.query("update t set n = 1", [], { idempotent: true }));
    await s.clock.runUntil(s.db.execute(READ));
    expect(sent(s)).toEqual([3, 0, 0]);
  });

  test("transaction() does not hedge", async () => {
    const s = await slow();
    await s.clock.runUntil(s.db.transaction((tx) => tx.query(READ), { readOnly: true }));
    expect(s.c.statements).toEqual([]);
    expect(told(s, "hedge")).toEqual([]);
  });

  test("query() does not hedge when only one endpoint may serve it", async () => {
    const s = await slow();
    await s.clock.runUntil(s.db.query(READ, [], { readPreference: "primary" }));
    s.db.isolate("c");
    await s.clock.runUntil(s.db.query(READ));
    expect(sent(s)).toEqual([1, 1, 0]);
  });

  test("query() lets a function nobody knows run on two replicas, but not on the primary", async () => {
    const call = "select mystery() from t";
    const s = await slow({ readPreference: "secondaryPreferred" });
    expect((await s.clock.runUntil(s.db.query(call))).servedBy).toBe("c");
    s.db.isolate("c");
    s.a.latencyMs = 1;
    expect((await s.clock.runUntil(s.db.query(call))).servedBy).toBe("b");
    // A read whose functions are all known may.
    expect((await s.clock.runUntil(s.db.query(READ))).servedBy).toBe("a");
    expect(sent(s)).toEqual([1, 3, 1]);
  });

  test("query() does not hedge beyond maxAttempts", async () => {
    const retry = RetryStrategy.fixed({ intervalMs: 1, maxAttempts: 2 });
    const s = await slow({ readPreference: "secondaryPreferred", execution: { retry } });
    next(s.b, failure());
    s.c.latencyMs = 100;
    const result = await s.clock.runUntil(s.db.query(READ));
    expect(result).toMatchObject({ servedBy: "c", attempts: 2 });
    expect(told(s, "hedge")).toEqual([]);
  });

  test("query() does not hedge when the retry budget is empty, and empties it by hedging", async () => {
    const s = await slow({ retryBudget: { ratio: 0, minRetriesPerSecond: 1 } });
    let served = "";
    for (let n = 0; n < 12; n++) served += (await s.clock.runUntil(s.db.query(READ))).servedBy;
    expect(served).toBe("ccccccccccbb");
    expect(s.db.stats().retryBudget).toBe(0);
  });

  test("query() does not join a queue for the sake of a hedge", async () => {
    const s = await slow({ pool: { max: 1, idleTimeoutMs: 0 } });
    s.c.latencyMs = 500;
    s.db.isolate("b");
    const [busy, queued] = [s.db.query("select 1"), s.db.query("select 2")];
    await s.clock.advance(1);
    s.db.release("b");
    const result = await s.clock.runUntil(s.db.query(READ, [], { hedge: { afterMs: 5 } }));
    expect(result).toMatchObject({ servedBy: "b", attempts: 1 });
    await s.clock.runUntil(Promise.all([busy, queued]));
  });
});

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
    const s = await hedged({ circuit: { consecutiveFailures: 2, cooldownMs: 60_000, maxCooldownMs: 60_000 } });
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
