/**
 * A statement, or several, by HTTP: `POST …/sql`, as `@neondatabase/serverless` 1.2.0 sends it (`src/httpQuery.ts`). We speak
 * it ourselves because the driver keeps its settings for all endpoints together, runs a statement once for every
 * `then`, and hides what an error said.
 *
 * @module
 */

import type { Answer, Field } from "../../../src/model/result.ts";
import type { Isolation, TransactionTerms } from "../../../src/model/transaction.ts";
import { answerOf } from "../pg-server/answer.ts";
import { clientFailure } from "../pg-server/failure.ts";
import { once } from "../sent-once/once.ts";
import type { Target } from "./options.ts";
import { refusal } from "./refusal.ts";
import { broken, unanswered } from "./unanswered.ts";
import { decode } from "./values.ts";

/** Who asks. */
export interface Secrets {
  readonly password: string | undefined;
  /** A JWT, with which no password is needed. */
  readonly authToken: string | undefined;
}

/** A statement on its way. */
export interface Posted {
  readonly text: string;
  readonly params: readonly (string | null)[];
}

/** Sends it, and rejects with a `Failure` only. `signal` fires when nobody waits any more; Neon then cancels what runs. */
export async function post(
  target: Target,
  secrets: Secrets,
  { text, params }: Posted,
  signal: AbortSignal,
): Promise<Answer> {
  return read(await send(target, secrets, { body: { query: text, params }, signal }));
}

/** As `post`, for several in one transaction: Neon begins it, and commits it before it answers. */
export async function postBatch(
  target: Target,
  secrets: Secrets,
  { statements, terms }: {
    readonly statements: readonly Posted[];
    readonly terms: TransactionTerms;
  },
  signal: AbortSignal,
): Promise<readonly Answer[]> {
  const queries = statements.map(({ text, params }) => ({ query: text, params }));
  const told = await send(target, secrets, {
    headers: headersOf(terms),
    body: { queries },
    signal,
  });
  const isList = typeof told === "object" && told !== null && "results" in told &&
    Array.isArray(told.results) && told.results.length === queries.length;
  if (!isList) throw broken("The answer has not a result for each statement of the batch");
  return (told.results as readonly unknown[]).map(read);
}

/** In the words of the proxy (`sql_over_http.rs`), spelled unlike SQL's. */
const LEVELS: Readonly<Record<Isolation, string>> = {
  "read committed": "ReadCommitted",
  "repeatable read": "RepeatableRead",
  serializable: "Serializable",
};

function headersOf({ isolation, readOnly, deferrable }: TransactionTerms): Record<string, string> {
  return {
    ...(isolation === undefined ? {} : { "Neon-Batch-Isolation-Level": LEVELS[isolation] }),
    ...(readOnly ? { "Neon-Batch-Read-Only": "true" } : {}),
    ...(deferrable ? { "Neon-Batch-Deferrable": "true" } : {}),
  };
}

interface Message {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: object;
  readonly signal: AbortSignal;
}

async function send(
  target: Target,
  { password, authToken }: Secrets,
  { headers, body, signal }: Message,
): Promise<unknown> {
  // What cannot be in a header `fetch` would refuse with it in its words.
  if (authToken !== undefined && !/^[\x21-\x7e]+$/.test(authToken)) {
    const message =
      "The authToken is not a token: it is empty, or has blanks or control characters";
    throw clientFailure(message, "AUTH_TOKEN", "connecting", "broken");
  }
  const init: RequestInit = {
    method: "POST",
    headers: {
      "Neon-Connection-String": connectionString(target, password),
      "Neon-Raw-Text-Output": "true",
      "Neon-Array-Mode": "true",
      ...(authToken === undefined ? {} : { Authorization: `Bearer ${authToken}` }),
      ...headers,
    },
    signal,
    // Elsewhere nobody is to be told the password.
    redirect: "manual",
    ...once(JSON.stringify(body)),
  };
  const response = await (target.fetch ?? fetch)(target.sqlUrl, init).catch((error: unknown) => {
    throw unanswered(error);
  });
  const { status } = response;
  const text = await response.text().catch(() => {
    throw broken("The answer broke off");
  });
  if (status !== 200) {
    throw refusal({ status, body: text, retryAfter: response.headers.get("Retry-After") });
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw broken("The answer is not JSON");
  }
}

function connectionString(target: Target, password: string | undefined): string {
  const { host, port, database, user, options, applicationName } = target;
  const secret = password === undefined ? "" : `:${encodeURIComponent(password)}`;
  const place = port === undefined ? host : `${host}:${port}`;
  const more = new URLSearchParams({ application_name: applicationName });
  if (options !== undefined) more.set("options", options);
  const login = `${encodeURIComponent(user)}${secret}`;
  return `postgresql://${login}@${place}/${encodeURIComponent(database)}?${more.toString()}`;
}

/** What is relied on of an answer; `@neondatabase/serverless` relies on no more. */
interface Told {
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[];
  readonly rows: readonly (readonly unknown[])[];
  readonly command?: unknown;
  readonly rowCount?: unknown;
}

function read(told: unknown): Answer {
  if (!isTold(told)) throw broken("The answer has no rows or no fields");
  const fields: Field[] = told.fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID }));
  const command = typeof told.command === "string" ? told.command : "";
  if (/^(BEGIN|START)$/.test(command)) {
    const message = "A transaction that began in a request has ended with it";
    throw clientFailure(message, "NO_SESSION", "answering", "usable");
  }
  return replied({ fields, rows: told.rows, command, count: Number(told.rowCount ?? 0) });
}

/** What came for one statement, by either way. */
export interface Replied {
  readonly fields: readonly Field[];
  readonly rows: readonly (readonly unknown[])[];
  /** The first word of the command's tag. */
  readonly command: string;
  readonly count: number;
}

/** Makes an answer of it. Rejects as `holdfast/postgres` does where a value cannot be read. */
export function replied({ fields, rows, command, count }: Replied): Answer {
  const tag = command === "" ? "" : `${command} ${count}`;
  try {
    return answerOf({ rows: decode(fields, rows), fields, tag, warning: undefined });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw clientFailure(message, undefined, "answering", "broken");
  }
}

function isTold(told: unknown): told is Told {
  return typeof told === "object" && told !== null &&
    "rows" in told && Array.isArray(told.rows) &&
    "fields" in told && Array.isArray(told.fields) && told.fields.every(isField);
}

function isField(field: unknown): boolean {
  return typeof field === "object" && field !== null &&
    "name" in field && typeof field.name === "string" &&
    "dataTypeID" in field && typeof field.dataTypeID === "number";
}
