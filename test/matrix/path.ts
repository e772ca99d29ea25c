/**
 * The whole path of a call, in any place: a statement, a write, a transaction, a deadline, reads when their replica
 * dies. Knows no test framework and no runtime; what it finds is compared outside.
 */

import type { Holdfast, Session } from "../../mod.ts";
import type { Task } from "./words.ts";

/** What is the same on every cell. */
export const EXPECTED_PATH: Readonly<Record<string, unknown>> = {
  values: true,
  changed: 1,
  inTransaction: 2,
  rolledBack: 2,
  readBefore: ["replica"],
  readAfter: ["primary"],
  late: "DEADLINE",
  wrong: "QUERY no",
  twice: "QUERY statement",
};

interface Refused {
  readonly code: string;
  readonly executed: string;
  readonly kind: string;
}

function refusedOf(promise: Promise<unknown>): Promise<Refused> {
  return promise.then(
    () => ({ code: "none", executed: "yes", kind: "none" }),
    (error: unknown) => error as Refused, // a HoldfastError; what is none shows in what is compared
  );
}

/** Asks the ground to do something outside. */
export async function ask({ control }: Task, order: string): Promise<void> {
  const answer = await fetch(`${control}/${order}`, { method: "POST" });
  const said = await answer.text();
  if (answer.status !== 200) throw new Error(`${order}: ${said}`);
}

/** Who serves ten reads that may go to the replica. */
export async function readers(db: Holdfast | Session): Promise<readonly string[]> {
  const servers = new Set<string>();
  for (let i = 0; i < 10; i++) {
    const { servedBy } = await db.query("select 1 as one", [], {
      readPreference: "secondaryPreferred",
    });
    servers.add(servedBy);
  }
  return [...servers];
}

/** Goes the whole path. */
export async function wholePath(
  db: Holdfast | Session,
  task: Task,
): Promise<Record<string, unknown>> {
  const isMysql = task.connector === "planetscale";
  const name = `${task.name}'\\ü\u{1F600}`;
  const count = async (on: Pick<Session, "query">): Promise<number> => {
    const { rows } = await on.query("select count(*) as n from journey where s = ?", [name]);
    return Number(rows[0]?.["n"]);
  };
  const values = await db.query(
    isMysql ? "select ? as s, ? as n" : "select ?::text as s, ?::text as n",
    [name, null],
    { readPreference: "primary" },
  );
  const row = values.rows[0];
  const write = await db.execute("insert into journey (s) values (?)", [name]);
  const inTransaction = await db.transaction(async (tx) => {
    await tx.query("insert into journey (s) values (?)", [name]);
    await tx.savepoint(async (inner) => {
      await inner.query("insert into journey (s) values (?)", [name]);
      throw new Error("undone");
    }).catch(() => {});
    return count(tx);
  });
  await db.transaction(async (tx) => {
    await tx.query("insert into journey (s) values (?)", [name]);
    throw new Error("undone");
  }).catch(() => {});
  const rolledBack = await count({
    query: (text, params) => db.query(text as string, params, { readPreference: "primary" }),
  } as Pick<Session, "query">);
  const wrong = await refusedOf(db.query("selec 1"));
  const twice = await refusedOf(db.execute("insert into taken (n) values (1)"));
  const sleep = isMysql ? "select sleep(30)" : "select pg_sleep(30)";
  const late = await refusedOf(db.query(sleep, [], { timeoutMs: 300, readPreference: "primary" }));
  const readBefore = await readers(db);
  await ask(task, "begin/replica dies");
  // The first reads may find out by failing over: none of them fails.
  await readers(db);
  const readAfter = await readers(db);
  await ask(task, "end/replica dies");
  return {
    values: row?.["s"] === name && row["n"] === null,
    changed: write.rowsAffected,
    inTransaction,
    rolledBack,
    readBefore,
    readAfter,
    late: late.code,
    wrong: `${wrong.code} ${wrong.executed}`,
    twice: `${twice.code} ${twice.kind}`,
  };
}
