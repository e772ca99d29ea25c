/**
 * A request that got no answer. What `fetch` throws then differs from place to place (`reference/edge.md` 6), and
 * few of its words prove that nothing had been sent.
 *
 * @module
 */

import { Failure } from "../../../src/model/failure.ts";
import { lineFailure } from "../pg-server/failure.ts";

/**
 * No connection was made: Node's and Deno's system codes, undici's, Bun's. A certificate that is refused comes
 * before the first byte of a request as well.
 */
const NOT_CONNECTED =
  /^(ECONNREFUSED|ConnectionRefused|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|EMFILE|ENFILE|UND_ERR_CONNECT_TIMEOUT|ERR_INVALID_URL|ERR_TLS_.*|.*CERT.*)$/;

/** Deno's errors have no code, hyper says so in words; a port that `fetch` itself refuses has none anywhere. */
const NOT_CONNECTED_WORDS = /client error \(Connect\)|bad port/;

/** Names for the same in other places, in the words the core knows. */
const CODES: Readonly<Record<string, string>> = {
  ConnectionRefused: "ECONNREFUSED",
  UND_ERR_CONNECT_TIMEOUT: "ETIMEDOUT",
  UND_ERR_SOCKET: "ECONNRESET",
  ConnectionClosed: "ECONNRESET",
};

/** How deep errors are looked into for a code. */
const MAX_DEPTH = 4;

/** The failure behind what `fetch` threw. */
export function unanswered(error: unknown): Failure {
  const found = codeOf(error, MAX_DEPTH);
  const message = error instanceof Error ? error.message : "";
  const words = error instanceof Error && error.cause instanceof Error ? error.cause.message : "";
  if (found !== undefined) {
    return lineFailure(CODES[found] ?? found, NOT_CONNECTED.test(found) ? "connecting" : "sent");
  }
  return new Failure({
    origin: "network",
    phase: NOT_CONNECTED_WORDS.test(`${message} ${words}`) ? "connecting" : "sent",
    // Some name the address, which is part of the URL.
    message: message === "" || message.includes("://") ? "The request got no answer" : message,
    connection: "broken",
  });
}

/** The answer broke off, or was not what was agreed upon. */
export function broken(message: string): Failure {
  return new Failure({ origin: "network", phase: "answering", message, connection: "broken" });
}

function codeOf(error: unknown, depth: number): string | undefined {
  if (typeof error !== "object" || error === null || depth === 0) return undefined;
  if ("code" in error && typeof error.code === "string" && error.code !== "") return error.code;
  if (error instanceof AggregateError) return codeOf(error.errors[0], depth - 1);
  return "cause" in error ? codeOf(error.cause, depth - 1) : undefined;
}
