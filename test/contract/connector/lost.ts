/** Sessions that end while a statement runs, and what is made of it: kind, scope, and whether it ran. */

import { judge } from "../../../src/judge/judge.ts";
import type { Answer } from "../../../src/model/result.ts";
import type { Connector } from "../../../src/ports.ts";
import { check, same } from "../check.ts";
import type { ConnectorCase } from "./case.ts";
import { failureOf, LIMIT, onlyFor, type Stage, withTable } from "./stage.ts";

const ended = onlyFor("postgres", "a session of PlanetScale's is not ours to end");

/** Ends the session that runs the statement with this mark, once it does. */
async function endSessionOf({ ground }: Stage, mark: string): Promise<void> {
  const other = await ground.connector.connect(LIMIT);
  const text = `select pg_terminate_backend(pid) from pg_stat_activity
    where state = 'active' and position($1 in query) > 0 and pid <> pg_backend_pid()`;
  try {
    let rows: Answer["rows"] = [];
    while (rows.length === 0) ({ rows } = await other.run(text, [mark], { prepare: false }));
  } finally {
    await other.close();
  }
}

/** Runs a statement that does not end by itself, and ends its session meanwhile. */
async function endedWhile(stage: Stage, text: string): Promise<unknown[]> {
  const mark = `mark_${crypto.randomUUID().replaceAll("-", "")}`;
  const running = failureOf(stage.run(`${text} /* ${mark} */`));
  await endSessionOf(stage, mark);
  const failure = await running;
  same(failure.connection, "broken", "the connection");
  const { kind, scope, executed } = judge(failure, stage.ground.connector.dialect);
  return [kind, scope, executed];
}

const LOST = ["disconnected", "endpoint", "unknown"];

export const lost: readonly ConnectorCase[] = [
  withTable("lost: under a write outside of a transaction, it is unknown", async (stage, table) => {
    await stage.run(`insert into ${table} values (1, 'a', 1)`);
    const text = `update ${table} set n = 2 where pg_sleep(600) is not null`;
    same(await endedWhile(stage, text), LOST, "the outcome");
  }, ended),
  withTable(
    "lost: under a statement inside, and its COMMIT is certainly unsent",
    async (stage, table) => {
      await stage.run("begin");
      await stage.run(`insert into ${table} values (1, 'a', 1)`);
      same(await endedWhile(stage, "select pg_sleep(600)"), LOST, "the outcome");
      check(!stage.connection.usable, "the connection is not usable");
      const failure = await failureOf(stage.run("commit"));
      same(judge(failure, "postgres").executed, "no", "whether COMMIT ran");
      same(await countOf(stage, table), 0, "what stayed");
    },
    ended,
  ),
  withTable("lost: under COMMIT, which is unknown", async (stage, table) => {
    const { run } = stage;
    await run(`create function ${table}_slow() returns trigger language plpgsql
      as $$ begin perform pg_sleep(600); return null; end $$`);
    try {
      await run(`create constraint trigger slow after insert on ${table}
        deferrable initially deferred for each row execute function ${table}_slow()`);
      await run("begin");
      await run(`insert into ${table} values (1, 'a', 1)`);
      same(await endedWhile(stage, "commit"), LOST, "the outcome");
      same(await countOf(stage, table), 0, "what stayed");
    } finally {
      await elsewhere(stage, `drop function ${table}_slow() cascade`);
    }
  }, ended),
  withTable("lost: before BEGIN, which opens nothing", async (stage) => {
    const { rows: [row] } = await stage.run("select pg_backend_pid() as pid");
    await elsewhere(stage, `select pg_terminate_backend(${Number(row?.["pid"])})`);
    const failure = await failureOf(stage.run("begin"));
    same(failure.connection, "broken", "the connection");
    same(
      judge(failure, "postgres").kind !== "statement",
      true,
      "that it is not the statement's fault",
    );
    check(!stage.connection.usable, "the connection is not usable");
  }, hasASession),
  withTable(
    "deadline: a write that is cut counts as unknown, and holds nothing up",
    async (stage, table) => {
      const { connection, ground, run, words } = stage;
      await run(`insert into ${table} values (1, 'a', 1)`);
      const cut = failureOf(run(`update ${table} set n = 2 where ${words.sleeps}`));
      connection.destroy();
      const { kind, executed } = judge(await cut, ground.connector.dialect);
      same([kind, executed], ["disconnected", "unknown"], "the outcome");
      await elsewhere(stage, `update ${table} set n = 3`);
    },
    cannotStop,
  ),
];

/** Where a cut statement may go on in the server, and whoever asks next would wait for it. */
function cannotStop({ transport }: Connector): string | undefined {
  return transport === "socket"
    ? undefined
    : "a request that is cut need not end what it runs: Bun's fetch keeps the connection under it";
}

function hasASession({ dialect, transport }: Connector): string | undefined {
  return dialect === "postgres" && transport === "socket"
    ? undefined
    : "BEGIN is what opens its session";
}

async function elsewhere({ ground }: Stage, text: string): Promise<Answer> {
  const other = await ground.connector.connect(LIMIT);
  try {
    return await other.run(text, [], { prepare: true });
  } finally {
    await other.close();
  }
}

async function countOf(stage: Stage, table: string): Promise<number> {
  const { rows: [row] } = await elsewhere(stage, `select count(*) as n from ${table}`);
  return Number(row?.["n"]);
}
