import { describe, expect, test } from "vitest";
import { RetryStrategy } from "../../src/retry/strategy.ts";
import { hedged, READ, sent } from "./hedge-stage.ts";
import { failure, next, type Stage, type StageOptions, told } from "./stage.ts";

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
    // On a primary it counts as a write, wherever else it might go.
    s.a.latencyMs = 100;
    const there = { readPreference: "primaryPreferred" } as const;
    expect(await s.clock.runUntil(s.db.query(call, [], there)))
      .toMatchObject({ servedBy: "a", attempts: 1 });
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
