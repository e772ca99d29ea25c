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
  for (let i = 0; i < params.length; i++) {
    const value = params[i];
    const odd = Array.isArray(value) ? oddInside(value) : oddity(value);
    if (odd === "half") return notUnicode(`Parameter ${i + 1}`);
    if (odd !== undefined) {
      const message = `Parameter ${i + 1} is a function or a symbol, or holds one`;
      return clientFailure(message, "PARAMETER", "sent", "usable");
    }
  }
  return undefined;
}

type Oddity = "half" | "no value" | undefined;

/** Without recursion: a request's body may well hold arrays 20,000 deep, and one may hold itself. */
function oddInside(array: readonly unknown[]): Oddity {
  const left: (readonly unknown[])[] = [array];
  const seen = new Set<unknown>(left);
  for (let one = left.pop(); one !== undefined; one = left.pop()) {
    for (const value of one) {
      if (!Array.isArray(value)) {
        const odd = oddity(value);
        if (odd !== undefined) return odd;
      } else if (!seen.has(value)) {
        seen.add(value);
        left.push(value);
      }
    }
  }
  return undefined;
}

function oddity(value: unknown): Oddity {
  if (typeof value === "function" || typeof value === "symbol") return "no value";
  const isText = typeof value === "string" || value instanceof String;
  return isText && LONE_SURROGATE.test(String(value)) ? "half" : undefined;
}

function notUnicode(what: string): Failure {
  const message = `${what} holds half a letter (a lone surrogate)`;
  return clientFailure(message, "NOT_UNICODE", "sent", "usable");
}
