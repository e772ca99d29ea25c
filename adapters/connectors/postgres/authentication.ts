/**
 * A look at the server's login messages before postgres.js gets them: it waits for ever on a method
 * it does not know, and a malformed SCRAM message ends the process (an async function of it rejects
 * with nobody listening).
 *
 * @module
 */

import type { Buffer } from "node:buffer";

/** Ok, clear text, MD5, and the three steps of SCRAM-SHA-256: what postgres.js 3.4.9 can do. */
const KNOWN: ReadonlySet<number> = new Set([0, 3, 5, 10, 11, 12]);
const SASL = 10;
const SASL_CONTINUE = 11;
const SASL_FINAL = 12;
/**
 * Most rounds of hashing a server may ask for: postgres.js does them all at once, and nothing else
 * runs meanwhile. PostgreSQL's default is 4096; a million take about a second.
 */
const MAX_ROUNDS = 1_000_000;

/** The code of the failure a login message leads to, or `undefined` when it is in order. */
export function authenticationProblem(
  bytes: Buffer,
  at: number,
  end: number,
): "AUTH_TYPE_NOT_IMPLEMENTED" | "PROTOCOL" | undefined {
  if (end - at < 9) return "PROTOCOL";
  const type = bytes.readUInt32BE(at + 5);
  const text = bytes.toString("utf8", at + 9, end);
  switch (type) {
    case SASL:
      return text.split("\0").includes("SCRAM-SHA-256") ? undefined : "AUTH_TYPE_NOT_IMPLEMENTED";
    case SASL_CONTINUE: {
      const match = /^r=[^,]+,s=[A-Za-z0-9+/=]+,i=(\d{1,7})$/.exec(text);
      return match !== null && Number(match[1]) >= 1 && Number(match[1]) <= MAX_ROUNDS
        ? undefined
        : "PROTOCOL";
    }
    case SASL_FINAL:
      return text.startsWith("v=") ? undefined : "PROTOCOL";
    default:
      return KNOWN.has(type) ? undefined : "AUTH_TYPE_NOT_IMPLEMENTED";
  }
}
