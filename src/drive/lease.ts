/**
 * A pooled connection in somebody's hands, and somebody who waits for one.
 *
 * @module
 */

import type { Failure } from "../model/failure.ts";
import type { Connection } from "../ports.ts";

/** A pooled connection and what the pool knows of it. Only the pool writes it. */
export interface Lease {
  readonly connection: Connection;
  state: "idle" | "inUse" | "gone";
  /** Since when it lies idle. */
  idleSince: number;
  /** To be closed when it comes back. */
  retired: boolean;
}

/** Someone who wants a connection. Exactly one of the two is called, once, unless it is forgotten. */
export interface Waiter {
  granted(lease: Lease): void;
  refused(failure: Failure): void;
}
