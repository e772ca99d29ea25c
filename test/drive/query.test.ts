import { describe, expect, test } from "vitest";
import { rows } from "../../adapters/connectors/scripted/mod.ts";
import {
  AmbiguousWriteError,
  DeadlineError,
  ExhaustedError,
  NoEndpointError,
  ParameterError,
  QueryError,
  UnavailableError,
  UsageError,
} from "../../src/errors.ts";
import { RetryStrategy } from "../../src/retry/strategy.ts";
import { caught, errorOf, failure, next, soloStage, sqlError, stage, told } from "./stage.ts";

const INSERT = "insert into t values (1)";

describe("query() finds its place", () => {
  test("query() runs a read on a replica when replicas are asked for", async () => {
    const s = stage({ readPreference: "secondary" });
    const result = await s.clock.runUntil(s.db.query("select 1"));
    expect(result).toMatchObject({ kind: "rows", attempts: 1 });
    expect(["b", "c"]).toContain(result.servedBy);
  });

  test("query() runs a write on the primary", async () => {
    const s = stage({ readPreference: "secondary" });
    expect((await s.clock.runUntil(s.db.query(INSERT))).servedBy).toBe("a");
  });

  test("execute() runs a read on the primary as well", async () => {
    const s = stage({ readPreference: "secondary" });
    expect((await s.clock.runUntil(s.db.execute("select 1"))).servedBy).toBe("a");
  });

  test("query() takes the caller's word on the intent", async () => {
    const s = stage({ readPreference: "secondary" });
    for (const replica of [s.b, s.c]) replica.answer = () => rows({ ok: true });
    const read = await s.clock.runUntil(s.db.query("call report()", [], { intent: "read" }));
    expect(read.servedBy).not.toBe("a");
  });

  test("query() says that nobody may serve a read that asks for tags nobody has", async () => {
    const s = stage();
    const error = await errorOf(
      s,
      s.db.query("select 1", [], { readPreference: { mode: "secondary", tags: { zone: "x" } } }),
    );
    expect(error).toBeInstanceOf(NoEndpointError);
    expect(s.b.statements.length + s.c.statements.length).toBe(0);
  });
});

describe("query() retries what may be retried", () => {
  test("query() retries a read whose line broke, at once and elsewhere", async () => {
    const s = stage({ readPreference: "secondary" });
    next(s.b, failure());
    next(s.c, failure());
    const result = await s.clock.runUntil(s.db.query("select 1"));
    expect(result.attempts).toBe(3);
    expect(told(s, "retry")[0]).toMatch(/^[bc] disconnected 1 0$/);
  });

  test("query() never runs a write again when its line broke after it was sent", async () => {
    const s = stage();
    next(s.a, failure());
    const error = await errorOf(s, s.db.query(INSERT));
    expect(error).toBeInstanceOf(AmbiguousWriteError);
    expect(error).toMatchObject({ executed: "unknown", endpoint: "a", attempts: 1 });
    expect(s.a.statements).toEqual([INSERT]);
  });

  test("query() runs an idempotent write again", async () => {
    const s = stage();
    next(s.a, failure());
    const result = await s.clock.runUntil(s.db.query(INSERT, [], { idempotent: true }));
    expect(result.attempts).toBe(2);
    expect(s.a.statements).toEqual([INSERT, INSERT]);
  });

  test("query() says of an idempotent write that may have run that it may have", async () => {
    const s = stage();
    next(s.a, failure(), failure(), failure());
    const error = await errorOf(s, s.db.query(INSERT, [], { idempotent: true }));
    expect(error).toMatchObject({ executed: "unknown", attempts: 3 });
  });

  test("query() runs a write again that the database rolled back for another one", async () => {
    const s = stage();
    next(s.a, sqlError("40001"));
    expect((await s.clock.runUntil(s.db.query(INSERT))).attempts).toBe(2);
  });

  test("query() runs a write again when it could not connect", async () => {
    const s = stage();
    s.a.die();
    const answer = s.db.query(INSERT);
    await s.clock.advance(2);
    s.a.revive();
    expect((await s.clock.runUntil(answer)).attempts).toBe(2);
    expect(s.a.statements).toEqual([INSERT]);
  });

  test("query() does not run a faulty statement again", async () => {
    const s = stage();
    next(s.a, sqlError("23505", "duplicate key"));
    const error = await errorOf<QueryError>(s, s.db.query(INSERT));
    expect(error).toBeInstanceOf(QueryError);
    expect(error).toMatchObject({ sqlState: "23505", executed: "no", attempts: 1 });
  });

  test("query() tries as often as it was told and no more, also after it had to look for the primary", async () => {
    const s = soloStage({ execution: { retry: RetryStrategy.fixed({ intervalMs: 10 }) } });
    s.a.die();
    const error = await errorOf(s, s.db.query(INSERT));
    expect(error).toBeInstanceOf(UnavailableError);
    expect(error).toMatchObject({ attempts: 3, executed: "no" });
  });

  test("query() counts its search for the primary as no attempt", async () => {
    const s = stage({ execution: { retry: RetryStrategy.fixed({ intervalMs: 10 }) } });
    s.a.role = "replica";
    await s.clock.runUntil(s.db.discover());
    s.a.role = "primary";
    await s.clock.advance(1_000);
    next(s.a, ...[1, 2, 3, 4].map(() => sqlError("40001")));
    const error = await errorOf(s, s.db.query(INSERT));
    expect(error).toMatchObject({ code: "CONFLICT", attempts: 3 });
  });

  test("query() stops retrying when the budget is empty", async () => {
    const s = soloStage({ retryBudget: { ratio: 0, minRetriesPerSecond: 0 } });
    next(s.a, failure());
    const error = await errorOf(s, s.db.query("select 1"));
    expect(error).toBeInstanceOf(UnavailableError);
    expect(error.attempts).toBe(1);
    expect(error.message).toContain("the retry budget is empty");
  });
});

