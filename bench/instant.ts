/**
 * Time that several processes of one machine can compare.
 *
 * @module
 */

import process from "node:process";

/** Milliseconds of the machine's monotonic clock. `performance.now()` begins anew in each process. */
export function instant(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
