import { describe, expect, test } from "vitest";
import { AbortedError } from "../../src/errors.ts";
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
