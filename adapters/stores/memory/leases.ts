/**
 * Leases of one process: who holds which, until when.
 *
 * @module
 */

import { StoreError } from "../../../src/errors.ts";
import type { LeaseAnswer, LeaseRequest } from "../../../src/ports.ts";

/** Names at a time, ours: holdfast itself uses one or two. */
const MAX_LEASES = 64;

interface Lease {
  readonly holder: string;
  readonly token: number;
  readonly until: number;
}

/** The leases, by name. */
export interface Leases {
  readonly take: (request: LeaseRequest, now: number) => LeaseAnswer;
  readonly free: (request: Pick<LeaseRequest, "name" | "holder">) => void;
}

/** No leases yet. One counter for all names: a token never comes again. */
export function createLeases(): Leases {
  const leases = new Map<string, Lease>();
  let tokens = 0;

  function dropExpired(now: number): void {
    for (const [name, { until }] of leases) if (until <= now) leases.delete(name);
  }

  return {
    take({ name, holder, ttlMs }, now) {
      dropExpired(now);
      const before = leases.get(name);
      if (before !== undefined && before.holder !== holder) {
        return { held: false, retryAfterMs: before.until - now };
      }
      if (before === undefined && leases.size >= MAX_LEASES) {
        throw new StoreError(`The memory store holds ${MAX_LEASES} leases, and takes no more.`);
      }
      const token = before?.token ?? ++tokens;
      leases.set(name, { holder, token, until: now + ttlMs });
      return { held: true, token, forMs: ttlMs };
    },
    free({ name, holder }) {
      if (leases.get(name)?.holder === holder) leases.delete(name);
    },
  };
}
