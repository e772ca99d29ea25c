/**
 * What no connector to PostgreSQL can send.
 *
 * @module
 */

import type { Failure } from "../../../src/model/failure.ts";
import { clientFailure } from "./failure.ts";

/** Half of a letter, for which UTF-8 has no bytes: an encoder would quietly send U+FFFD in its place. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Why a statement's text cannot be sent. */
export function textProblem(text: string): Failure | undefined {
  if (text.includes("\0")) {
    return clientFailure("A statement cannot hold a NUL", "NUL", "sent", "usable");
  }
  if (!LONE_SURROGATE.test(text)) return undefined;
  return notUnicode("The statement's text");
}

/** Why its parameters cannot be sent. Arrays are looked into; an object goes as JSON, which escapes. */
export function parameterProblem(params: readonly unknown[]): Failure | undefined {
  for (const [i, value] of params.entries()) {
    if (holds(value, isNoValue)) {
      const message = `Parameter ${i + 1} is a function or a symbol, or holds one`;
      return clientFailure(message, "PARAMETER", "sent", "usable");
    }
    if (holds(value, isHalf)) return notUnicode(`Parameter ${i + 1}`);
  }
  return undefined;
}

function holds(value: unknown, odd: (each: unknown) => boolean): boolean {
  return Array.isArray(value) ? value.some((each) => holds(each, odd)) : odd(value);
}

function isNoValue(value: unknown): boolean {
  return typeof value === "function" || typeof value === "symbol";
}

function isHalf(value: unknown): boolean {
  return typeof value === "string" && LONE_SURROGATE.test(value);
}

function notUnicode(what: string): Failure {
  const message = `${what} holds half a letter (a lone surrogate)`;
  return clientFailure(message, "NOT_UNICODE", "sent", "usable");
}
