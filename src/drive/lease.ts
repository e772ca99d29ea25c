/**
 * A pooled connection in somebody's hands, and somebody who waits for one.
 *
 * @module
 */

import type { CloseReason } from "../model/connection-event.ts";
import type { Failure } from "../model/failure.ts";
import type { Connection } from "../ports.ts";

/** A pooled connection and what the pool knows of it. Only the pool writes it. */
export interface Lease {
  readonly connection: Connection;
  state: "idle" | "checking" | "inUse" | "gone";
  /** Since when it lies idle. */
  idleSince: number;
  /** The pool's generation it belongs to: of an older one, it is closed when it comes back. */
  generation: number;
  /** From when on it is closed as soon as nobody uses it. */
  readonly expiresAt: number;
}

/** Someone who wants a connection. Exactly one of the two is called, once, unless it is forgotten. */
export interface Waiter {
  /** Since when it waits; the pool writes it. */
  waitsSince: number;
  granted(lease: Lease): void;
  refused(failure: Failure): void;
}

/** A connection that was just opened, for somebody. */
export function createLease(connection: Connection, now: number, lifeMs: number): Lease {
  return { connection, state: "inUse", idleSince: now, generation: 0, expiresAt: now + lifeMs };
}

/** Why a connection that nobody uses just now is closed instead of kept. */
export function whyNotKept(
  lease: Lease,
  generation: number,
  now: number,
): CloseReason | undefined {
  if (!lease.connection.usable) return "broken";
  if (lease.generation !== generation) return "retired";
  return now >= lease.expiresAt ? "lifetime" : undefined;
}
