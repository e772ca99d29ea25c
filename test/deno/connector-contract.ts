/**
 * The connector's contract, played inside Deno. Runs only in Deno.
 *
 * @module
 */

import process from "node:process";
import { neon, type NeonOptions } from "../../adapters/connectors/neon/mod.ts";
import { postgres } from "../../adapters/connectors/postgres/mod.ts";
import type { Connection, Connector } from "../../src/ports.ts";
import { connectorContract, type ConnectorGround } from "../contract/connector/mod.ts";
import { obey } from "./obey.ts";

/** What the process is started with. */
export interface Given {
  readonly url: string;
  readonly neon: NeonOptions;
  /** Where nobody listens: a port of this machine. */
  readonly nowhere: number;
}

const given = JSON.parse(process.argv[2] ?? "{}") as Given; // the test's own

async function hangUp(connector: Connector, connection: Connection): Promise<void> {
  const text = "select pg_backend_pid() as pid";
  const { rows: [row] } = await connection.run<{ pid: number }>(text, [], { prepare: true });
  const other = await connector.connect({ timeoutMs: 10_000 });
  await other.run("select pg_terminate_backend($1)", [row?.pid], { prepare: false });
  await other.close();
}

function groundOf(connector: Connector, refused: Connector): ConnectorGround {
  return { connector, refused, hangUp: (connection) => hangUp(connector, connection) };
}

const refusing = new URL(given.url);
refusing.port = String(given.nowhere);
const sqlUrl = `http://127.0.0.1:${given.nowhere}/sql`;

const GROUNDS: Readonly<Record<string, ConnectorGround>> = {
  postgres: groundOf(postgres(given.url), postgres(refusing.href)),
  neon: groundOf(neon(given.neon), neon({ ...given.neon, sqlUrl })),
};

await obey({
  async play(connector: string, name: string): Promise<void> {
    const played = connectorContract().find((one) => one.name === name);
    const ground = GROUNDS[connector];
    if (played === undefined || ground === undefined) {
      throw new Error(`There is no case "${name}" for ${connector}`);
    }
    await played.run(ground);
  },
});
