/**
 * A Hyperdrive binding as the place to connect to: Cloudflare's pooler of transactions with a cache of reads. Its
 * login is answered near the Worker, and any session of the server may serve the next statement.
 *
 * The cache keeps what only reads, for 60 s and 15 s more while it asks anew; not what names a function that PostgreSQL
 * calls volatile or stable (developers.cloudflare.com/hyperdrive/concepts/query-caching). It finds those by their names,
 * so it knows none of the user's, and it forgets nothing because of a write.
 *
 * @module
 */

import type { ConnectorProblem } from "../../../src/ports.ts";
import { clientFailure } from "../pg-server/failure.ts";
import type { ServerFields } from "../pg-server/fields.ts";
import type { PostgresOptions, Target } from "./options.ts";
import { planTls } from "./tls.ts";
import { readUrl } from "./url.ts";

/** As much of a Hyperdrive binding as is used. */
export interface HyperdriveBinding {
  readonly connectionString: string;
}

/** A binding, and what it does not tell of itself. */
export interface HyperdriveTarget {
  readonly binding: HyperdriveBinding;
  readonly cached: boolean;
}

/** What the binding says itself, or keeps from the server: TLS is Hyperdrive's, and so is the line. */
const SAID_BY_BINDING = [
  "url",
  "host",
  "port",
  "database",
  "user",
  "password",
  "tls",
  "tlsNegotiation",
  "keepAliveMs",
] as const;

/** What is sent at login is reset with every transaction's end. */
const OF_A_SESSION = ["connection", "statementTimeoutMs"] as const;

/** What does not go together. The binding itself is not looked into: outside of a request it cannot be. */
export function bindingProblems(options: Partial<PostgresOptions>): ConnectorProblem[] {
  if (options.hyperdrive === undefined) {
    if (options.cached === undefined) return [];
    return [{ path: "cached", value: String(options.cached), allowed: "only with hyperdrive" }];
  }
  const given = (path: keyof PostgresOptions): boolean => options[path] !== undefined;
  return [
    ...SAID_BY_BINDING.filter(given).map((path) => {
      return { path, value: "given beside hyperdrive", allowed: "nothing: the binding says it" };
    }),
    ...OF_A_SESSION.filter(given).map((path) => {
      const allowed = "nothing: sessions are shared; give it to the role (alter role … set …)";
      return { path, value: "given beside hyperdrive", allowed };
    }),
  ];
}

/** The target with what its binding says just now. Throws a `Failure` where that cannot be used. */
export function atBinding(target: Target): Target {
  if (target.hyperdrive === undefined) return target;
  const problems: ConnectorProblem[] = [];
  const text = connectionString(target.hyperdrive.binding);
  const { host, port = 5432, ...said } = readUrl(text, problems);
  if (host === undefined || problems.length > 0) throw unusable();
  const { tls = "disable", database, user, password } = said;
  return {
    ...target,
    address: { host, port, keepAliveMs: 0, tls: planTls(tls, host, false) },
    database,
    user,
    password,
  };
}

function connectionString(binding: HyperdriveBinding): string {
  let text: unknown;
  try {
    text = binding.connectionString;
  } catch {
    // It belongs to another request, or to none.
  }
  if (typeof text !== "string") throw unusable();
  return text;
}

function unusable(): Error {
  return clientFailure(
    "The Hyperdrive binding has no connectionString for PostgreSQL: give env.HYPERDRIVE of wrangler's [[hyperdrive]]",
    "OPTION",
    "connecting",
    "broken",
  );
}

/**
 * The same statement as Hyperdrive does not keep: it names functions that are never kept, which is looked for in
 * comments too, and is to be sent without a name. Cloudflare promises neither; it does promise it of what really calls
 * such a function, as all questions of `pg-server/account.ts` do.
 */
export function uncacheable(text: string): string {
  // On a line of its own: the text may end in a comment.
  return `${text}\n/* now() random() */`;
}

/** What Hyperdrive says when nothing was sent to the database (…/hyperdrive/observability/troubleshooting). */
const UNSENT =
  /^(?:Failed to acquire a connection from the pool|Server connection attempt failed)\b/;

/** Whether it is an error of Hyperdrive's own after which nobody knows what ran: PostgreSQL's 58000 undoes the statement. */
export function isOfUnknownEnd({ code, message = "" }: ServerFields): boolean {
  return code === "58000" && !UNSENT.test(message);
}
