/**
 * The ways to spread reads over replicas: holdfast, and what people write or switch on.
 *
 * @module
 */

import pg from "pg";
import postgresJs from "postgres";
import { postgres } from "../../adapters/connectors/postgres/mod.ts";
import { createHoldfast, type HoldfastOptions } from "../../mod.ts";
import type { Reading } from "../arrivals.ts";
import { type AccountRow, anyKey, checkBalance, TEXT } from "../accounts.ts";
import { instant } from "../instant.ts";
import { watched } from "./watched.ts";

/** A database of the cluster. */
export interface Target {
  readonly id: string;
  readonly url: string;
  readonly role: "primary" | "replica";
}

/** Somebody who reads. */
export interface Reader {
  /** Reads one row by chance. */
  read(): Promise<Reading>;
  close(): Promise<void>;
}

/** A way to read, and how it is set up. */
export interface ReaderKind {
  readonly name: string;
  /** For people. */
  readonly consistsOf: string;
  /** Whether `went` is called. */
  readonly tellsWhere: boolean;
  open(targets: readonly Target[], went: Went): Reader;
}

/** Told that a read goes to a target now, or went there at an instant: sent, or tried in vain. */
export type Went = (id: string, at?: number) => void;

/** Everybody's, to each target. */
export const READER_CONNECTIONS = 10;

/** holdfast, with these options. */
export function holdfastReader(
  name: string,
  options: Omit<Partial<HoldfastOptions>, "endpoints"> = {},
): ReaderKind {
  return {
    name,
    consistsOf: `createHoldfast, secondaryPreferred${said(options)}`,
    tellsWhere: true,
    open: (targets, went) => {
      const db = createHoldfast({
        readPreference: "secondaryPreferred",
        pool: { max: READER_CONNECTIONS },
        ...options,
        endpoints: targets.map(({ id, url, role }) => ({
          id,
          role,
          connector: watched(postgres(url), TEXT, () => went(id)),
        })),
      });
      return {
        read: async () => {
          const aid = anyKey();
          const calledAt = instant();
          const { rows, servedBy, attempts } = await db.query<AccountRow>(TEXT, [aid]);
          checkBalance(aid, rows[0]?.abalance);
          // It may have found no connection to be sent over.
          if (attempts > 1) others(targets, servedBy).forEach(({ id }) => went(id, calledAt));
          return { servedBy, attempts };
        },
        close: () => db.close(),
      };
    },
  };
}

function others(targets: readonly Target[], id: string): readonly Target[] {
  return targets.filter((target) => target.id !== id);
}

function said(options: object): string {
  const text = JSON.stringify(options);
  return text === "{}" ? "" : `, ${text.replaceAll('"', "")}`;
}

/** Each replica in turn, whatever happens there: one postgres.js client each. */
export function plainRoundRobin(name: string): ReaderKind {
  return {
    name,
    consistsOf:
      `a postgres(url, { max: ${READER_CONNECTIONS}, max_pipeline: 1 }) for each replica, ` +
      "the next one for each read",
    tellsWhere: true,
    open: (targets, went) => {
      const clients = replicasOf(targets).map(({ id, url }) => {
        // The option is documented, but its type is missing from the package's own declarations.
        const options: postgresJs.Options<Record<string, never>> & { max_pipeline: number } = {
          max: READER_CONNECTIONS,
          max_pipeline: 1,
        };
        return { id, sql: postgresJs(url, options) };
      });
      let turn = 0;
      return {
        read: async () => {
          const client = clients[turn++ % clients.length];
          if (client === undefined) throw new Error("There is no replica");
          const aid = anyKey();
          went(client.id);
          const rows = await client.sql<
            AccountRow[]
          >`select abalance from accounts where aid = ${aid}`;
          checkBalance(aid, rows[0]?.abalance);
          return { servedBy: client.id };
        },
        close: async () => {
          await Promise.all(clients.map(({ sql }) => sql.end({ timeout: 1 })));
        },
      };
    },
  };
}

/** Each replica in turn, and on an error the next one: a pg pool each, with time limits or without. */
export function roundRobinWithRetry(name: string, timeoutMs: number): ReaderKind {
  const limits = { connectionTimeoutMillis: timeoutMs, query_timeout: timeoutMs };
  return {
    name,
    consistsOf: `a pg.Pool({ max: ${READER_CONNECTIONS}, connectionTimeoutMillis: ${timeoutMs}, ` +
      `query_timeout: ${timeoutMs} }) for each replica, the next one for each read and after an error`,
    tellsWhere: true,
    open: (targets, went) => {
      const pools = replicasOf(targets).map(({ id, url }) => {
        const pool = new pg.Pool({ connectionString: url, max: READER_CONNECTIONS, ...limits });
        // Without a listener a connection that dies while idle ends the process.
        pool.on("error", () => {});
        return { id, pool };
      });
      let turn = 0;
      return {
        read: async () => {
          const first = turn++;
          let last: unknown = new Error("There is no replica");
          for (let tries = 0; tries < pools.length; tries++) {
            const next = pools[(first + tries) % pools.length];
            if (next === undefined) break;
            const aid = anyKey();
            went(next.id);
            try {
              const query = { name: "by-key", text: TEXT, values: [aid] };
              const { rows } = await next.pool.query<AccountRow>(query);
              checkBalance(aid, rows[0]?.abalance);
              return { servedBy: next.id, attempts: tries + 1 };
            } catch (error) {
              last = error;
            }
          }
          throw last;
        },
        close: async () => {
          await Promise.all(pools.map(({ pool }) => pool.end()));
        },
      };
    },
  };
}

/** postgres.js with a list of hosts: its connections go to the first that lets them in. */
export function multiHost(name: string): ReaderKind {
  return {
    name,
    consistsOf: `postgres({ host: "replica1,replica2", max: ${READER_CONNECTIONS} })`,
    tellsWhere: false,
    open: (targets) => {
      const urls = replicasOf(targets).map(({ url }) => new URL(url));
      const sql = postgresJs({
        host: urls.map(({ host }) => host).join(","),
        database: urls[0]?.pathname.slice(1) ?? "",
        username: urls[0]?.username ?? "",
        max: READER_CONNECTIONS,
      });
      return {
        read: async () => {
          const aid = anyKey();
          const rows = await sql<AccountRow[]>`select abalance from accounts where aid = ${aid}`;
          checkBalance(aid, rows[0]?.abalance);
          return {};
        },
        close: () => sql.end({ timeout: 1 }),
      };
    },
  };
}

function replicasOf(targets: readonly Target[]): readonly Target[] {
  return targets.filter(({ role }) => role === "replica");
}
