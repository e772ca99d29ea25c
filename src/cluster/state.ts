/**
 * What a fleet believes of its endpoints, as the store keeps it: readonly JSON.
 *
 * Instants are readings of the store's own clock. Every list has a limit, so that the whole stays small
 * whatever the fleet does: Deno KV takes 64 KiB.
 *
 * @module
 */

import type { Role } from "../model/endpoint.ts";

/** Endpoints beyond these are not shared. */
export const MAX_ENDPOINTS = 64;
/** Accusers of one endpoint that are told apart. Half of the largest fleet that is counted, not reckoned up. */
export const MAX_ACCUSERS = 128;
/** And of all endpoints: where that many are accused at once, each is left its share of the latest. */
export const MAX_ACCUSERS_IN_ALL = 224;
/** Reporters that are remembered by name, the last heard ones. */
export const MAX_REPORTERS = 32;
/** Longer ids are no ids. */
export const MAX_ID_LENGTH = 128;
/** Reporters' names are drawn, printable ASCII, and many are kept: a UUID has 36. */
export const MAX_REPORTER_LENGTH = 64;
/** Longer reasons are cut. */
export const MAX_REASON_LENGTH = 200;

/** Somebody who found an endpoint down. */
export interface Accuser {
  readonly reporter: string;
  /** When it first said so, and last. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** It looks by the clock. */
  readonly prober: boolean;
}

/** A trial that was granted. */
export interface Trial {
  readonly token: number;
  readonly by: string;
  /** When it is given up for lost. */
  readonly until: number;
}

/** A mean that decays: `mass` as of `at`, begun at `from`. */
export interface Mass {
  readonly mass: number;
  readonly at: number;
  readonly from: number;
}

/** The circuit that all share. */
export type SharedCircuit =
  | {
    readonly phase: "closed";
    readonly round: number;
    /** When it came back; who found it down before that says nothing new. */
    readonly since?: number;
    /** How often it had opened by then: going out again soon, it stays out for longer. */
    readonly openings?: number;
  }
  | {
    readonly phase: "open";
    readonly round: number;
    /** When it opened. */
    readonly since: number;
    /** When the pause began: then, or when the last trial failed. */
    readonly pausedAt: number;
    /** When a trial may be claimed. */
    readonly until: number;
    /** Openings since it was last well, from 1. */
    readonly openings: number;
    readonly because: string;
    /** Whose trial failed last: others go first now. */
    readonly failedBy?: string;
    readonly trial?: Trial;
  }
  | { readonly phase: "isolated"; readonly round: number };

/** One endpoint. */
export interface SharedEndpoint {
  readonly id: string;
  readonly circuit: SharedCircuit;
  readonly accusers: readonly Accuser[];
  /** Down by all evidence since then, but not opened for everyone. */
  readonly heldSince?: number;
  /** About how many use it. */
  readonly users: Mass;
  /** When anybody last spoke of it. */
  readonly heardAt: number;
  /** When somebody last had an answer from it. */
  readonly answeredAt?: number;
  readonly ramp?: { readonly startedAt: number; readonly overMs: number };
  readonly role?: { readonly role: Role; readonly generation?: number; readonly at: number };
  readonly lag?: { readonly lagMs: number; readonly at: number };
  readonly removed?: boolean;
}

/** Who has been heard. */
export interface Presence {
  readonly reporter: string;
  readonly seq: number;
  readonly at: number;
  readonly prober: boolean;
}

/** How many there are. */
export interface Fleet {
  readonly reporters: readonly Presence[];
  /** Isolates, reckoned from how much time their reports cover. */
  readonly isolates: Mass;
}

/** A change of the primary that a person commanded. */
export interface Assigned {
  readonly number: number;
  readonly from: string;
  readonly to: string;
  /** It took the one before back. */
  readonly back?: boolean;
  readonly at: number;
}

/** The whole. */
export interface Cluster {
  readonly v: number;
  readonly origin: string;
  /** Rises when a belief changes: what has to outlive the store's process. */
  readonly version: number;
  /** Trials granted so far. */
  readonly tokens: number;
  readonly fleet: Fleet;
  readonly endpoints: readonly SharedEndpoint[];
  readonly assignment?: Assigned;
}
