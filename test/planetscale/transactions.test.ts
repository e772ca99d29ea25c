/**
 * Transactions over HTTP: our own BEGIN, COMMIT and ROLLBACK in one session.
 */

import { afterEach, describe, expect, test } from "vitest";
import { planetscale } from "../../adapters/connectors/planetscale/mod.ts";
import { createHoldfast, type Holdfast } from "../../src/holdfast.ts";
import type { Connection } from "../../src/ports.ts";
import type { Transaction } from "../../src/transaction.ts";
import { until } from "../cluster/wait.ts";
import { apiError, type Fault } from "./faults.ts";
import { planetscaleGround, RUN } from "./ground.ts";
import { whyNoMariadb } from "./mariadb.ts";

const missing = whyNoMariadb();
if (missing) console.error(missing);

describe.skipIf(missing)(`transactions ${missing ?? ""}`, () => {
  const ground = planetscaleGround([
    "create table t (id int primary key, n int)",
    "insert into t values (1, 0), (2, 0)",
  ]);
  const open: Holdfast[] = [];
  afterEach(async () => {
    ground.double.heal();
    await Promise.all(open.splice(0).map((db) => db.close()));
    ground.double.forget();
    await ground.pair.primary.query("delete from app.t where id > 2");
  });

  function holdfast(): Holdfast {
    const db = createHoldfast({
      endpoints: [{ id: "main", role: "primary", connector: planetscale(ground.double.url()) }],
      probe: { intervalMs: 3_600_000 },
      alerts: false,
    });
    open.push(db);
    return db;
  }

  /** InnoDB's own account of a transaction. It makes a new one only when nobody has looked for 100 ms. */
  function innodb(where: string): Promise<Record<string, unknown>> {
    const text = `select * from information_schema.innodb_trx where ${where}`;
    const look = async (): Promise<Record<string, unknown> | undefined> =>
      (await ground.pair.primary.query(text))[0];
    return until(look, { what: `a transaction with ${where}`, everyMs: 150 });
  }

  /** Rolls back what is left open in the end. */
  async function opened(): Promise<Connection & AsyncDisposable> {
    const connection = await ground.connect();
    return Object.assign(connection, { [Symbol.asyncDispose]: () => connection.close() });
  }

  async function ids(): Promise<unknown[]> {
    return (await ground.pair.primary.query("select id from app.t where id > 2 order by id")).map((
      { id },
    ) => id);
  }

  /** No session holds a transaction, nor its locks. */
  function nothingHeld(): Promise<unknown> {
    return until(() => ground.double.held === 0, { what: "the end of every transaction" });
  }

  const insert = (tx: Transaction, id: number): Promise<unknown> =>
    tx.query("insert into t values (?, 0)", [id]);

  test("commit keeps, an error undoes", async () => {
    const db = holdfast();
    await db.transaction((tx) => insert(tx, 3));
    await expect(db.transaction(async (tx) => {
      await insert(tx, 4);
      throw new Error("no");
    })).rejects.toThrow("no");
    expect(await ids()).toEqual([3]);
    expect(ground.double.held).toBe(0);
  });

  test("a nested savepoint undoes what was done in it, and no more", async () => {
    await holdfast().transaction(async (tx) => {
      await insert(tx, 3);
      await tx.savepoint(async (inner) => {
        await insert(inner, 4);
        await inner.savepoint(async (inmost) => {
          await insert(inmost, 5);
          throw new Error("inmost");
        }).catch(() => {});
        await insert(inner, 6);
      });
      // A failed statement does not fail a MySQL transaction.
      await tx.savepoint((inner) => insert(inner, 3)).catch(() => {});
    });
    expect(await ids()).toEqual([3, 4, 6]);
  });

  test.each(
    [["read committed", "READ COMMITTED"], ["repeatable read", "REPEATABLE READ"], [
      "serializable",
      "SERIALIZABLE",
    ]] as const,
  )(
    "isolation %s is what the transaction has, and the next one has the default",
    async (isolation, expected) => {
      const db = holdfast();
      const has = (level: string) => async (tx: Transaction): Promise<unknown> => {
        await tx.query("select n from t where id = 1 for update");
        const { rows: [row] } = await tx.query("select connection_id() as id");
        // The connection's last transaction is still in there for a moment.
        return await innodb(
          `trx_mysql_thread_id = ${String(row?.["id"])} and trx_isolation_level = '${level}'`,
        );
      };
      await db.transaction(has(expected), { isolation });
      expect(await db.transaction(has("REPEATABLE READ"))).toBeDefined();
    },
  );

  test("a read-only transaction refuses writes", async () => {
    const db = holdfast();
    await expect(db.transaction((tx) => insert(tx, 3), { readOnly: true })).rejects.toMatchObject({
      executed: "no",
    });
    expect(await ids()).toEqual([]);
    await nothingHeld();
  });

  test("a deadlock is a conflict, runs again if asked to, and its victim commits nothing afterwards", async () => {
    const db = holdfast();
    let runs = 0;
    await using other = await opened();
    await other.run("start transaction", [], RUN);
    await other.run("update t set n = n + 1 where id = 2", [], RUN);
    // The one that has changed less is the victim.
    const many = Array.from({ length: 200 }, (_, at) => [100 + at, 0]);
    await other.run(`insert into t values ${many.map(([id]) => `(${id}, 0)`).join(", ")}`, [], RUN);
    const seen: unknown[] = [];
    await db.transaction(async (tx) => {
      if (++runs > 1) return;
      await tx.query("update t set n = n + 1 where id = 1");
      const crossing = other.run("update t set n = n + 1 where id = 1", [], RUN);
      await innodb("trx_state = 'LOCK WAIT'");
      seen.push(
        await tx.query("update t set n = n + 1 where id = 2").catch((error: unknown) => error),
      );
      // Without the transaction this would be kept by itself.
      seen.push(await insert(tx, 3).catch((error: unknown) => error));
      await crossing;
      throw seen[0];
    }, { attempts: 2 });
    expect(seen).toMatchObject([{ code: "CONFLICT", executed: "no" }, { code: "CLOSED" }]);
    expect(runs).toBe(2);
    expect(await ids()).toEqual([]);
  });

  test("a lock waited for in vain gives the whole transaction up, and its locks", async () => {
    await using other = await opened();
    await other.run("start transaction", [], RUN);
    await other.run("select n from t where id = 1 for update", [], RUN);
    const refused: unknown[] = [];
    await expect(
      holdfast().transaction(async (tx) => {
        await insert(tx, 3);
        await tx.query("select n from t where id = 1 for update nowait").catch((error: unknown) =>
          refused.push(error)
        );
        await insert(tx, 4);
      }),
    ).rejects.toMatchObject({ code: "CLOSED" });
    expect(refused).toMatchObject([{ code: "CONFLICT", executed: "no" }]);
    await until(() => ground.double.held === 1, { what: "the rollback" });
    expect(await ids()).toEqual([]);
  });

  const faults: Record<string, (on: RegExp) => Fault> = {
    "reset before": (on) => ({ kind: "reset", on, times: 1 }),
    "answer dropped": (on) => ({ kind: "drop", afterBytes: 0, on, times: 1 }),
    "answer cut in two": (on) => ({ kind: "drop", afterBytes: 20, on, times: 1 }),
    "HTTP 502": (on) => ({ kind: "answer", status: 502, body: "<html>", on, times: 1 }),
    "garbage": (on) => ({ kind: "answer", status: 200, body: "{", on, times: 1 }),
  };

  describe.each(Object.entries(faults))("%s", (_, fault) => {
    test("at BEGIN: begun again, committed once", async () => {
      ground.double.fault(fault(/^start transaction/));
      await holdfast().transaction((tx) => insert(tx, 3));
      expect(await ids()).toEqual([3]);
    });

    test("at a statement: nothing is kept, and no lock stays", async () => {
      ground.double.fault(fault(/insert into t values \(4/));
      await expect(
        holdfast().transaction(async (tx) => {
          await insert(tx, 3);
          await insert(tx, 4);
        }),
      ).rejects.toMatchObject({ code: "UNAVAILABLE", executed: "no" });
      await nothingHeld();
      expect(await ids()).toEqual([]);
    });

    test("at COMMIT: ambiguous, and no ROLLBACK is sent after it", async () => {
      ground.double.fault(fault(/^commit/));
      const db = holdfast();
      await expect(db.transaction((tx) => insert(tx, 3)))
        .rejects.toMatchObject({ code: "AMBIGUOUS_WRITE", executed: "unknown" });
      const { trail } = ground.double;
      const { session } = trail.findLast(({ query }) => query === "commit") ?? {};
      // A ROLLBACK would have set out before all of this.
      await db.transaction((tx) => insert(tx, 4));
      expect(trail.filter((one) => one.session === session).at(-1)?.query).toBe("commit");
    });

    test("at ROLLBACK: the error of the caller is the one that is told", async () => {
      ground.double.fault(fault(/^rollback/));
      await expect(
        holdfast().transaction(async (tx) => {
          await insert(tx, 3);
          throw new Error("mine");
        }),
      ).rejects.toThrow("mine");
      ground.double.forget();
      expect(await ids()).toEqual([]);
    });
  });

  test("a COMMIT that Vitess refuses for one shard is ambiguous: another may have committed", async () => {
    ground.double.fault({
      ...apiError("CLUSTER_EVENT", "primary is not serving"),
      on: /^commit/,
      times: 1,
    });
    await expect(holdfast().transaction((tx) => insert(tx, 3), { attempts: 3 }))
      .rejects.toMatchObject({ code: "AMBIGUOUS_WRITE", executed: "unknown" });
  });

  test("a session that the server has forgotten: nothing is kept, and the next statement does not commit by itself", async () => {
    const db = holdfast();
    await expect(db.transaction(async (tx) => {
      await insert(tx, 3);
      ground.double.forget();
      await insert(tx, 4).catch(() => {});
      await insert(tx, 5);
    })).rejects.toMatchObject({ code: "CLOSED" });
    expect(await ids()).toEqual([]);
  });

  test("a deadline in a black hole ends it, and its locks go", async () => {
    const db = holdfast();
    ground.double.fault({ kind: "black hole", on: /insert into t values \(4/ });
    await expect(db.transaction(async (tx) => {
      await insert(tx, 3);
      await insert(tx, 4);
    }, { timeoutMs: 300 })).rejects.toMatchObject({ code: "DEADLINE" });
    await nothingHeld();
    expect(await ids()).toEqual([]);
  });
});
