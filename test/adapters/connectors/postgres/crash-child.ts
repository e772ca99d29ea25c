/**
 * Run by hazards.test.ts in a process of its own, because the naive way does not survive it.
 *
 * @module
 */

import process from "node:process";
import { ending } from "./ending.ts";
import { type Client, type Facade, type Handle, naive, ours } from "./facade.ts";

const [scenario, which, url] = process.argv.slice(2);
if (url === undefined) throw new Error("crash-child.ts needs a scenario, a facade and a URL");
const facade: Facade = which === "naive" ? naive : ours;
const client = facade(url);
const admin = ours(url);
// postgres.js reserves nothing on a pool that has not yet connected.
await client.query("select 1");
const end = scenario === "transaction" ? await nextStatement(client) : await afterwards(client);
process.stdout.write(JSON.stringify(end));
await client.end();
await admin.end();

/** A transaction's connection dies between two statements, and the next one is issued. */
async function nextStatement(client: Client): Promise<unknown> {
  let told: ((end: unknown) => void) | undefined;
  const next = new Promise((resolve) => told = resolve);
  const transaction = client.transaction(async (tx) => {
    await die(tx);
    told?.(await ending(tx.run("select 2 as n")));
  });
  // The naive transaction is over (rejected) long before its function is.
  await ending(transaction);
  return await next;
}

/** A leased connection dies and is given back; another statement comes. */
async function afterwards(client: Client): Promise<unknown> {
  await client.lease(die);
  return await ending(client.query("select 1 as n"));
}

async function die(handle: Handle): Promise<void> {
  const [row] = await handle.run("select pg_backend_pid() as pid");
  await admin.query(`select pg_terminate_backend(${String(row?.["pid"])}, 5000)`);
  // Further round trips, in which the end of the client's line comes by as well.
  for (let i = 0; i < 20; i++) await admin.query("select 1");
}
