/**
 * What no request can carry.
 *
 * @module
 */

import type { Failure } from "../../../src/model/failure.ts";
import { clientFailure } from "./failure.ts";

/** Why a statement's text cannot be sent. */
export function textProblem(text: string): Failure | undefined {
  if (text.includes("\0")) return clientFailure("A statement cannot hold a NUL", "NUL", "usable");
  // JSON would carry half a letter; the server would keep something else.
  if (!/\p{Surrogate}/u.test(text)) return undefined;
  const message = "The statement's text holds half a letter (a lone surrogate)";
  return clientFailure(message, "NOT_UNICODE", "usable");
}
