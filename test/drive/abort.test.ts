import { describe, expect, test } from "vitest";
import { readOnlyRefusal } from "../../adapters/connectors/scripted/mod.ts";
import { AbortedError } from "../../src/errors.ts";
import { firstOf } from "./hedge-stage.ts";
import { caught, errorOf, failure, next, soloStage, stage } from "./stage.ts";

const INSERT = "insert into t values (1)";

describe("query() can be aborted at any point", () => {
  test("query() sends nothing when the signal had fired before", async () => {
    const s = soloStage();
    const reason = new Error("the user left");
    const error = await errorOf(s, s.db.query(INSERT, [], { signal: AbortSignal.abort(reason) }));
    expect(error).toBeInstanceOf(AbortedError);
    expect(error).toMatchObject({ executed: "no", attempts: 0, cause: reason });
    expect(s.a.connects).toBe(0);
  });

  test("query() leaves the queue", async () => {
    const s = soloStage({ pool: { max: 1 } });
    const controller = new AbortController();
    next(s.a, "silence");
    const holder = caught(s.db.query("select 1", [], { timeoutMs: 500 }));
    const queued = caught(s.db.query(INSERT, [], { signal: controller.signal }));
    await s.clock.advance(10);
    expect(s.db.stats().endpoints[0]?.pool.waiting).toBe(1);
    controller.abort();
    expect(await s.clock.runUntil(queued)).toMatchObject({ code: "ABORTED", executed: "no" });
    expect(s.clock.now()).toBe(10);
    expect(s.db.stats().endpoints[0]?.pool.waiting).toBe(0);
    await s.clock.runUntil(holder);
    expect(s.a.statements).toEqual(["select 1"]);
  });

  test("query() does not wait for a connect", async () => {
    const s = soloStage();
    s.a.condition = "silent";
    const controller = new AbortController();
    const error = caught(s.db.query(INSERT, [], { signal: controller.signal }));
    await s.clock.advance(20);
    controller.abort();
    expect(await s.clock.runUntil(error)).toMatchObject({ code: "ABORTED", executed: "no" });
    expect(s.clock.now()).toBe(20);
  });

  test("query() cuts a running statement, whose fate is unknown then", async () => {
    const s = soloStage();
    next(s.a, "silence");
    const controller = new AbortController();
    const error = caught(s.db.query(INSERT, [], { signal: controller.signal }));
    await s.clock.advance(20);
    controller.abort(new Error("enough"));
    expect(await s.clock.runUntil(error)).toMatchObject({ code: "ABORTED", executed: "unknown" });
    expect((await error).cause).toMatchObject({ message: "enough" });
    expect(s.a.open).toBe(0);
    expect(s.a.statements).toEqual([INSERT]);
  });

  test("query() ends in the pause between two attempts", async () => {
    const s = soloStage();
    s.a.die();
    const controller = new AbortController();
    const error = caught(s.db.query(INSERT, [], { signal: controller.signal }));
    await s.clock.advance(2);
    expect(s.a.connects).toBe(1);
    controller.abort();
    expect(await s.clock.runUntil(error)).toMatchObject({
      code: "ABORTED",
      executed: "no",
      attempts: 1,
    });
    expect(s.clock.now()).toBe(2);
    expect(s.a.connects).toBe(1);
  });

  test("query() ends while the primary is looked for", async () => {
    const s = stage();
    s.a.role = "replica";
    await s.clock.runUntil(s.db.discover());
    await s.clock.advance(1_000);
    for (const endpoint of [s.a, s.b, s.c]) endpoint.condition = "silent";
    const controller = new AbortController();
    const error = caught(s.db.query(INSERT, [], { signal: controller.signal }));
    const before = s.clock.now();
    await s.clock.advance(20);
    controller.abort();
    expect(await s.clock.runUntil(error)).toMatchObject({
      code: "ABORTED",
      executed: "no",
      attempts: 0,
    });
    expect(s.clock.now()).toBe(before + 20);
  });

  test("query() says that an idempotent write may have run, when it is aborted between attempts", async () => {
    const s = soloStage();
    next(s.a, failure());
    s.a.latencyMs = 0;
    const controller = new AbortController();
    const call = s.db.query(INSERT, [], { idempotent: true, signal: controller.signal });
    const error = caught(call);
    await s.clock.advance(0);
    controller.abort();
    expect(await s.clock.runUntil(error)).toMatchObject({ code: "ABORTED", executed: "unknown" });
  });

  test("query() listens to its session's signal", async () => {
    const s = soloStage();
    const controller = new AbortController();
    const session = s.db.session({ signal: controller.signal });
    controller.abort();
    expect(await errorOf(s, session.query(INSERT))).toBeInstanceOf(AbortedError);
  });
});

test("query() that is aborted while a refusal is looked into sends nothing more", async () => {
  const s = soloStage();
  await s.clock.runUntil(s.db.query(INSERT));
  s.a.latencyMs = 100;
  next(s.a, readOnlyRefusal());
  const controller = new AbortController();
  const refused = caught(s.db.query(INSERT, [], { signal: controller.signal }));
  await s.clock.advance(150);
  const sent = s.a.statements.length;
  controller.abort();
  const error = await s.clock.runUntil(refused);
  expect(error).toMatchObject({ code: "ABORTED", executed: "no" });
  expect(s.clock.now()).toBeLessThan(160);
  expect(s.a.statements.length).toBe(sent);
});

test("query() whose signal fires while its endpoint is chosen sends nothing", async () => {
  const controller = new AbortController();
  const s = soloStage({
    balance: (candidates) => {
      controller.abort();
      return firstOf(candidates);
    },
  });
  const error = await errorOf(s, s.db.query(INSERT, [], { signal: controller.signal }));
  expect(error).toMatchObject({ code: "ABORTED", executed: "no" });
  await s.clock.advance(100);
  expect(s.a.statements).toEqual([]);
  expect(s.db.stats().endpoints[0]).toMatchObject({ inFlight: 0, pool: { waiting: 0, inUse: 0 } });
});

describe("a call that waits for a connection", () => {
  const busy = (): ReturnType<typeof soloStage> => {
    const s = soloStage({ pool: { max: 1 } });
    s.a.latencyMs = 4_000;
    void s.db.query("select 1").catch(() => {});
    return s;
  };

  test("says that it waited when its signal fires", async () => {
    const s = busy();
    const controller = new AbortController();
    s.clock.after(100, () => controller.abort());
    const error = await errorOf(s, s.db.query("select 2", [], { signal: controller.signal }));
    expect(error).toMatchObject({ code: "ABORTED", executed: "no" });
    expect(error.message).toMatch(/signal fired while the call waited for a connection/);
  });

  test("says that it waited when its deadline passes", async () => {
    const s = busy();
    const error = await errorOf(s, s.db.query("select 2", [], { timeoutMs: 200 }));
    expect(error).toMatchObject({ code: "DEADLINE", executed: "no" });
    expect(error.message).toMatch(/200 ms passed while the call waited for a connection/);
  });
});
