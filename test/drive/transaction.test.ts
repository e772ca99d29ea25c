import { describe, expect, test } from "vitest";
import { AmbiguousWriteError, UsageError } from "../../src/errors.ts";
import { errorOf, failure, next, soloStage, sqlError, stage } from "./stage.ts";

const INSERT = "insert into t values (1)";

describe("transaction() keeps to one connection", () => {
  test("transaction() begins, runs and commits", async () => {
    const s = soloStage();
    const value = await s.clock.runUntil(s.db.transaction(async (tx) => {
      await tx.query(INSERT);
      await tx.sql`select ${1}`;
      return tx.endpoint;
    }));
    expect(value).toBe("a");
    expect(s.a.statements).toEqual(["begin", INSERT, "select $1", "commit"]);
    expect(s.a.connects).toBe(1);
  });

  test("transaction() rolls back and throws what its function threw", async () => {
    const s = soloStage();
    const own = new Error("changed my mind");
    const error = await errorOf(
      s,
      s.db.transaction(async (tx) => {
        await tx.query(INSERT);
        throw own;
      }),
    );
    expect(error).toBe(own);
    expect(s.a.statements).toEqual(["begin", INSERT, "rollback"]);
    await s.clock.runUntil(s.db.query("select 1"));
    expect(s.a.connects, "the connection is used again").toBe(1);
  });

  test("transaction() rolls back when its function throws before it returns a promise", async () => {
    const s = soloStage();
    const error = await errorOf(
      s,
      s.db.transaction(() => {
        throw new Error("at once");
      }),
    );
    expect(error.message).toBe("at once");
    expect(s.a.statements).toEqual(["begin", "rollback"]);
  });

  test("transaction() writes its isolation and read-only into BEGIN, and reads on a replica", async () => {
    const s = stage({ readPreference: "secondary" });
    const options = { readOnly: true, isolation: "repeatable read" } as const;
    const where = await s.clock.runUntil(
      s.db.transaction((tx) => Promise.resolve(tx.endpoint), options),
    );
    expect(["b", "c"]).toContain(where);
    expect([...s.b.statements, ...s.c.statements][0]).toBe(
      "begin isolation level repeatable read read only",
    );
  });

  test("transaction() runs statements one after the other, also when they are asked for at once", async () => {
    const s = soloStage();
    s.a.latencyMs = 10;
    await s.clock.runUntil(s.db.transaction(async (tx) => {
      await Promise.all([tx.query("select 1"), tx.query("select 2"), tx.query("select 3")]);
    }));
    expect(s.a.statements).toEqual(["begin", "select 1", "select 2", "select 3", "commit"]);
  });

  test("savepoint() undoes only its own part", async () => {
    const s = soloStage();
    await s.clock.runUntil(s.db.transaction(async (tx) => {
      await tx.savepoint(() => tx.query(INSERT));
      await tx.savepoint(() => {
        next(s.a, sqlError("23505"));
        return tx.query("insert into t values (2)");
      }).catch(() => {});
    }));
    expect(s.a.statements).toEqual([
      "begin",
      "savepoint holdfast_1",
      INSERT,
      "release savepoint holdfast_1",
      "savepoint holdfast_2",
      "insert into t values (2)",
      "rollback to savepoint holdfast_2",
      "commit",
    ]);
  });
});

describe("transaction() tells what became of it", () => {
  test("transaction() lost between two statements kept nothing", async () => {
    const s = soloStage();
    const error = await errorOf(
      s,
      s.db.transaction(async (tx) => {
        await tx.query(INSERT);
        s.a.cut();
        await tx.query(INSERT);
      }),
    );
    expect(error).toMatchObject({ code: "UNAVAILABLE", executed: "no", endpoint: "a" });
    expect(s.a.statements).toEqual(["begin", INSERT]);
  });

  test("transaction() lost under a statement kept nothing either", async () => {
    const s = soloStage();
    const error = await errorOf(
      s,
      s.db.transaction(async (tx) => {
        next(s.a, failure());
        await tx.query(INSERT);
      }),
    );
    expect(error).toMatchObject({ code: "UNAVAILABLE", executed: "no" });
  });

  test("transaction() lost in its commit may be committed", async () => {
    const s = soloStage();
    const error = await errorOf(
      s,
      s.db.transaction(async (tx) => {
        await tx.query(INSERT);
        next(s.a, failure());
      }, { attempts: 5 }),
    );
    expect(error).toBeInstanceOf(AmbiguousWriteError);
    expect(s.a.statements, "and is never run again").toEqual(["begin", INSERT, "commit"]);
  });

  test("transaction() whose COMMIT is answered by ROLLBACK says so", async () => {
    const s = soloStage();
    const error = await errorOf(
      s,
      s.db.transaction(async (tx) => {
        next(s.a, sqlError("23505"));
        await tx.query(INSERT).catch(() => {});
        next(s.a, { rows: [], fields: [], rowsAffected: 0, command: "ROLLBACK" });
      }),
    );
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({ executed: "no" });
    expect(error.message).toContain("rolled back, not committed");
  });

  test("transaction() whose commit did not leave gives nobody its connection", async () => {
    const s = soloStage();
    const controller = new AbortController();
    const error = await errorOf(
      s,
      s.db.transaction(async (tx) => {
        await tx.query(INSERT);
        controller.abort();
      }, { signal: controller.signal }),
    );
    expect(error).toMatchObject({ code: "ABORTED", executed: "no" });
    await s.clock.advance(10);
    expect(s.a.open).toBe(0);
    await s.clock.runUntil(s.db.query("select 1"));
    expect(s.a.statements).toEqual(["begin", INSERT, "select 1"]);
    expect(s.a.connects).toBe(2);
  });

  test("transaction() learns from a refusal that its endpoint is no primary, and runs again if allowed", async () => {
    const s = stage();
    await s.clock.runUntil(s.db.query(INSERT));
    s.a.role = "replica";
    s.b.role = "primary";
    s.b.generation = 2;
    const work = (tx: { query(sql: string): Promise<unknown> }): Promise<unknown> =>
      tx.query(INSERT);
    const first = await errorOf(s, s.db.transaction(work));
    expect(first.executed).toBe("no");
    await s.clock.advance(10);
    await s.clock.runUntil(s.db.transaction(work));
    expect(s.b.statements).toEqual(["begin", INSERT, "commit"]);
    s.b.role = "replica";
    s.c.role = "primary";
    s.c.generation = 3;
    await s.clock.runUntil(s.db.transaction(work, { attempts: 2 }));
    expect(s.c.statements).toEqual(["begin", INSERT, "commit"]);
  });
});
