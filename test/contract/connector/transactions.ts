/** Transactions by their statements, as `drive/transaction.ts` sends them. */

import { check, same } from "../check.ts";
import type { ConnectorCase, ConnectorGround } from "./case.ts";
import {
  failureOf,
  LIMIT,
  needsTransactions,
  type Stage,
  withConnection,
  withTable,
} from "./stage.ts";

/** What others see of the table. */
async function seen({ ground }: Stage, table: string): Promise<unknown[]> {
  const other = await ground.connector.connect(LIMIT);
  const text = `select word from ${table} order by id`;
  try {
    const { rows } = await other.run<{ word: string }>(text, [], { prepare: true });
    return rows.map(({ word }) => word);
  } finally {
    await other.close();
  }
}

function inside(
  name: string,
  steps: readonly string[],
  wanted: readonly string[],
): ConnectorCase {
  return withTable(`transaction: ${name}`, async (stage, table) => {
    for (const step of steps) await stage.run(step.replace("TABLE", table));
    same(await seen(stage, table), wanted, "what others see");
    check(stage.connection.usable, "the connection is usable");
  }, needsTransactions);
}

const [A, B, C] = ["a", "b", "c"].map((word, i) =>
  `insert into TABLE values (${i}, '${word}', 1)`
) as [string, string, string];

/** The line ends after so many of these. */
const STEPS = ["begin", A, "savepoint s", B];

export const transactions: readonly ConnectorCase[] = [
  inside("what is committed is there", ["begin", A, B, "commit"], ["a", "b"]),
  inside("what is rolled back is not", ["begin", A, B, "rollback"], []),
  inside("what is not committed yet nobody else sees", [A, "begin", B], ["a"]),
  inside("a savepoint takes back what followed it", [
    "begin",
    A,
    "savepoint s",
    B,
    "rollback to savepoint s",
    C,
    "commit",
  ], ["a", "c"]),
  inside("savepoints nest, the inner one taken back", [
    "begin",
    "savepoint o",
    A,
    "savepoint i",
    B,
    "rollback to savepoint i",
    "release savepoint o",
    "commit",
  ], ["a"]),
  inside("savepoints nest, the outer one taken back", [
    "begin",
    A,
    "savepoint o",
    B,
    "savepoint i",
    C,
    "release savepoint i",
    "rollback to savepoint o",
    "commit",
  ], ["a"]),
  inside("one follows another on the same connection", [
    "begin",
    A,
    "rollback",
    "begin",
    B,
    "commit",
  ], ["b"]),
  withTable("transaction: an error inside is taken back to the savepoint", async (stage, table) => {
    const { run } = stage;
    for (const step of ["begin", A, "savepoint s"]) await run(step.replace("TABLE", table));
    const failure = await failureOf(run(A.replace("TABLE", table)));
    same([failure.code, failure.connection], [stage.words.code.duplicate, "usable"], "the failure");
    for (const step of ["rollback to savepoint s", B, "commit"]) {
      await run(step.replace("TABLE", table));
    }
    same(await seen(stage, table), ["a", "b"], "what others see");
  }, needsTransactions),
  withTable("transaction: parameters inside are sent as outside", async (stage, table) => {
    const { run, words } = stage;
    await run("begin");
    const places = [1, 2, 3].map((n) => words.place(n)).join(", ");
    for (let i = 0; i < 3; i++) {
      await run(`insert into ${table} values (${places})`, [i, `'${i}`, 1]);
    }
    await run("commit");
    same(await seen(stage, table), ["'0", "'1", "'2"], "what others see");
  }, needsTransactions),
  ...STEPS.map((_, i) =>
    withTable(
      `transaction: nothing stays when it is cut after ${i + 1} steps`,
      async (stage, table) => {
        for (const step of STEPS.slice(0, i + 1)) await stage.run(step.replace("TABLE", table));
        stage.connection.destroy();
        const failure = await failureOf(stage.run("commit"));
        same([failure.phase, failure.connection], ["connecting", "broken"], "the failure");
        same(await seen(stage, table), [], "what others see");
      },
      needsTransactions,
    )
  ),
  ...STEPS.map((_, i) => lostAfter(i + 1)),
];

/** The line ends from the other side after so many steps. */
function lostAfter(count: number): ConnectorCase {
  const name = `transaction: a line that ends after ${count} steps is told, and commit is unsent`;
  return withTable(
    name,
    async (stage, table) => {
      const { connection, ground, run } = stage;
      for (const step of STEPS.slice(0, count)) await run(step.replace("TABLE", table));
      const lost = new Promise<void>((resolve) => {
        connection.onLost = resolve;
      });
      await ends(ground, stage);
      await lost;
      check(!connection.usable, "the connection is not usable");
      const failure = await failureOf(run("commit"));
      same([failure.phase, failure.connection], ["connecting", "broken"], "the failure");
      same(await seen(stage, table), [], "what others see");
    },
    ({ transport, dialect }) =>
      transport === "http" && dialect === "mysql" ? "it has no line that could end" : undefined,
  );
}

async function ends({ hangUp }: ConnectorGround, { connection }: Stage): Promise<void> {
  check(hangUp !== undefined, "the ground can end the line of this connector");
  await hangUp(connection);
}

export const cancelling: readonly ConnectorCase[] = [
  withConnection("cancel: a second statement at once is refused unsent", async (stage) => {
    const { connection, run, words } = stage;
    const first = failureOf(run(words.endless));
    const second = await failureOf(run("select 1"));
    same([second.code, second.phase], ["BUSY", "connecting"], "the failure");
    connection.destroy();
    await first;
  }),
  withConnection(
    "onLost: a line that ends unused is told",
    async ({ connection, ground }) => {
      const lost = new Promise<void>((resolve) => {
        connection.onLost = resolve;
      });
      check(ground.hangUp !== undefined, "the ground can end the line of this connector");
      await ground.hangUp(connection);
      await lost;
      check(!connection.usable, "it is not usable");
    },
    ({ transport }) => transport === "http" ? "outside of a transaction it has no line" : undefined,
  ),
];
