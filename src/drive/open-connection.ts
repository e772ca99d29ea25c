/**
 * Opens one connection and holds the connector to its word: it settles in time, and with a Failure.
 *
 * @module
 */

import { Failure } from "../model/failure.ts";
import type { Connection, Connector } from "../ports.ts";
import { type Bound, within } from "./within.ts";

/** A connector answers within its timeout; past this much more it is taken to have forgotten. */
const GRACE_MS = 500;

/** Rejects with a `Failure` in phase `connecting`, whatever the connector does. */
export async function openConnection(
  connector: Connector,
  bound: Bound,
  waitUntil?: (work: Promise<unknown>) => void,
): Promise<Connection> {
  const timeoutMs = bound.limitMs;
  const controller = new AbortController();
  try {
    return await within(
      connector.connect({
        timeoutMs,
        signal: controller.signal,
        ...(waitUntil === undefined ? {} : { waitUntil }),
      }),
      { ...bound, limitMs: timeoutMs + GRACE_MS },
      () => {
        controller.abort();
        return connectFailure("CONNECT_TIMEOUT", `No connection within ${timeoutMs} ms`);
      },
      (late) => late.destroy(),
    );
  } catch (thrown) {
    if (thrown instanceof Failure) throw thrown;
    throw connectFailure(undefined, thrown instanceof Error ? thrown.message : String(thrown));
  }
}

function connectFailure(code: string | undefined, message: string): Failure {
  return new Failure({
    origin: "network",
    phase: "connecting",
    ...(code === undefined ? {} : { code }),
    message,
    connection: "broken",
  });
}
