/**
 * What it means when a call to an object fails: what the platform says of it (`overloaded`, `retryable`, `remote`).
 *
 * @module
 */

import { isHoldfastError, StoreError } from "../../../src/errors.ts";

/** The error to tell of. Its text is ours: one that comes out of an object may hold anything. */
export function storeErrorOf(thrown: unknown): Error {
  if (isHoldfastError(thrown)) return thrown;
  const { message, overloaded, remote, retryable } = readError(thrown);
  return new StoreError(
    `The durable-object store ${whyNot(message, { overloaded, remote, retryable })}. ` +
      "Until it answers each isolate goes by its own experience.",
    { overloaded },
  );
}

interface Signs {
  readonly overloaded: boolean;
  readonly remote: boolean;
  readonly retryable: boolean;
}

function whyNot(message: string, { overloaded, remote, retryable }: Signs): string {
  if (/does not implement|is not a function|not an? RPC/i.test(message)) {
    return "has no such method: does the binding's class extend `coordinator(DurableObject)`, and is the same " +
      "version deployed everywhere";
  }
  if (overloaded) return "is overloaded: more isolates report than one object can take";
  if (remote) return "failed inside of the object: its log says why";
  if (retryable) return "was not reached just now";
  return "was not reached: is it bound, and its class migrated (`new_sqlite_classes`)";
}

function readError(thrown: unknown): Signs & { readonly message: string } {
  const error = typeof thrown === "object" && thrown !== null ? thrown : {};
  const is = (sign: string): boolean => sign in error && Reflect.get(error, sign) === true;
  return {
    message: "message" in error ? String(error.message) : "",
    overloaded: is("overloaded"),
    remote: is("remote"),
    retryable: is("retryable"),
  };
}
