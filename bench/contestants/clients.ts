/**
 * The ways to ask PostgreSQL for a row by its key: three that people use, and holdfast.
 *
 * @module
 */

import pg from "pg";
import postgresJs from "postgres";
import { postgres } from "../../adapters/connectors/postgres/mod.ts";
import { createHoldfast } from "../../mod.ts";
import { type AccountRow, TEXT } from "../accounts.ts";
import { type Callers, callersOf } from "./callers.ts";

/** A client and how it is set up. */
export interface Client {
  readonly name: string;
  /** For people. */
  readonly consistsOf: string;
  readonly callers: Callers;
  /** One query, for who counts and times calls himself. */
  balanceOf(aid: number): Promise<number | undefined>;
  close(): Promise<void>;
}

function asking<A>(
  ask: (aid: number) => PromiseLike<A>,
  balanceIn: (answer: A) => number | undefined,
): Pick<Client, "callers" | "balanceOf"> {
  return {
    callers: callersOf(ask, balanceIn),
    balanceOf: async (aid) => balanceIn(await ask(aid)),
  };
}

/** holdfast over one endpoint. */
export function holdfast(url: string, connections: number): Client {
  const db = createHoldfast({
    endpoints: [{ id: "only", role: "primary", connector: postgres(url) }],
    pool: { max: connections },
  });
  return {
    name: "holdfast",
    consistsOf: `createHoldfast over one endpoint, pool.max ${connections}`,
    ...asking(
      (aid) => db.query<AccountRow>(TEXT, [aid]),
      ({ rows }) => rows[0]?.abalance,
    ),
    close: () => db.close(),
  };
}

/** postgres.js as it comes: it pipelines. */
export function postgresJsDefault(url: string, connections: number): Client {
  const sql = postgresJs(url, { max: connections });
  return {
    name: "postgres.js",
    consistsOf: `postgres(url, { max: ${connections} })`,
    ...asking(
      (aid) => sql<AccountRow[]>`select abalance from accounts where aid = ${aid}`,
      (rows) => rows[0]?.abalance,
    ),
    close: () => sql.end({ timeout: 5 }),
  };
}

/** postgres.js with one query at a time on each connection. */
export function postgresJsUnpipelined(url: string, connections: number): Client {
  // The option is documented, but its type is missing from the package's own declarations.
  const options: postgresJs.Options<Record<string, never>> & { max_pipeline: number } = {
    max: connections,
    max_pipeline: 1,
  };
  const sql = postgresJs(url, options);
  return {
    name: "postgres.js max_pipeline 1",
    consistsOf: `postgres(url, { max: ${connections}, max_pipeline: 1 })`,
    ...asking(
      (aid) => sql<AccountRow[]>`select abalance from accounts where aid = ${aid}`,
      (rows) => rows[0]?.abalance,
    ),
    close: () => sql.end({ timeout: 5 }),
  };
}

/** pg's pool with a named, and so prepared, statement. */
export function pgNamed(url: string, connections: number): Client {
  const pool = new pg.Pool({ connectionString: url, max: connections });
  // Without a listener a connection that dies while idle ends the process.
  pool.on("error", () => {});
  return {
    name: "pg named",
    consistsOf: `new pg.Pool({ max: ${connections} }), named statement`,
    ...asking(
      (aid) => pool.query<AccountRow>({ name: "by-key", text: TEXT, values: [aid] }),
      ({ rows }) => rows[0]?.abalance,
    ),
    close: () => pool.end(),
  };
}
