/**
 * Everything holdfast tells about itself. Nothing in an event is secret: no URL, no parameter value,
 * no statement text.
 *
 * @module
 */

import type { ConnectionEventRecord } from "./connection-event.ts";
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
  /** Why an automatic failover is not begun, or not tried again. */
  readonly because?: string;
}

/** The set of endpoints changed. */
export interface EndpointEventRecord {
  readonly type: "endpoint";
  readonly endpoint: string;
  readonly change: "added" | "draining" | "removed";
}

/** What can be wrong with an endpoint that answers. */
export type VitalSign =
  /** Over 80 % of the connections its server allows are used. */
  | "connections"
  /** It is more than 10 s behind its primary, or further than the default preference's `maxLagMs`. */
  | "lag"
  /** It cannot do transactions; as a primary, none that write. */
  | "transaction";

/** What a full look found wrong with an endpoint that answers changed. */
export interface VitalsEventRecord {
  readonly type: "vitals";
  readonly endpoint: string;
  /** Everything that is wrong now; empty: it is well again. */
  readonly signs: readonly VitalSign[];
  /** The same in words and numbers, with what it costs of the score. */
  readonly because: readonly string[];
}

/** A pool's limit moved: how many calls may use an endpoint at once. */
export interface PoolEventRecord {
  readonly type: "pool";
  readonly endpoint: string;
  readonly from: number;
  readonly to: number;
  readonly because: string;
}

/** What is suspected of an endpoint, out of probes and queries. */
export type Suspicion = "alive" | "suspect" | "down";

/** The suspicion about an endpoint changed. */
export interface HealthEventRecord {
  readonly type: "health";
  readonly endpoint: string;
  readonly from: Suspicion;
  readonly to: Suspicion;
  readonly because: string;
}

/** An endpoint does worse than its peers and is left out for a while, or its time out is over. */
export interface EjectionEventRecord {
  readonly type: "ejection";
  readonly endpoint: string;
  readonly change: "ejected" | "returned";
  readonly because: string;
}

/** Too few endpoints are well: ejections are ignored from now on, or heeded again. */
export interface PanicEventRecord {
  readonly type: "panic";
  readonly active: boolean;
  /** Of so many endpoints that could serve reads … */
  readonly total: number;
  /** … so many are well. */
  readonly healthy: number;
}

/** An endpoint that came back gets its share of the load little by little. */
export interface RampEventRecord {
  readonly type: "ramp";
  readonly endpoint: string;
  readonly phase: "started" | "done";
  readonly overMs: number;
}

/** The rungs of the recovery ladder, from the mildest to the last. */
export type RecoveryRung = "refresh" | "rebuildPool" | "rebuildClient" | "isolate";

/** A rung of the recovery ladder was taken, or the endpoint recovered on it. */
export interface RecoveryEventRecord {
  readonly type: "recovery";
  readonly endpoint: string;
  readonly rung: RecoveryRung;
  readonly phase: "started" | "recovered";
  /** The attempt on this rung, from 1. */
  readonly attempt: number;
  readonly because: string;
}

/**
 * A read that took long is sent to a second endpoint too. Told twice: when it is `sent`, and with the winner
 * when it is `over`.
 */
export interface HedgeEventRecord {
  readonly type: "hedge";
  /** Where it was sent first. */
  readonly endpoint: string;
  /** Where it was sent as well. */
  readonly to: string;
  readonly afterMs: number;
  readonly phase: "sent" | "over";
  /** Who answered first; `neither`: both failed, or the failure of one was final. */
  readonly winner?: "first" | "second" | "neither";
}

/** The store of what all believe stopped answering, or answers again; without it each isolate goes by itself. */
export interface StoreEventRecord {
  readonly type: "store";
  /** The store's name. */
  readonly store: string;
  readonly phase: "lost" | "found";
  readonly because: string;
}

/** An alert began or ended. */
export interface AlertEventRecord {
  readonly type: "alert";
  /** The rule's name. */
  readonly rule: string;
  readonly phase: "firing" | "resolved";
  readonly value: number;
  readonly threshold: number;
  /** What it means, for people. */
  readonly says: string;
}

/** The graded checks of a look, in their order. */
export type Check =
  /** A connection can be had. */
  | "connectivity"
  /** It answers a question. */
  | "query"
  /** It can begin a transaction, as a primary one that may write, and roll it back. */
  | "transaction"
  /** It tells how it does: connections used, replica lag. */
  | "performance";

/** A probe's answer. */
export interface ProbeEventRecord {
  readonly type: "probe";
  readonly endpoint: string;
  /** Every check went well. */
  readonly ok: boolean;
  /** The first check that did not. Only the first two say that an endpoint is not there. */
  readonly failed?: Check;
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
    | VitalsEventRecord
    | PoolEventRecord
    | HealthEventRecord
    | EjectionEventRecord
    | PanicEventRecord
    | RampEventRecord
    | RecoveryEventRecord
    | HedgeEventRecord
    | StoreEventRecord
    | AlertEventRecord
  )
  & { readonly at: number };

/** The names of the events. */
export type EventType = HoldfastEvent["type"];

const EVERY_TYPE: Readonly<Record<EventType, true>> = {
  circuit: true,
  health: true,
  probe: true,
  role: true,
  ejection: true,
  panic: true,
  ramp: true,
  recovery: true,
  failover: true,
  endpoint: true,
  connection: true,
  pool: true,
  vitals: true,
  retry: true,
  hedge: true,
  failed: true,
  store: true,
  alert: true,
};

/** Every name, for a message. */
export const EVENT_TYPES: readonly EventType[] = Object.keys(EVERY_TYPE) as EventType[]; // its own keys
