/**
 * Everything holdfast tells about itself. Nothing in an event is secret: no URL, no parameter value,
 * no statement text.
 *
 * @module
 */

import type { Role } from "./endpoint.ts";
import type { OutcomeKind } from "./outcome.ts";

/** The phases of a circuit. `isolated` is held open by a person. */
export type CircuitPhase = "closed" | "open" | "halfOpen" | "isolated";

/** What holdfast believes an endpoint to be. `outdated`: an old primary come back; gets no traffic. */
export type BelievedRole = Role | "unknown" | "outdated";

/** A circuit changed its phase. */
export interface CircuitEventRecord {
  readonly type: "circuit";
  readonly endpoint: string;
  readonly from: CircuitPhase;
  readonly to: CircuitPhase;
  /** Why, in a few words. */
  readonly because: string;
}

/** The belief about an endpoint's role changed. */
export interface RoleEventRecord {
  readonly type: "role";
  readonly endpoint: string;
  readonly from: BelievedRole;
  readonly to: BelievedRole;
}

/** An attempt failed and another one follows. */
export interface RetryEventRecord {
  readonly type: "retry";
  readonly endpoint: string;
  readonly kind: OutcomeKind;
  /** The number of the attempt that failed, from 1. */
  readonly attempt: number;
  readonly delayMs: number;
}

/** A call failed for good. */
export interface FailedEventRecord {
  readonly type: "failed";
  /** The error's stable code. */
  readonly code: string;
  readonly endpoint?: string;
  readonly attempts: number;
}

/** A failover began, succeeded or failed. */
export interface FailoverEventRecord {
  readonly type: "failover";
  readonly from: string;
  readonly to: string;
  readonly phase: "started" | "done" | "failed";
  /** Whether the database itself was promoted, or only holdfast's roles were switched. */
  readonly promoted: boolean;
}

/** The set of endpoints changed. */
export interface EndpointEventRecord {
  readonly type: "endpoint";
  readonly endpoint: string;
  readonly change: "added" | "draining" | "removed";
}

/** A pool opened or closed a connection. */
export interface ConnectionEventRecord {
  readonly type: "connection";
  readonly endpoint: string;
  readonly change: "opened" | "closed";
  readonly because: string;
}

/** A probe's answer. */
export interface ProbeEventRecord {
  readonly type: "probe";
  readonly endpoint: string;
  readonly ok: boolean;
  readonly elapsedMs: number;
}

/** Any event; `at` is the clock's reading when it happened. */
export type HoldfastEvent =
  & (
    | CircuitEventRecord
    | RoleEventRecord
    | RetryEventRecord
    | FailedEventRecord
    | FailoverEventRecord
    | EndpointEventRecord
    | ConnectionEventRecord
    | ProbeEventRecord
  )
  & { readonly at: number };

/** The names of the events. */
export type EventType = HoldfastEvent["type"];
