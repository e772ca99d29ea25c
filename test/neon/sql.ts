/**
 * One body of a request to `/sql`, run on a real server the way Neon's proxy runs it: a connection per request, the
 * extended protocol, every value as text.
 *
 * Sources: `@neondatabase/serverless` 1.2.0 (`src/httpQuery.ts`; what it sends and relies on) and neondatabase/neon
 * (`proxy/src/serverless/sql_over_http.rs`; headers, batches, the JSON of an error).
 */

import type { IncomingHttpHeaders } from "node:http";
import { Client, DatabaseError, type QueryArrayResult } from "pg";

/** What is sent back. */
export interface Answered {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

interface Query {
  readonly query: string;
  readonly params?: readonly (string | null)[];
}

type Body = Query | { readonly queries: readonly Query[] };

/** What is not an error of the database: the proxy's own words, without a code. */
export class ProxyError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const LEVELS: Readonly<Record<string, string>> = {
  ReadUncommitted: "read uncommitted",
  ReadCommitted: "read committed",
  RepeatableRead: "repeatable read",
  Serializable: "serializable",
};

/** A request under way; `cancel` is what the proxy does when its client hangs up. */
export interface Job {
  readonly answer: Promise<Answered>;
  cancel(): Promise<void>;
}

/** Runs the body of a request on the server at `port`. */
export function runSql(port: number, headers: IncomingHttpHeaders, body: string): Job {
  let client: Client | undefined;
  const work = async (): Promise<Answered> => {
    try {
      const asked = JSON.parse(body) as Body;
      const given = headerOf(headers, "neon-connection-string");
      if (given === undefined) throw new ProxyError(400, "invalid header: neon-connection-string");
      if (headerOf(headers, "neon-raw-text-output") !== "true") {
        throw new ProxyError(501, "The double speaks raw text only");
      }
      client = new Client({ ...loginOf(given), host: "127.0.0.1", port });
      client.on("error", () => {});
      await client.connect();
      return await run(client, headers, asked);
    } catch (error) {
      return errorOf(error);
    } finally {
      await client?.end().catch(() => {});
    }
  };
  return {
    answer: work(),
    cancel: async () => {
      const pid = (client as { readonly processID?: number } | undefined)?.processID;
      if (client === undefined || pid === undefined) return;
      const other = new Client({
        user: client.user ?? "",
        host: "127.0.0.1",
        port,
        password: client.password ?? "",
        database: client.database ?? "",
      });
      other.on("error", () => {});
      await other.connect();
      await other.query("select pg_cancel_backend($1)", [pid]);
      await other.end();
    },
  };
}

function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function loginOf(
  text: string,
): { user: string; password: string; database: string; application_name: string } {
  const url = new URL(text);
  if (url.username === "") throw new ProxyError(400, "missing username");
  return {
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)),
    application_name: url.searchParams.get("application_name") ?? "",
  };
}

async function run(client: Client, headers: IncomingHttpHeaders, body: Body): Promise<Answered> {
  const asArrays = headerOf(headers, "neon-array-mode") === "true";
  if (!("queries" in body)) return ok(await one(client, body, asArrays));
  const level = headerOf(headers, "neon-batch-isolation-level");
  if (level !== undefined && !(level in LEVELS)) {
    throw new ProxyError(400, "invalid isolation level");
  }
  const words = [
    level === undefined ? "" : `isolation level ${LEVELS[level]}`,
    headerOf(headers, "neon-batch-read-only") === "true" ? "read only" : "",
    headerOf(headers, "neon-batch-deferrable") === "true" ? "deferrable" : "",
  ];
  await client.query(`begin ${words.join(" ")}`);
  const results: unknown[] = [];
  for (const query of body.queries) results.push(await one(client, query, asArrays));
  await client.query("commit");
  return ok({ results });
}

function ok(value: unknown): Answered {
  return {
    status: 200,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(value),
  };
}

async function one(
  client: Client,
  { query, params = [] }: Query,
  asArrays: boolean,
): Promise<unknown> {
  const config = {
    text: query,
    values: [...params],
    rowMode: "array" as const,
    // Otherwise a statement without parameters could be several.
    queryMode: "extended",
    types: { getTypeParser: () => (text: string) => text },
  };
  const result: QueryArrayResult<(string | null)[]> = await client.query(config);
  const { fields, command, rowCount } = result;
  const rows = asArrays
    ? result.rows
    : result.rows.map((row) => Object.fromEntries(fields.map(({ name }, i) => [name, row[i]])));
  return { fields, command, rowCount, rows, rowAsArray: asArrays };
}

function errorOf(error: unknown): Answered {
  if (error instanceof SyntaxError) {
    return refused(400, { message: `could not parse the HTTP request body: ${error.message}` });
  }
  if (error instanceof ProxyError) return refused(error.status, { message: error.message });
  if (error instanceof DatabaseError) {
    return refused(400, Object.assign({}, error, { message: error.message }));
  }
  const { code, message } = error as Error & { readonly code?: string };
  // The proxy could not reach its compute, or lost it under the statement: the same 400 as any other error.
  if (code === "ECONNREFUSED") return refused(500, { message: "Couldn't connect to compute node" });
  return refused(400, { message: `error communicating with the server: ${message}` });
}

const NO_FIELDS = {
  code: "",
  detail: "",
  hint: "",
  position: null,
  internalPosition: null,
  internalQuery: null,
  severity: "",
  where: "",
  table: "",
  column: "",
  schema: "",
  dataType: "",
  constraint: "",
  file: "",
  line: null,
  routine: "",
};

/** The JSON of an error, every field of it there and empty where nothing is known. */
export function refused(status: number, fields: object): Answered {
  return { status, body: JSON.stringify({ ...NO_FIELDS, ...fields }) };
}
