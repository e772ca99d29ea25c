/**
 * What a session is given: the defaults of its calls, and who waits for what outlives them.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import { checkedOptions, SESSION_KEYS, type SessionDefaults, type SessionOptions } from "./call.ts";

/** A session's options, normalised. */
export interface ReadSession extends SessionDefaults {
  readonly waitUntil?: (work: Promise<unknown>) => void;
}

/** Throws an `OptionError`, or a `UsageError` if `waitUntil` cannot be called. */
export function readSession(options: SessionOptions): ReadSession {
  const { ctx, waitUntil: given, ...defaults } = checkedOptions(
    options,
    SESSION_KEYS,
  ) as SessionOptions;
  const waitUntil = ctx === undefined
    ? given
    : (work: Promise<unknown>): void => ctx.waitUntil(work);
  if (waitUntil === undefined) return defaults;
  try {
    // Taken off its context it throws, and not before an endpoint fails: then it would be too late to say so.
    waitUntil(Promise.resolve());
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(
      `waitUntil does not work as it was given (${
        said.slice(0, MAX_SAID)
      }). Give the context itself, ` +
        "db.session({ ctx }), or wrap the call: db.session({ waitUntil: (work) => ctx.waitUntil(work) })",
      { cause },
    );
  }
  return { ...defaults, waitUntil };
}

/** Enough of a runtime's own words (ours). */
const MAX_SAID = 60;