describe("query() keeps its deadline", () => {
  test("query() ends at its deadline while it waits for a connection, and nothing was sent", async () => {
    const s = soloStage();
    s.a.condition = "silent";
    const error = await errorOf<DeadlineError>(s, s.db.query(INSERT, [], { timeoutMs: 70 }));
    expect(error).toBeInstanceOf(DeadlineError);
    expect(error).toMatchObject({ executed: "no", timeoutMs: 70 });
    expect(s.clock.now()).toBe(70);
  });

  test("query() calls a write that was sent ambiguous at its deadline", async () => {
    const s = soloStage();
    next(s.a, "silence");
    const error = await errorOf(s, s.db.query(INSERT, [], { timeoutMs: 70 }));
    expect(error).toBeInstanceOf(AmbiguousWriteError);
    expect(s.clock.now()).toBe(70);
    expect(s.a.open, "the connection that still runs it is not reused").toBe(0);
  });

  test("query() calls a read that was sent late at its deadline", async () => {
    const s = soloStage();
    next(s.a, "silence");
    const error = await errorOf(s, s.db.query("select 1", [], { timeoutMs: 70 }));
    expect(error).toBeInstanceOf(DeadlineError);
    expect(error.executed).toBe("unknown");
  });

  test("query() moves a read away from an endpoint that fell silent, long before its deadline", async () => {
    const s = stage({ readPreference: "secondary", balance: (candidates) => candidates[0]! });
    await s.clock.runUntil(s.db.query("select 1"));
    s.b.condition = "silent";
    const result = await s.clock.runUntil(s.db.query("select 2"));
    expect(result).toMatchObject({ servedBy: "c", attempts: 2 });
    expect(result.elapsedMs).toBeLessThan(3_000);
  });

  test("query() lets a long statement run on while its endpoint answers probes", async () => {
    const s = soloStage();
    await s.clock.runUntil(s.db.query("select 1"));
    s.a.latencyMs = 20_000;
    const answer = s.db.query("select pg_sleep(20)");
    await s.clock.advance(500);
    s.a.latencyMs = 1;
    expect((await s.clock.runUntil(answer)).attempts).toBe(1);
    expect(told(s, "probe").length).toBeGreaterThan(0);
    expect(told(s, "probe").length).toBeLessThan(6);
  });

  test("query() gives up a full queue at once, and a slow one after acquireTimeoutMs", async () => {
    const s = soloStage({ pool: { max: 1, maxQueue: 1, acquireTimeoutMs: 300 } });
    next(s.a, "silence");
    const first = caught(s.db.query("select 1", [], { timeoutMs: 900 }));
    const queued = caught(s.db.query("select 2"));
    const refused = await errorOf(s, s.db.query("select 3"));
    expect(refused).toBeInstanceOf(ExhaustedError);
    expect(s.clock.now()).toBeLessThan(5);
    expect(await s.clock.runUntil(queued)).toBeInstanceOf(ExhaustedError);
    expect((await queued).executed).toBe("no");
    expect(await s.clock.runUntil(first)).toBeInstanceOf(DeadlineError);
  });
});

describe("query() refuses what cannot work, and sends nothing", () => {
  test("query() counts parameters", async () => {
    const s = stage();
    const error = await errorOf<ParameterError>(s, s.db.query("select ?, ?", [1]));
    expect(error).toBeInstanceOf(ParameterError);
    expect(error).toMatchObject({ expected: 2, given: 1 });
    expect(s.a.connects).toBe(0);
  });

  test.each(["begin", "START TRANSACTION", "commit", "rollback"])(
    "query() refuses %s: the next statement would run elsewhere",
    async (text) => {
      const s = stage();
      expect(await errorOf(s, s.db.query(text))).toBeInstanceOf(UsageError);
      expect(s.a.connects).toBe(0);
    },
  );

  test("query() tells no parameter value, whatever the database says", async () => {
    const s = stage();
    next(s.a, sqlError("22P02", 'invalid input syntax for type integer: "hunter2-secret"'));
    const error = await errorOf(s, s.db.query("insert into t values (?)", ["hunter2-secret"]));
    expect(JSON.stringify([error.message, error, s.events])).not.toContain("hunter2");
  });
});
