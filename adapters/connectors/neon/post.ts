/**
 * One statement by HTTP: `POST …/sql`, as `@neondatabase/serverless` 1.2.0 sends it (`src/httpQuery.ts`). We speak
 * it ourselves because the driver keeps its settings for all endpoints together, runs a statement once for every
 * `then`, and hides what an error said.
 *
 * @module
 */

import type { Answer, Field } from "../../../src/model/result.ts";
import { answerOf } from "../pg-server/answer.ts";
import { clientFailure } from "../pg-server/failure.ts";
import { once } from "../sent-once/once.ts";
import type { Target } from "./options.ts";
import { refusal } from "./refusal.ts";
import { broken, unanswered } from "./unanswered.ts";
import { decode } from "./values.ts";

/** A statement on its way. */
export interface Posted {
  readonly text: string;
  readonly params: readonly (string | null)[];
  /** Fires when nobody waits for the answer any more; Neon then cancels what runs. */
  readonly signal: AbortSignal;
}

/** Sends it, and rejects with a `Failure` only. */
export async function post(
  target: Target,
  password: string | undefined,
  { text, params, signal }: Posted,
): Promise<Answer> {
  const init: RequestInit = {
    method: "POST",
    headers: {
      "Neon-Connection-String": connectionString(target, password),
      "Neon-Raw-Text-Output": "true",
      "Neon-Array-Mode": "true",
    },
    signal,
    // Elsewhere nobody is to be told the password.
    redirect: "manual",
    ...once(JSON.stringify({ query: text, params })),
  };
  const response = await (target.fetch ?? fetch)(target.sqlUrl, init).catch((error: unknown) => {
    throw unanswered(error);
  });
  const { status } = response;
  const body = await response.text().catch(() => {
    throw broken("The answer broke off");
  });
  if (status !== 200) {
    throw refusal({ status, body, retryAfter: response.headers.get("Retry-After") });
  }
  return read(body);
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

function read(body: string): Answer {
  let told: unknown;
  try {
    told = JSON.parse(body);
  } catch {
    throw broken("The answer is not JSON");
  }
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
