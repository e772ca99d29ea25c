import { describe, expect, test } from "vitest";
import { ClosedError, DeadlineError, UsageError } from "../../src/errors.ts";
import { caught, errorOf, next, soloStage, sqlError, told } from "./stage.ts";

const INSERT = "insert into t values (1)";

describe("transaction() runs again only when told to and when nothing was kept", () => {
  test("transaction() runs its function again after a conflict", async () => {
    const s = soloStage();
    let runs = 0;
    const value = await s.clock.runUntil(s.db.transaction(async (tx) => {
      if (++runs === 1) next(s.a, sqlError("40001"));
      await tx.query(INSERT);
      return runs;
    }, { attempts: 3 }));
    expect(value).toBe(2);
    expect(told(s, "retry")).toHaveLength(1);
  });

  test("transaction() runs its function once unless told otherwise", async () => {
    const s = soloStage();
    let runs = 0;
    const error = await errorOf(
      s,
      s.db.transaction(async (tx) => {
        runs++;
        next(s.a, sqlError("40001"));
        await tx.query(INSERT);
      }),
    );
    expect(error.code).toBe("CONFLICT");
    expect(runs).toBe(1);
  });

  test("transaction() does not run again what a constraint refused", async () => {
    const s = soloStage();
    let runs = 0;
    await errorOf(
      s,
      s.db.transaction(async (tx) => {
        runs++;
        next(s.a, sqlError("23505"));
        await tx.query(INSERT);
      }, { attempts: 3 }),
    );
    expect(runs).toBe(1);
  });

  test("transaction() earns no retry with its own reruns and statements", async () => {
    const s = soloStage({ retryBudget: { ratio: 0.5, minRetriesPerSecond: 0 } });
    let runs = 0;
    const error = caught(s.db.transaction(async (tx) => {
      runs++;
      await tx.query("select 1");
      next(s.a, sqlError("40001"));
      await tx.query(INSERT);
    }, { attempts: 9 }));
    expect((await s.clock.runUntil(error)).code).toBe("CONFLICT");
    expect(runs).toBe(1);
  });

  test("transaction() can be aborted in the pause before it runs again", async () => {
    const s = soloStage();
    const controller = new AbortController();
    const error = caught(s.db.transaction(async (tx) => {
      next(s.a, sqlError("40001"));
      await tx.query(INSERT);
    }, { attempts: 3, signal: controller.signal }));
    await s.clock.advance(5);
    controller.abort();
    expect(await s.clock.runUntil(error)).toMatchObject({ code: "ABORTED", executed: "no" });
    expect(s.clock.now()).toBe(5);
  });
});

describe("transaction() ends in time", () => {
  test("transaction() ends at its deadline under a silent statement", async () => {
    const s = soloStage();
    const error = await errorOf(
      s,
      s.db.transaction(async (tx) => {
        next(s.a, "silence");
        await tx.query(INSERT);
      }, { timeoutMs: 300 }),
    );
    expect(error).toBeInstanceOf(DeadlineError);
    expect(error).toMatchObject({ executed: "no", timeoutMs: 300 });
    expect(s.clock.now()).toBe(300);
    expect(s.a.open).toBe(0);
  });

  test("transaction() ends at its deadline though its function waits for something else", async () => {
    const s = soloStage();
    const error = await errorOf(
      s,
      s.db.transaction(async (tx) => {
        await tx.query(INSERT);
        await new Promise<void>(() => {});
      }, { timeoutMs: 300 }),
    );
    expect(error).toBeInstanceOf(DeadlineError);
    expect(s.clock.now()).toBe(300);
    expect(s.a.open).toBe(0);
  });

  test("transaction() ends at once when its signal fires, also between two statements", async () => {
    const s = soloStage();
    const controller = new AbortController();
    const reason = new Error("the user left");
    const error = caught(s.db.transaction(async (tx) => {
      await tx.query(INSERT);
      await new Promise<void>(() => {});
    }, { signal: controller.signal }));
    await s.clock.advance(20);
    controller.abort(reason);
    expect(await s.clock.runUntil(error)).toMatchObject({ code: "ABORTED", cause: reason });
    expect(s.clock.now()).toBe(20);
    expect(s.a.open).toBe(0);
  });

  test("a transaction's handle is of no use after its end", async () => {
    const s = soloStage();
    let stale: { query(sql: string): Promise<unknown> } | undefined;
    await s.clock.runUntil(s.db.transaction((tx) => {
      stale = tx;
      return Promise.resolve();
    }));
    const error = await errorOf(s, stale?.query(INSERT) ?? Promise.resolve());
    expect(error).toBeInstanceOf(ClosedError);
    expect(s.a.statements).toEqual(["begin", "commit"]);
  });

  test.each([
    "commit",
    "rollback",
    "begin",
    "COMMIT AND CHAIN",
    "savepoint a; commit",
    "select 1; commit; select 2",
  ])(
    "a transaction refuses %s by query: what follows would be committed piece by piece",
    async (text) => {
      const s = soloStage();
      const error = await errorOf(s, s.db.transaction((tx) => tx.query(text)));
      expect(error).toBeInstanceOf(UsageError);
      expect(s.a.statements).toEqual(["begin", "rollback"]);
    },
  );

  test("a transaction takes savepoints of one's own", async () => {
    const s = soloStage();
    await s.clock.runUntil(s.db.transaction(async (tx) => {
      await tx.query("/* mine */ savepoint mine");
      await tx.query("rollback to savepoint mine");
      await tx.query("release mine");
    }));
    expect(s.a.statements).toHaveLength(5);
  });
});
