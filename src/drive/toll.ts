/**
 * What a failed attempt does to the counters that balancing looks at.
 *
 * @module
 */

import { abandoned, ended, failed } from "../balance/load.ts";
import { Failure } from "../model/failure.ts";
import type { Load } from "../model/topology.ts";
import { Verdict } from "./verdict.ts";

/** How far the attempt had come. */
export interface Extent {
  readonly sent: boolean;
  readonly elapsedMs: number;
  readonly now: number;
}

/** A refused statement was answered; a dead line looks like an infinitely slow one. */
export function countFailure(load: Load, reason: Error, { sent, elapsedMs, now }: Extent): void {
  if (reason instanceof Failure) {
    if (reason.connection === "usable") ended(load, elapsedMs, now);
    else failed(load, elapsedMs, now);
  } else if (!sent || !(reason instanceof Verdict)) abandoned(load);
  else if (reason.outcome.kind === "aborted") abandoned(load);
  else failed(load, elapsedMs, now);
}
