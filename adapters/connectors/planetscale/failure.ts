/**
 * What goes wrong between here and PlanetScale, as a {@link Failure}. Messages carry no address and no parameter.
 *
 * @module
 */

import { Failure, type FailurePhase, type ServerReport } from "../../../src/model/failure.ts";
import type { ApiError } from "./reply.ts";

const MESSAGES: Readonly<Record<string, string>> = {
  CONNECTION_DESTROYED: "The request was cut from our side",
  CONNECTION_ENDED: "The connection was closed from our side",
  ABORT_ERR: "The caller's signal fired while connecting",
  PROTOCOL: "What came is not an answer of PlanetScale's API",
};

/** A failure of the line; such a connection is never usable again. */
export function lineFailure(code: string, phase: FailurePhase, message?: string): Failure {
  return new Failure({
    origin: code === "ABORT_ERR" ? "client" : "network",
    phase,
    code,
    message: message ?? MESSAGES[code] ?? `The request failed (${code})`,
    connection: "broken",
  });
}

/** Our own side's fault; nothing was sent. */
export function clientFailure(
  message: string,
  code: string,
  connection: "usable" | "broken",
): Failure {
  return new Failure({ origin: "client", phase: "connecting", code, message, connection });
}

/** For a statement that came after the end: it was never sent, whatever the end was. */
export function afterwards(death: Failure | undefined): Failure {
  if (death === undefined) return lineFailure("CONNECTION_ENDED", "connecting");
  return broken(death, { phase: "connecting" });
}

/** The same, but that the connection is of no use any more. */
export function broken(
  { origin, message, report, retryAfterMs, ...was }: Failure,
  { phase = was.phase, code = was.code }: { readonly phase?: FailurePhase; readonly code?: string },
): Failure {
  return new Failure({
    origin,
    phase,
    message,
    connection: "broken",
    ...(code === undefined ? {} : { code }),
    ...(report === undefined ? {} : { report }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** Error words of vtrpc.proto and Connect: one list, several spellings. UNKNOWN, which says nothing, is not here. */
const WORDS: ReadonlySet<string> = new Set(
  ("CANCELED INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED " +
    "RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE " +
    "DATA_LOSS UNAUTHENTICATED CLUSTER_EVENT READ_ONLY").split(" "),
);

/** "Unknown error": what Vitess says where MySQL has no number. Its own word says more. */
const UNKNOWN_ERRNO = "1105";

/**
 * The database's own error. The number stands in the message only, and after whatever the message quotes: the
 * last one counts. Without one, Vitess's word does (`code = Unavailable`, or the API's own field).
 */
export function databaseFailure(
  { code, message }: ApiError,
  how: {
    readonly phase: FailurePhase;
    readonly connection: "usable" | "broken";
    readonly retryAfterMs?: number | undefined;
  },
): Failure {
  const said = message.slice(0, endOfMessage(message));
  const [, errno] = [...said.matchAll(/\(errno (\d+)\) \(sqlstate \w{5}\)/g)].at(-1) ?? [];
  const [, rpc] = /rpc error: code = (\w+) desc = /.exec(said) ?? [];
  const word = wordOf(rpc) ?? wordOf(code);
  const known = errno === undefined || errno === UNKNOWN_ERRNO ? word ?? errno : errno;
  return new Failure({
    origin: "server",
    phase: how.phase,
    ...(known === undefined ? {} : { code: known }),
    message: withoutValues(said),
    connection: how.connection,
    ...(how.retryAfterMs === undefined ? {} : { retryAfterMs: how.retryAfterMs }),
    report: reportOf(errno, said),
  });
}

/** `Duplicate entry '…' for key 'users.email'`; `… CONSTRAINT \`fk\` FOREIGN KEY …`. */
function reportOf(errno: string | undefined, said: string): ServerReport {
  const constraint = errno === "1062"
    ? /.* for key '([^']+)'/s.exec(said)?.[1]
    : /(?:CONSTRAINT|constraint) `([^`]+)`/.exec(said)?.[1];
  return constraint === undefined ? {} : { constraint };
}

/** `AlreadyExists` (gRPC), `already_exists` (Connect) and `ALREADY_EXISTS` are one word. */
function wordOf(text: string | undefined): string | undefined {
  const word = text?.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase();
  return word !== undefined && WORDS.has(word) ? word : undefined;
}

/** Vitess goes on with the statement: `(CallerID: …): Sql: "…", BindVars: {…}`, ` during query: …`. */
function endOfMessage(message: string): number {
  const ends = [message.lastIndexOf(': Sql: "'), message.lastIndexOf(" during query: ")]
    .filter((at) => at >= 0);
  return Math.min(message.length, ...ends);
}

/**
 * MySQL quotes values, and the parameters are part of the text it quotes from: what it calls a value, a
 * duplicate entry or the text near an error stays away.
 */
function withoutValues(message: string): string {
  return message
    .replace(/(Duplicate entry |value: |value )'[^]*'(?= for )/i, "$1(…)")
    .replace(/(value: )'[^]*'/i, "$1(…)")
    .replace(/( near )'[^]*'(?= at line|$| \()/i, "$1(…)");
}

/** What a fetch rejected with, before any answer. */
export function fetchFailure(error: unknown): Failure {
  const code = codeOf(error);
  const text = messagesOf(error);
  const isUnreached = (code !== undefined && UNREACHED.test(code)) || BEFORE_SENDING.test(text);
  const name = code ?? (isUnreached ? "CONNECT" : "FETCH");
  const failed = isUnreached ? "PlanetScale's API could not be reached" : "The request failed";
  // Deno's and workerd's texts hold the address: only what has no code of its own is told by kind.
  const foreign = /on behalf of a different request/i.test(text) ? `: ${text}` : "";
  return lineFailure(name, isUnreached ? "connecting" : "sent", `${failed} (${name})${foreign}`);
}

/**
 * Codes that only come up before a line is there, so nothing was sent: those of connect(2) and of the name
 * service, undici's and Bun's own, and those of a certificate that was refused. Everywhere else (workerd tells
 * no code at all) the statement may have run.
 */
const UNREACHED =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|ConnectionRefused|FailedToOpenSocket|DNS\w*|ERR_INVALID_URL|ERR_TLS_\w+|ERR_SSL_\w+|\w*CERT\w*|HOSTNAME_MISMATCH|INVALID_CA)$/;

/** Deno's words, which have no code; and what the fetch standard forbids (its list of bad ports). */
const BEFORE_SENDING = /client error \(Connect\)|\bbad port\b/;

function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  if ("code" in error && typeof error.code === "string" && error.code !== "") return error.code;
  if ("cause" in error) return codeOf(error.cause);
  return error instanceof AggregateError ? codeOf(error.errors[0]) : undefined;
}

function messagesOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message} ${messagesOf(error.cause)}`;
}
