import { describe, expect, test } from "vitest";
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
import { expectIdle, firstOf, hedged, READ, sent } from "./hedge-stage.ts";

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
    expect(after[2]?.p99Ms).toBeLessThan(5);
  });

  test("query() waits for the second answer when the first attempt fails meanwhile", async () => {
    const s = await hedged();
    s.c.latencyMs = 30;
    next(s.b, "silence");
    const answer = s.db.query(READ);
    await s.clock.advance(25);
    s.b.cut();
    const result = await s.clock.runUntil(answer);
    expect(result).toMatchObject({ servedBy: "c", attempts: 2, elapsedMs: 50 });
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
    next(
      s.b,
      failure({ origin: "server", phase: "answering", code: "22012", connection: "usable" }),
    );
    s.c.latencyMs = 500;
    const error = await errorOf(s, s.db.query(READ));
    // The other one was cut, and nobody knows how far it had come.
    expect(error).toMatchObject({
      code: "QUERY",
      endpoint: "b",
      attempts: 2,
      executed: "unknown",
    });
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

  test("close() tells of a read that may have run at the first endpoint that it may have", async () => {
    const s = await hedged({ closeTimeoutMs: 0 });
    next(s.b, "silence");
    s.c.condition = "silent";
    s.c.cut();
    const error = caught(s.db.query(READ));
    await s.clock.advance(30);
    s.b.cut();
    await s.clock.advance(1);
    await s.clock.runUntil(s.db.close());
    expect(await s.clock.runUntil(error)).toMatchObject({
      code: "CLOSED",
      executed: "unknown",
      attempts: 2,
    });
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
