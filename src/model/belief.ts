/**
 * What isolates tell a store about the endpoints, and what it answers: plain JSON with a version.
 *
 * Every time in it is a duration ("so long ago", "for so long yet"): no clock is ever compared with another
 * one. Nothing secret is in it: endpoints are named by their ids.
 *
 * Old and new code meet during a deploy. Fields are only ever added; who reads ignores what it does not
 * know, and takes an unknown word for the harmless one (`cluster/codec.ts`).
 *
 * @module
 */

import type { Role } from "./endpoint.ts";

/** The form of what is written today. Raised only when old code would misread it. */
export const BELIEF_FORMAT = 1;

/** An endpoint's role, by its own word. */
export interface RoleClaim {
  readonly role: Role;
  /** The primary's generation, where the database has one (PostgreSQL: the timeline). */
  readonly generation?: number;
  readonly agoMs: number;
}

/** How far a replica was behind its primary when it was measured. */
export interface LagWord {
  readonly lagMs: number;
  readonly agoMs: number;
}

/** What one reporter has to say of one endpoint. */
export interface EndpointReport {
  readonly id: string;
  /**
   * `up`: it answered within the last minute. `down`: the reporter's own circuit is open, on its own evidence:
   * what it was told by others is not repeated. Left out: neither. It is how things stand, and not what is new
   * since the last report: who calls more seldom than it reports uses the endpoint all the same.
   */
  readonly saw?: "up" | "down";
  /** How long ago: the last answer, or the last failure. */
  readonly agoMs?: number;
  readonly role?: RoleClaim;
  readonly lag?: LagWord;
  /** How a trial ended that this reporter had claimed. */
  readonly trial?: { readonly token: number; readonly passed: boolean };
}

/** What an isolate tells the store. */
export interface Report {
  readonly v: number;
  /** The isolate: a name drawn at random, that says nothing of it. */
  readonly reporter: string;
  /** Rises with each report. One that comes again, or late, is not counted again. */
  readonly seq: number;
  /** Since its last report that was answered; 0: this is the first one. */
  readonly sinceMs: number;
  /** It looks at endpoints by the clock, and not only when somebody calls. */
  readonly prober?: boolean;
  readonly endpoints: readonly EndpointReport[];
}

/** What is believed of one endpoint by all. */
export interface EndpointBelief {
  readonly id: string;
  /**
   * `open`: leave it alone. `halfOpen`: somebody has claimed a trial. `isolated`: a person holds it open.
   */
  readonly phase: "closed" | "open" | "halfOpen" | "isolated";
  /** Rises whenever it opens. */
  readonly round: number;
  /** `open`, `halfOpen`: for how long it has been so. */
  readonly openForMs?: number;
  /** `open`: until a trial may be claimed; 0: now. */
  readonly remainingMs?: number;
  /** `open`, `halfOpen`: how often it has opened since it was last well: once, and with each failed trial. */
  readonly openings?: number;
  /**
   * By all evidence it is down, but it is the last of its kind, or too many are out already: it is not opened
   * for everyone. Who has nothing to say against it of its own leaves it alone for a while.
   */
  readonly held?: boolean;
  /** Somebody finds it down, which is not enough: who looks for all had better look. */
  readonly accused?: boolean;
  /** Why, in a few words. */
  readonly because?: string;
  /** It came back so long ago, and gets its share little by little. */
  readonly ramp?: { readonly elapsedMs: number; readonly overMs: number };
  readonly role?: RoleClaim;
  readonly lag?: LagWord;
  /** Nothing new goes there: a person took it out. */
  readonly removed?: boolean;
}

/** A change of the primary that a person commanded. */
export interface Assignment {
  /** Rises with each. */
  readonly number: number;
  readonly from: string;
  readonly to: string;
  /** It took the one before back: `failback` said again takes nothing back. */
  readonly back?: boolean;
  readonly agoMs: number;
}

/** What the store answers to a report. */
export interface Snapshot {
  readonly v: number;
  /** Which life of the store this is: one that lost everything begins another one. */
  readonly origin: string;
  /** Rises when a belief changes, and never falls within an origin. */
  readonly version: number;
  /** When to report next. The store sets the pace, so that its load stays bounded. */
  readonly nextSyncMs: number;
  /** Over how long the whole fleet is to spread what it wants to tell at once. */
  readonly spreadMs: number;
  /** About how many isolates there are. */
  readonly fleet: number;
  /**
   * The store looks at the endpoints itself, and makes the trials. Every second one is left to others first, if
   * they take it: what the store cannot reach, it would keep out for ever.
   */
  readonly probes: boolean;
  readonly endpoints: readonly EndpointBelief[];
  readonly assignment?: Assignment;
}

/** What a person wants done, by everybody. */
export type Command =
  /** Holds an endpoint's circuit open until `release`. */
  | { readonly type: "isolate"; readonly endpoint: string }
  | { readonly type: "release"; readonly endpoint: string }
  /** Nothing new goes there. */
  | { readonly type: "remove"; readonly endpoint: string }
  /** Takes one in again that was removed; its connector is in everybody's options. */
  | { readonly type: "add"; readonly endpoint: string }
  /** Switches the roles. The database has to be promoted first: `Holdfast.failover` does both. */
  | { readonly type: "failover"; readonly from: string; readonly to: string }
  /** Takes the last `failover` back. */
  | { readonly type: "failback" };
