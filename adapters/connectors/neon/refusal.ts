/**
 * What an answer other than 200 means. Which of Neon's errors come with which status, and that their body is
 * JSON with PostgreSQL's fields, empty where the error is the proxy's own:
 * neondatabase/neon, `proxy/src/serverless/{sql_over_http,error}.rs` and `proxy/src/control_plane/errors.rs`.
 *
 * Whether the statement ran is the question. A gateway's 502 or 504 leaves it open, and so does a 400 without a
 * code, which is also what a compute that died under the statement gets; what the proxy says before it has a
 * connection does not.
 *
 * @module
 */

import { Failure, type FailurePhase } from "../../../src/model/failure.ts";
import { serverFailure } from "../pg-server/failure.ts";
import type { ServerFields } from "../pg-server/fields.ts";
import { fieldsOf } from "./reported.ts";

/** An answer other than 200. */
export interface Refusal {
  readonly status: number;
  readonly body: string;
  /** The header `Retry-After`. */
  readonly retryAfter: string | null;
}

/** What stands behind a text or a status. */
interface Meaning {
  readonly origin: "server" | "network" | "client";
  readonly phase: FailurePhase;
  /** The SQLSTATE PostgreSQL has for it. */
  readonly code?: string;
}

/** The proxy knows no such user, endpoint or database, or lets nobody in from here: nothing was sent on. */
const LOCKED_OUT: Meaning = { origin: "server", phase: "connecting", code: "28000" };
const TOO_MANY: Meaning = { origin: "server", phase: "connecting", code: "53300" };
const OVER_QUOTA: Meaning = { origin: "server", phase: "connecting", code: "53400" };
const NO_COMPUTE: Meaning = { origin: "network", phase: "connecting" };
const TOO_LARGE: Meaning = { origin: "server", phase: "sent", code: "54000" };
/** It ran, and its answer is lost to us: no fault of the endpoint. */
const NOT_TOLD: Meaning = { origin: "client", phase: "answering" };
const NOT_READ: Meaning = { origin: "client", phase: "sent" };
const CUT: Meaning = { origin: "network", phase: "sent" };

/** Texts of the proxy, the first that fits counts. */
const TEXTS: readonly (readonly [RegExp, Meaning])[] = [
  [/connections? attempts|acquire permit|rate limit|too many (requests|connections)/i, TOO_MANY],
  [/^sorry, too many clients|^remaining connection slots/i, TOO_MANY],
  [/\bquota\b/i, OVER_QUOTA],
  [/^response is too large/i, NOT_TOLD],
  [/^request is too large/i, TOO_LARGE],
  [/^could not parse the HTTP request body|^invalid isolation level/i, NOT_READ],
  [/^could not parse postgres response/i, { origin: "network", phase: "answering" }],
  [/^query (was )?cancelled/i, CUT],
  [/^control plane request failed: endpoint (cannot be found|is disabled)/i, LOCKED_OUT],
  [/^control plane request failed|connect to compute|^couldn't connect/i, NO_COMPUTE],
  [
    /^password authentication failed|authentication credentials|not allowed to connect/i,
    LOCKED_OUT,
  ],
  [/^(database|role) ".*" (does not exist|is not permitted to log in)/i, LOCKED_OUT],
  [/^(missing|invalid) (user|database |host|header|connection string)/i, LOCKED_OUT],
  [/^incorrect scheme|^malformed endpoint|endpoint (id )?is not specified/i, LOCKED_OUT],
  [/^the (requested )?(endpoint|project|branch)\b.*\b(not|disabled)\b/i, LOCKED_OUT],
];

/** Where no text is known. Every other status leaves open whether the statement ran. */
const STATUSES: ReadonlyMap<number, Meaning> = new Map([
  [401, LOCKED_OUT],
  [403, LOCKED_OUT],
  // Nobody there speaks this protocol.
  [404, { origin: "server", phase: "connecting", code: "HTTP_404" }],
  [405, { origin: "server", phase: "connecting", code: "HTTP_405" }],
  [413, TOO_LARGE],
  [429, TOO_MANY],
  [507, NOT_TOLD],
]);

/** `FATAL` with one of these refuses a login: whatever comes to a statement has other codes. */
const LOGIN_CODES = /^(28...|3D000|53300|57P03)$/;
/** The proxy's own, for a statement it has given up: a server that runs one never says that of it. */
const GIVEN_UP = /^query (was )?cancelled, connection was terminated/i;

/** What says nothing more (PostgreSQL's manual, "PostgreSQL Error Codes"). */
const INTERNAL_ERROR = "XX000";

/** The failure behind an answer other than 200. */
export function refusal({ status, body, retryAfter }: Refusal): Failure {
  const fields = fieldsOf(parse(body));
  const { code = "", message = "" } = fields;
  if (/^[0-9A-Z]{5}$/.test(code) && !GIVEN_UP.test(message)) return reported(fields);
  const meaning = spoken(message) ?? byStatus(status, message);
  const retryAfterMs = waitOf(retryAfter);
  return new Failure({
    origin: meaning.origin,
    phase: meaning.phase,
    ...(meaning.code === undefined ? {} : { code: meaning.code }),
    // A body that is not Neon's may be anybody's page.
    message: message === "" ? `The answer was HTTP ${status}` : `${message} (HTTP ${status})`,
    connection: meaning.phase === "connecting" || meaning.origin === "network"
      ? "broken"
      : "usable",
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/**
 * The failure behind an error that came instead of a login, by the WebSocket. There the proxy gives its own words and
 * those of the compute one code (`proxy/src/stream.rs`); they mean what they mean by HTTP, and nothing has run.
 */
export function loginRefusal(fields: ServerFields): Failure {
  const { code = INTERNAL_ERROR, message = "" } = fields;
  const meaning = code === INTERNAL_ERROR ? spoken(message) : undefined;
  if (meaning === undefined || meaning.origin === "client") {
    return serverFailure(fields, "connecting");
  }
  return new Failure({
    origin: meaning.origin,
    phase: "connecting",
    ...(meaning.code === undefined ? {} : { code: meaning.code }),
    message,
    connection: "broken",
  });
}

function spoken(message: string): Meaning | undefined {
  return TEXTS.find(([text]) => text.test(message))?.[1];
}

function reported(fields: ServerFields): Failure {
  const isEnding = fields.severity === "FATAL" || fields.severity === "PANIC";
  const isLogin = isEnding && LOGIN_CODES.test(fields.code ?? "");
  return serverFailure(fields, isLogin ? "connecting" : "answering");
}

function byStatus(status: number, message: string): Meaning {
  const known = STATUSES.get(status);
  if (known !== undefined) return known;
  // A redirect is not followed: it would take the password along.
  if (status >= 300 && status < 400) {
    return { origin: "server", phase: "connecting", code: `HTTP_${status}` };
  }
  // An error of the proxy without a code, or of somebody on the way.
  return status === 400 && message !== ""
    ? { origin: "server", phase: "sent" }
    : { ...CUT, code: `HTTP_${status}` };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}

/** Seconds, or an instant (RFC 9110, 10.2.3). */
function waitOf(header: string | null): number | undefined {
  if (header === null) return undefined;
  const seconds = /^\d+$/.test(header.trim()) ? Number(header) : Number.NaN;
  const ms = Number.isNaN(seconds) ? Date.parse(header) - Date.now() : seconds * 1000;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
