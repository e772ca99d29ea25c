/**
 * How a pool refuses on its own account, before anything was sent.
 *
 * @module
 */

import { Failure } from "../model/failure.ts";

/** The code of the failure a full queue gives. */
export const QUEUE_FULL = "QUEUE_FULL";
/** The code of the failure a closed pool gives. */
export const POOL_CLOSED = "POOL_CLOSED";
/** The code of the failure that nobody gave a connection back in time is. */
export const ACQUIRE_TIMEOUT = "ACQUIRE_TIMEOUT";

/** A refusal with one of the codes above. */
export function clientFailure(code: string, message: string): Failure {
  return new Failure({
    origin: "client",
    phase: "connecting",
    code,
    message,
    connection: "usable",
  });
}
