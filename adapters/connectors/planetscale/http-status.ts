/**
 * What an HTTP status means when no word of the database comes with it: somebody on the way said it.
 *
 * @module
 */

import { Failure, type FailurePhase } from "../../../src/model/failure.ts";
import { databaseFailure } from "./failure.ts";
import { parse, readError } from "./reply.ts";

/**
 * Cloudflare's statuses that come before the request was handed on: the origin refused (521), was not routable
 * (523), or TLS failed (525, 526). 520, 522, 524 and the rest may come after it
 * (developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors).
 */
const NEVER_HANDED_ON: ReadonlySet<number> = new Set([521, 523, 525, 526]);

/** The failure of an answer that is not a success. */
export function statusFailure(status: number, text: string, retryAfter: string | null): Failure {
  const retryAfterMs = readRetryAfter(retryAfter);
  const body = parse(text);
  const error = body === undefined ? undefined : readError(body);
  if (error !== undefined) return refused(status, error, retryAfterMs);
  const isCloudflare = status >= 520 && status <= 530;
  const who = isCloudflare
    ? "Cloudflare, on the way to PlanetScale,"
    : "Something on the way to PlanetScale";
  const message = `${who} answered with HTTP ${status}; the database said nothing`;
  return new Failure({
    ...meaningOf(status),
    message,
    connection: "broken",
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function meaningOf(
  status: number,
): { origin: "client" | "network" | "server"; phase: FailurePhase; code: string } {
  const code = `HTTP_${status}`;
  if (NEVER_HANDED_ON.has(status)) return { origin: "network", phase: "connecting", code };
  switch (status) {
    case 401:
      return { origin: "server", phase: "connecting", code: "UNAUTHENTICATED" };
    case 429:
      return { origin: "server", phase: "connecting", code: "RESOURCE_EXHAUSTED" };
    // A firewall that dislikes the text, or a text that is too long: other statements pass.
    case 403:
    case 413:
      return { origin: "client", phase: "connecting", code };
    // There is something else at this address; redirects are not followed.
    case 301:
    case 302:
    case 307:
    case 308:
    case 404:
    case 405:
      return { origin: "network", phase: "connecting", code: "ERR_INVALID_URL" };
    default:
      return { origin: "network", phase: "sent", code };
  }
}

/** The API's own word. A login that is refused comes before the statement. */
function refused(
  status: number,
  error: { readonly code: string | undefined; readonly message: string },
  retryAfterMs: number | undefined,
): Failure {
  const isLogin = status === 401 || status === 403 || status === 429;
  const code = error.code ?? (status === 401 ? "UNAUTHENTICATED" : undefined);
  return databaseFailure({ ...error, code }, {
    phase: isLogin ? "connecting" : "sent",
    connection: status >= 500 || isLogin ? "broken" : "usable",
    retryAfterMs,
  });
}

/** Seconds, or a date, which another clock wrote and is not believed. */
function readRetryAfter(text: string | null): number | undefined {
  const seconds = text === null || text === "" ? Number.NaN : Number(text);
  return seconds >= 0 && Number.isFinite(seconds) ? seconds * 1_000 : undefined;
}
