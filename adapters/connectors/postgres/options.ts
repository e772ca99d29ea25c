/**
 * The connector's options, and what is wrong with them.
 *
 * @module
 */

import type { ConnectionOptions } from "node:tls";
import type postgresjs from "postgres";
import type { ConnectorProblem } from "../../../src/ports.ts";
import type { ServerFields } from "../pg-server/fields.ts";
import { type Kinds, readGiven } from "../pg-server/given.ts";
import { bindingProblems, type HyperdriveBinding, type HyperdriveTarget } from "./hyperdrive.ts";
import type { Address } from "./socket.ts";
import { isTlsMode, planTls, TLS_MODES, type TlsMode } from "./tls.ts";
import { readUrl, type UrlParts } from "./url.ts";

/** A notice of the server, for `onNotice`. */
export type PostgresNotice = ServerFields;

/** A password, or how to get one: asked anew for every connection, under the connect's deadline. */
export type Password = string | (() => string | Promise<string>);

/** How to reach one PostgreSQL server. What is written here is stronger than what the URL says. */
export interface PostgresOptions {
  /**
   * `postgres://user:password@host:port/database`. Understood after the `?`: `sslmode`,
   * `sslnegotiation`, `sslrootcert=system`, `channel_binding` (`require` raises TLS to `verify-full`,
   * which rules out the same stranger in between), `application_name`, `options`, `host` (a Unix
   * socket's folder) and `connect_timeout`, which has no effect: holdfast's own timeout rules.
   */
  readonly url?: string;
  /**
   * A Hyperdrive binding, such as `env.HYPERDRIVE`: it says where to and with what password, in place of `url` and the
   * like. Read when connecting, so that it may be given at module scope.
   */
  readonly hyperdrive?: HyperdriveBinding;
  /**
   * Whether that Hyperdrive has its query cache on; the binding does not tell. If so, only reads that may be of an
   * older state are left to it: those that go elsewhere than to the primary and have no `maxLagMs`. All else is sent
   * in a form that it does not keep. @default {true}, as Hyperdrive's own
   */
  readonly cached?: boolean;
  /** A name, an IP or a Unix socket's folder; one only: an endpoint is one server. @default {"localhost"} */
  readonly host?: string;
  /** @default {5432} */
  readonly port?: number;
  /** @default the user's name */
  readonly database?: string;
  /** @default PGUSER or the system's user name, as postgres.js finds them */
  readonly user?: string;
  readonly password?: Password;
  /**
   * One of libpq's words (see {@link TlsMode} for what each does) or options of Node's `tls.connect`,
   * which keep checking the certificate unless they say otherwise.
   * @default {"verify-full"} On loopback and Unix sockets: `"disable"`.
   */
  readonly tls?: TlsMode | ConnectionOptions;
  /** `direct` starts TLS without asking first and saves a round trip (PostgreSQL 17). @default {"postgres"} */
  readonly tlsNegotiation?: "postgres" | "direct";
  /** Keep statements prepared on their connection. `false` for PgBouncer before 1.21. @default {true} */
  readonly prepare?: boolean;
  /**
   * The database sleeps while nobody uses it (Neon's computes, Aurora Serverless with a minimum of 0):
   * then it is not looked at by the clock, which would keep it awake and paid for. @default {false}
   */
  readonly scalesToZero?: boolean;
  /** The server's own limit on a statement, in milliseconds; none unless given. */
  readonly statementTimeoutMs?: number;
  /** @default {"holdfast"} */
  readonly applicationName?: string;
  /** Idle time before the first TCP keep-alive probe, in milliseconds; 0: none. @default {60000} (postgres.js) */
  readonly keepAliveMs?: number;
  /** postgres.js's custom types, for example `{ bigint: postgres.BigInt }`. */
  readonly types?: Readonly<Record<string, postgresjs.PostgresType>>;
  /** postgres.js's transforms, for example `postgres.camel`. Costs the fast way for prepared statements. */
  readonly transform?: NonNullable<postgresjs.Options<Record<string, never>>["transform"]>;
  /** Run-time settings sent at login, for example `{ search_path: "app" }`. */
  readonly connection?: Readonly<Record<string, string | number | boolean>>;
  /** Hears the server's notices, which are dropped otherwise. What it throws is swallowed. */
  readonly onNotice?: (notice: PostgresNotice) => void;
}

