/**
 * What a pool keeps to, where it stands, and whom it tells.
 *
 * @module
 */

import type { PermitLimits } from "../admit/permits.ts";
import type { CloseReason, ConnectReason } from "../model/connection-event.ts";
import type { Clock, Connection } from "../ports.ts";
import type { PoolCounts } from "./pool-counts.ts";

/** The pool's limits. */
export interface PoolLimits extends PermitLimits {
  /** How long one connect may take. */
  readonly connectTimeoutMs: number;
  /** How long a connection may lie idle before it is closed; 0: for ever. */
  readonly idleTimeoutMs: number;
  /** The age at which a connection is closed at the latest, half of it at the earliest; 0: any. */
  readonly maxLifetimeMs: number;
  /** Lain idle for so long, a connection is asked whether it lives before somebody gets it; 0: never. */
  readonly validateAfterIdleMs: number;
  /** How long it may take to answer that. */
  readonly validateTimeoutMs: number;
}

/** Where a pool stands. */
export interface PoolPlace {
  readonly clock: Clock;
  /**
   * Whether connections may outlive the call they were opened for. Not over HTTP, which has none, and not
   * where sockets are bound to a request: there the pool gives out the same permits without keeping anything.
   */
  readonly keeps: boolean;
  /** A uniform draw from [0, 1): pools of one fleet do not renew their connections in step. */
  readonly offset: number;
  /** Where it counts what it does. Absent: by itself. */
  readonly counts?: PoolCounts;
}

/** What the pool tells its owner. */
export interface PoolWatch {
  /** `askedAt`: when the connect began. */
  opened(connection: Connection, askedAt: number, because: ConnectReason): void;
  closed(because: CloseReason): void;
}
