/**
 * Run by Deno and Bun in a process of its own: the connector on the double, and what it tells, as JSON on stdout.
 */

import process from "node:process";
import { neon } from "../../adapters/connectors/neon/mod.ts";
import { Failure } from "../../src/model/failure.ts";
import type { Connection } from "../../src/ports.ts";

const [, , given = "{}"] = process.argv;
const { options, nowhere, cutting } = JSON.parse(given) as {
  readonly options: Parameters<typeof neon>[0] & object; // our own test's
  readonly nowhere: string;
  readonly cutting: string;
};

const PREPARE = { prepare: true };

function open(more: object = {}): Promise<Connection> {
  return neon({ ...options, ...more }).connect({ timeoutMs: 5_000 });
}

async function failureOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "nothing";
  } catch (error) {
    if (!(error instanceof Failure)) return String(error);
    return `${error.origin} ${error.phase}${error.message.includes("127.0.0.1") ? " leaks" : ""}`;
  }
}

const told: Record<string, unknown> = {};
const http = await open();
const text = "select $1::int as i, $2::bytea as b, $3::timestamptz as t, $4::text[] as a";
const { rows: [row] } = await http.run(text, [1, new Uint8Array([7]), new Date(0), ["x"]], PREPARE);
told["row"] = row === undefined
  ? undefined
  : { ...row, b: Array.from(row["b"] as Uint8Array), t: (row["t"] as Date).getTime() };
told["refused"] = await failureOf((await open({ sqlUrl: nowhere })).run("select 1", [], PREPARE));
told["aborted"] = await (async () => {
  const connection = await open();
  const running = failureOf(connection.run("select pg_sleep(600)", [], PREPARE));
  connection.destroy();
  return await running;
})();

const line = await open();
await line.run("begin", [], PREPARE);
const { rows: [inside] } = await line.run(
  "select txid_current() = txid_current() as same",
  [],
  PREPARE,
);
told["inside"] = inside;
const { command } = await line.run("commit", [], PREPARE);
told["command"] = command;
await line.close();
told["refused line"] = await failureOf(
  (await open({ webSocketUrl: nowhere.replace("http", "ws") })).run("begin", [], PREPARE),
);

// A connection that was kept, and dies under the next statement.
const kept = neon({ ...options, sqlUrl: cutting });
for (const name of ["first", "second"]) {
  const connection = await kept.connect({ timeoutMs: 5_000 });
  told[name] = await failureOf(connection.run("select 1", [], PREPARE));
}

process.stdout.write(JSON.stringify(told), () => process.exit());
