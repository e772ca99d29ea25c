import { describe, expect, test } from "vitest";
import type { Reply, ScriptedConnector } from "../../adapters/connectors/scripted/mod.ts";
import type { BatchStatement } from "../../src/batch.ts";
import { AmbiguousWriteError, ConflictError, QueryError } from "../../src/errors.ts";
import { sql } from "../../src/statement/sql-tag.ts";
import { caught, errorOf, failure, soloStage, sqlError, stage } from "./stage.ts";

const INSERT = "insert into t values (1)";

/** Answers so to one text, as often as said; the rest as usual. */
function fails(connector: ScriptedConnector, text: string, reply: Reply, times = Infinity): void {
  const usual = connector.answer;
  let left = times;
  connector.answer = (asked, params) => asked === text && left-- > 0 ? reply : usual(asked, params);
}

describe("batch() where statements go one by one", () => {
  test("is a transaction: begin, each in its order, commit", async () => {
    const s = soloStage();
    const batch: BatchStatement[] = [
      { text: "insert into t values (?)", params: [7] },
      sql`select ${1}`,
      "select 2",
    ];
    const results = await s.clock.runUntil(s.db.batch(batch));
    expect(s.a.statements).toEqual([
      "begin",
      "insert into t values ($1)",
      "select $1",
      "select 2",
      "commit",
    ]);
    expect(results).toHaveLength(3);
    expect(results[1]).toMatchObject({ kind: "rows", rows: [{ ok: true }], servedBy: "a" });
  });

  test("is rolled back by an error, which says whose it is", async () => {
    const s = soloStage();
    fails(s.a, "select 2", sqlError("22012"));
    const error = await errorOf<QueryError>(s, s.db.batch([INSERT, "select 2", "select 3"]));
    expect(error).toBeInstanceOf(QueryError);
    expect(error).toMatchObject({ statement: 1, executed: "no", sqlState: "22012" });
    expect(s.a.statements).toEqual(["begin", INSERT, "select 2", "rollback"]);
  });

  test("runs again as a whole after a conflict: nothing of it was kept", async () => {
    const s = soloStage();
    fails(s.a, "select 2", sqlError("40001"), 1);
    expect(await s.clock.runUntil(s.db.batch([INSERT, "select 2"]))).toHaveLength(2);
    expect(s.a.statements.filter((text) => text === INSERT)).toHaveLength(2);
  });

  test("gives up after as many attempts as a statement has", async () => {
    const s = soloStage();
    fails(s.a, "select 2", sqlError("40001"));
    const error = await errorOf(s, s.db.batch([INSERT, "select 2"]));
    expect(error).toBeInstanceOf(ConflictError);
    expect(s.a.statements.filter((text) => text === INSERT)).toHaveLength(3);
  });

  test("does not run again when the commit's answer was lost", async () => {
    const s = soloStage();
    fails(s.a, "commit", failure());
    const error = await errorOf(s, s.db.batch([INSERT]));
    expect(error).toBeInstanceOf(AmbiguousWriteError);
    expect(error.executed).toBe("unknown");
    expect(s.a.statements.filter((text) => text === INSERT)).toHaveLength(1);
  });

  test("reads where reads go if it is read-only, on the primary else", async () => {
    const s = stage({ readPreference: "secondary" });
    const [only] = await s.clock.runUntil(s.db.batch(["select 1"], { readOnly: true }));
    expect(["b", "c"]).toContain(only?.servedBy);
    const [written] = await s.clock.runUntil(s.db.batch(["select 1"]));
    expect(written?.servedBy).toBe("a");
  });

  test("is on the primary if it is serializable: a hot standby refuses that", async () => {
    const s = stage({ readPreference: "secondary" });
    const options = { readOnly: true, isolation: "serializable", deferrable: true } as const;
    const [only] = await s.clock.runUntil(s.db.batch(["select 1"], options));
    expect(only?.servedBy).toBe("a");
    expect(s.a.statements[0]).toBe("begin isolation level serializable read only deferrable");
  });

  test("a session sees what its batch wrote", async () => {
    const s = stage({ readPreference: "secondary" });
    const session = s.db.session();
    await s.clock.runUntil(session.batch([INSERT]));
    expect((await s.clock.runUntil(session.query("select 1"))).servedBy).toBe("a");
  });
});

describe("batch() refuses, and sends nothing", () => {
  test.each<readonly [string, unknown, object]>([
    ["no list", "select 1", { code: "OPTION" }],
    ["an empty list", [], { code: "OPTION" }],
    ["1,001 statements", Array(1_001).fill("select 1"), { code: "OPTION" }],
    ["something that is no statement", ["select 1", 7], { code: "OPTION" }],
    ["parameters that are no list", [{ text: "select ?", params: 7 }], { code: "OPTION" }],
    ["a parameter too few", ["select 1", "select ?"], { code: "PARAMETER", statement: 1 }],
    ["two statements in one", ["select 1; select 2"], { code: "USAGE", statement: 0 }],
    ["a text without a statement", ["select 1", " "], { code: "USAGE", statement: 1 }],
    ["an end of the transaction", ["select 1", "commit"], { code: "USAGE", statement: 1 }],
    ["a savepoint", ["savepoint s"], { code: "USAGE", statement: 0 }],
  ])("%s", async (_, statements, error) => {
    const s = soloStage();
    expect(await caught(s.db.batch(statements as string[]))).toMatchObject(error);
    expect(s.a.statements).toEqual([]);
  });

  test.each([
    { deferrable: true },
    { deferrable: true, isolation: "serializable" },
    { deferrable: true, readOnly: true },
    { attempts: 3 },
    { isolation: "snapshot" },
  ])("the options %j", async (options) => {
    const s = soloStage();
    const error = await caught(s.db.batch(["select 1"], options as object));
    expect(error.code).toBe("OPTION");
    expect(s.a.statements).toEqual([]);
  });
});
