/**
 * The failure of an endpoint, or one of its lines, that gives no answer in time.
 *
 * @module
 */

import { Failure } from "../model/failure.ts";

/** A connector has no say in it: this is what holdfast finds when its own clock runs out. */
export function silence(message: string): Failure {
  return new Failure({
    origin: "network",
    phase: "sent",
    code: "SILENT",
    message,
    connection: "broken",
  });
}
