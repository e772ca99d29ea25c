/**
 * What it means when a call to a pool object fails: what the platform says of it (`overloaded`, `remote`,
 * `durableObjectReset`). Its text is ours: one that comes out of an object may hold anything.
 *
 * @module
 */

import { Failure, type FailurePhase } from "../../../src/model/failure.ts";

/** What the platform throws where a value cannot be cloned, or is too large to. */
const UNCLONABLE = /could not be cloned|could not serialize|RPC arguments or return values/i;
/**
 * What the platform throws where a call waited in vain. `overloaded` alone does not say that: workerd puts it on an
 * object that ran out of memory or CPU time as well (`KJ_EXCEPTION(OVERLOADED, "broken.exceededMemory; …")` in
 * actor-cache.c++), and that one may have been in the middle of anything.
 */
const TURNED_AWAY = /^Durable Object is overloaded\b/;
/** Where the binding's class is none of ours. */
const NO_POOL = /does not implement|is not a function|not an? RPC/i;

/**
 * The failure of a call that may have reached the object. Only what the platform says never left is said to have
 * not run: an object's death looks the same before the statement and after it.
 */
export function callFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  const { message, remote, overloaded, durableObjectReset } = readError(thrown);
  if (UNCLONABLE.test(message)) return remote ? unreadable() : unsendable();
  if (overloaded && !durableObjectReset && TURNED_AWAY.test(message)) {
    return poolFailure("POOL_OVERLOADED", "connecting", {
      origin: "client",
      message:
        "The pool object is overloaded: more comes to it than one object can take. Use more shards",
    });
  }
  if (NO_POOL.test(message)) {
    return poolFailure("POOL_MISBOUND", "connecting", {
      message: "The pool object has no such method: does the binding's class extend " +
        "`pool(DurableObject)`, and is the same version deployed everywhere",
    });
  }
  return durableObjectReset
    ? poolFailure("POOL_RESET", "sent", { message: "The pool object was reset" })
    : poolFailure("POOL_LOST", "sent", { message: "The pool object did not answer to the end" });
}

/** A parameter that does not travel; nothing was sent. */
export function unsendable(): Failure {
  return new Failure({
    origin: "client",
    phase: "sent",
    code: "UNSENDABLE",
    message:
      "A parameter cannot travel to the pool object: give plain values, dates and bytes of " +
      "32 MiB in all at most, no function or instance of a class, and nothing nested deeper than 100",
    connection: "usable",
  });
}

/** It ran, and its answer is lost on the way. */
function unreadable(): Failure {
  return new Failure({
    origin: "client",
    phase: "answering",
    code: "UNSENDABLE",
    message:
      "The answer cannot travel from the pool object: it is larger than 32 MiB, or a custom type " +
      "made instances of a class of it",
    connection: "broken",
  });
}

/** A failure of the way to the database; such a connection is never usable again. */
export function poolFailure(
  code: string,
  phase: FailurePhase,
  { origin = "network", message }: {
    readonly origin?: "network" | "client";
    readonly message: string;
  },
): Failure {
  return new Failure({ origin, phase, code, message, connection: "broken" });
}

interface Signs {
  readonly message: string;
  readonly overloaded: boolean;
  readonly remote: boolean;
  readonly durableObjectReset: boolean;
}

function readError(thrown: unknown): Signs {
  const error = typeof thrown === "object" && thrown !== null ? thrown : {};
  const is = (sign: string): boolean => sign in error && Reflect.get(error, sign) === true;
  return {
    message: "message" in error ? String(error.message) : "",
    overloaded: is("overloaded"),
    remote: is("remote"),
    durableObjectReset: is("durableObjectReset"),
  };
}
