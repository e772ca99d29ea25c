/**
 * What a lease may be asked for with.
 *
 * @module
 */

import { readId } from "../../../src/cluster/read-json.ts";
import { StoreError } from "../../../src/errors.ts";
import type { LeaseRequest } from "../../../src/ports.ts";

/** Nobody elects for longer: who dies with a lease keeps the others out for so long. */
export const MAX_LEASE_MS = 86_400_000;

/** The request, in whole milliseconds. Throws a `StoreError` when it makes no sense. */
export function readLease({ name, holder, ttlMs }: LeaseRequest): LeaseRequest {
  const whole = Math.ceil(ttlMs);
  if (whole >= 1 && whole <= MAX_LEASE_MS) return { ...readHolder({ name, holder }), ttlMs: whole };
  throw new StoreError(
    `A lease holds for 1 to ${MAX_LEASE_MS} ms (a day), not for ${String(ttlMs)}.`,
  );
}

/** Whose lease it is. Throws a `StoreError` when it makes no sense. */
export function readHolder(
  { name, holder }: Pick<LeaseRequest, "name" | "holder">,
): Pick<LeaseRequest, "name" | "holder"> {
  if (readId(name) !== undefined && readId(holder) !== undefined) return { name, holder };
  throw new StoreError(
    "A lease's name and its holder's are 1 to 128 characters, and no control characters.",
  );
}
