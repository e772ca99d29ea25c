/** What a hunt for double writes, wrong breakers and hangs found; each failed before it was mended. */

import process from "node:process";
import { describe, expect, test, vi } from "vitest";
import { readOnlyRefusal, ScriptedConnection } from "../../adapters/connectors/scripted/mod.ts";
import { Failure } from "../../src/model/failure.ts";
import { errorOf, failure, next, soloStage, sqlError, stage } from "./stage.ts";

const INSERT = "insert into t values (1)";

/** "Too many connections", as a server says it to one more connect. */
const FULL = new Failure({
  origin: "server",
  phase: "connecting",
  code: "53300",
  message: "sorry, too many clients already",
  connection: "broken",
  report: { severity: "FATAL" },
});

describe("query() and a server that is full", () => {
  test("query() waits for the connections there are, and its circuit stays closed", async () => {
    const s = soloStage();
    await s.clock.runUntil(s.db.query("select 1"));
    vi.spyOn(s.a, "connect").mockRejectedValue(FULL);
    const calls = Array.from({ length: 40 }, () => s.db.query("select 1"));
    const results = await s.clock.runUntil(Promise.all(calls));
    expect(results.map(({ attempts }) => attempts)).toEqual(calls.map(() => 1));
    expect(s.db.stats().endpoints[0]?.circuit).toBe("closed");
  });

  test("query() tells it when there is no connection at all", async () => {
    const s = soloStage();
    vi.spyOn(s.a, "connect").mockRejectedValue(FULL);
    expect(await errorOf(s, s.db.query("select 1"))).toMatchObject({ kind: "overloaded" });
  });
});

describe("query() and errors that are the statement's own", () => {
  test("query() does not hold a statement that wants too much memory against the endpoint", async () => {
    const s = soloStage();
    next(s.a, ...Array.from({ length: 9 }, () => sqlError("53200", "out of shared memory")));
    for (let i = 0; i < 3; i++) await errorOf(s, s.db.query("select 1"));
    expect(s.db.stats().endpoints[0]?.circuit).toBe("closed");
  });

  test("query() never lets a procedure be prepared: a stale one would be run again", async () => {
    const s = soloStage();
    await s.clock.runUntil(s.db.query("select 1"));
    const run = vi.spyOn(ScriptedConnection.prototype, "run");
    await s.clock.runUntil(s.db.query("call p()"));
    await s.clock.runUntil(s.db.query("select 2"));
    expect(run.mock.calls.map((call: readonly unknown[]) => [call[0], call[2]])).toEqual([
      ["call p()", { prepare: false }],
      ["select 2", { prepare: true }],
    ]);
    run.mockRestore();
  });

  test("query() shows no row in the detail of a broken constraint, however it is spelled", async () => {
    const s = soloStage();
    next(
      s.a,
      failure({
        origin: "server",
        phase: "answering",
        code: "23514",
        message: 'new row for relation "t" violates check constraint "c"',
        connection: "usable",
        report: { severity: "ERROR", detail: "Failing row contains (7, 1970-01-01 00:00:00, x)." },
      }),
    );
    const error = await errorOf(s, s.db.query("insert into t values (?)", [new Date(0)]));
    expect(error).toMatchObject({ detail: "Failing row contains (…)." });
  });
});

describe("query() and a session that made itself read-only", () => {
  test("query() leaves the primary its part, and tells the database's own refusal", async () => {
    const s = soloStage();
    await s.clock.runUntil(s.db.query("select 1"));
    next(s.a, readOnlyRefusal(), readOnlyRefusal(), readOnlyRefusal());
    const error = await errorOf(s, s.db.query(INSERT));
    expect(error).toMatchObject({ code: "QUERY", sqlState: "25006", executed: "no" });
    expect(s.db.stats().primary).toBe("a");
    expect(s.events.filter(({ type }) => type === "role")).toEqual([]);
  });
});

describe("failover() and what is open on the old primary", () => {
  test("transaction() that is open there commits nothing after the failover", async () => {
    const s = stage();
    await s.clock.runUntil(s.db.discover());
    s.b.generation = 1;
    const error = await errorOf(
      s,
      s.db.transaction(async (tx) => {
        await tx.query(INSERT);
        await s.db.failover("a", "b");
      }),
    );
    expect(error).toMatchObject({ code: "UNAVAILABLE", executed: "no" });
    expect(s.a.statements).not.toContain("commit");
  });

  test("failover() lets a write under way there end before it promotes", async () => {
    const s = stage();
    await s.clock.runUntil(s.db.query(INSERT));
    s.a.latencyMs = 100;
    const write = s.db.query(INSERT);
    const failover = s.db.failover("a", "b");
    const order: string[] = [];
    await s.clock.runUntil(Promise.all([
      write.then(({ servedBy }) => order.push(`written on ${servedBy}`)),
      failover.then(() => order.push("promoted")),
    ]));
    expect(order).toEqual(["written on a", "promoted"]);
  });
});

describe("transaction() and the end of its wait", () => {
  test("transaction() whose function aborts it and goes on leaves no rejection unhandled", async () => {
    const s = soloStage();
    const controller = new AbortController();
    const unhandled = vi.fn<() => void>();
    process.on("unhandledRejection", unhandled);
    const error = await errorOf(
      s,
      s.db.transaction(async (tx) => {
        controller.abort();
        await tx.query(INSERT);
      }, { signal: controller.signal }),
    );
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", unhandled);
    expect(error.code).toBe("ABORTED");
    expect(unhandled).not.toHaveBeenCalled();
  });
});

describe("CircuitOpenError", () => {
  test("CircuitOpenError names only those that may serve, and no time for a person's hold", async () => {
    const s = stage({ readPreference: "secondary" });
    s.db.isolate("b");
    s.db.isolate("c");
    const error = await errorOf(s, s.db.query("select 1"));
    expect(error.code).toBe("CIRCUIT_OPEN");
    expect(error.message).not.toContain("a (primary)");
    expect(error.retryAfterMs).toBeUndefined();
  });
});

describe("transaction() and a line the server ended while it idled", () => {
  test("transaction() does not hold it against the endpoint", async () => {
    const s = soloStage();
    for (let i = 0; i < 6; i++) {
      const error = await errorOf(
        s,
        s.db.transaction(async (tx) => {
          await tx.query("select 1");
          s.a.cut();
          await tx.query("select 2");
        }),
      );
      expect(error).toMatchObject({ code: "UNAVAILABLE", executed: "no" });
    }
    expect(s.db.stats().endpoints[0]?.circuit).toBe("closed");
  });
});