/** The options in the shape the connector works with. */
export interface Target {
  readonly address: Address;
  /** Where `address` and the credentials come from, if not from here. */
  readonly hyperdrive: HyperdriveTarget | undefined;
  readonly database: string | undefined;
  readonly user: string | undefined;
  readonly password: Password | undefined;
  readonly prepare: boolean;
  readonly scalesToZero: boolean;
  /** Everything sent at login but user and database. */
  readonly startup: Readonly<Record<string, string | number | boolean>>;
  readonly types: NonNullable<PostgresOptions["types"]>;
  readonly transform: PostgresOptions["transform"];
  readonly onNotice: PostgresOptions["onNotice"];
}

const KINDS: Kinds<PostgresOptions> = {
  url: "string",
  hyperdrive: "object",
  cached: "boolean",
  host: "string",
  port: "number",
  database: "string",
  user: "string",
  password: ["string", "function"],
  tls: ["string", "object"],
  tlsNegotiation: "string",
  prepare: "boolean",
  scalesToZero: "boolean",
  statementTimeoutMs: "number",
  applicationName: "string",
  keepAliveMs: "number",
  types: "object",
  transform: "object",
  connection: "object",
  onNotice: "function",
};

/** Reads options without ever throwing: what is wrong is listed. */
export function readOptions(
  given: string | PostgresOptions,
): { readonly target: Target; readonly problems: readonly ConnectorProblem[] } {
  const problems: ConnectorProblem[] = [];
  const options = readGiven<PostgresOptions>(given, KINDS, problems);
  const url: UrlParts = options.url === undefined ? {} : readUrl(options.url, problems);
  return { target: targetOf(options, url, problems), problems };
}

function targetOf(
  options: PostgresOptions,
  url: UrlParts,
  problems: ConnectorProblem[],
): Target {
  const host = options.host ?? url.host ?? "localhost";
  const port = options.port ?? url.port ?? 5432;
  const { keepAliveMs = 60_000, statementTimeoutMs, tls = url.tls } = options;
  const tlsNegotiation = options.tlsNegotiation ?? url.tlsNegotiation ?? "postgres";
  if (host === "" || host.includes(",")) {
    problems.push({ path: "host", value: "none or several", allowed: "one host per endpoint" });
  }
  const wrong = [
    outside("port", port, [1, 65_535]),
    outside("keepAliveMs", keepAliveMs, [0, 86_400_000]),
    // The server keeps it in 32 bits.
    outside("statementTimeoutMs", statementTimeoutMs ?? 0, [0, 2_147_483_647]),
  ];
  problems.push(...wrong.filter((problem) => problem !== undefined));
  if (typeof tls === "string" && !isTlsMode(tls)) {
    const allowed = `${TLS_MODES.join(", ")} or an object for tls.connect`;
    problems.push({ path: "tls", value: "another word", allowed });
  }
  if (tlsNegotiation !== "postgres" && tlsNegotiation !== "direct") {
    problems.push({ path: "tlsNegotiation", value: "another word", allowed: "postgres, direct" });
  }
  problems.push(...bindingProblems(options));
  const { hyperdrive: binding, cached = true } = options;
  const known = typeof tls !== "string" || isTlsMode(tls) ? tls : undefined;
  return {
    address: { host, port, keepAliveMs, tls: planTls(known, host, tlsNegotiation === "direct") },
    hyperdrive: binding === undefined ? undefined : { binding, cached },
    database: options.database ?? url.database,
    user: options.user ?? url.user,
    password: options.password ?? url.password,
    prepare: options.prepare ?? true,
    scalesToZero: options.scalesToZero ?? false,
    startup: {
      application_name: options.applicationName ?? url.applicationName ?? "holdfast",
      ...(url.options === undefined ? {} : { options: url.options }),
      ...(statementTimeoutMs === undefined ? {} : { statement_timeout: statementTimeoutMs }),
      ...options.connection,
    },
    types: options.types ?? {},
    transform: options.transform,
    onNotice: options.onNotice,
  };
}

function outside(
  path: string,
  value: number,
  [from, to]: readonly [number, number],
): ConnectorProblem | undefined {
  if (Number.isInteger(value) && value >= from && value <= to) return undefined;
  return { path, value: String(value), allowed: `a whole number from ${from} to ${to}` };
}
