/**
 * Reads what an object answered to a claim.
 *
 * @module
 */

import { field, fieldsOf, readCount, readMs } from "../../../src/cluster/read-json.ts";
import type { ClaimAnswer } from "../../../src/ports.ts";
import { strangeAnswer } from "./reply.ts";

/** The answer; throws a `StoreError` when it is none. */
export function readClaimAnswer(value: unknown): ClaimAnswer {
  const fields = fieldsOf(value);
  if (fields === undefined) throw strangeAnswer();
  if (field(fields, "granted") !== true) {
    return { granted: false, retryAfterMs: readMs(field(fields, "retryAfterMs")) ?? 1_000 };
  }
  const token = readCount(field(fields, "token"));
  if (token === undefined) throw strangeAnswer();
  return { granted: true, token, forMs: readMs(field(fields, "forMs")) ?? 0 };
}
