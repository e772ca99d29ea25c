/**
 * I/O that belongs to another request: Workers refuse to touch it.
 *
 * @module
 */

import type { Failure } from "../model/failure.ts";
import type { Outcome } from "../model/outcome.ts";

/** workerd's own words, the same for sockets, streams and stubs; there is no code to go by. */
const SAYS = /on behalf of a different request/i;

/** Whether it is such a failure: our caller's doing, whatever the connector took it for. */
export function isForeign({ message }: Failure): boolean {
  return SAYS.test(message);
}

/** It says nothing about the endpoint. */
export function judgeForeign({ phase }: Failure): Outcome {
  const executed = phase === "connecting" ? "no" : "unknown";
  return { kind: "statement", scope: "client", executed };
}
