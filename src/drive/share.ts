/**
 * What an isolate holds of the belief it shares with others, and of the store that keeps it.
 *
 * @module
 */

import {
  type Circuit,
  CIRCUIT_DEFAULTS,
  type CircuitOptions,
  closedCircuit,
} from "../admit/circuit.ts";
import type { Told } from "../cluster/adopt.ts";
import type { Beliefs } from "../cluster/merge.ts";
import { validMs } from "../cluster/adopt.ts";
import type { LeasingStore, Store, StrongStore, Timer } from "../ports.ts";
import type { Core, Site } from "./core.ts";

/** The store's own breaker: as an endpoint's, but three failures in a row are enough. It is never on a call's way. */
export const STORE_CIRCUIT: CircuitOptions = {
  ...CIRCUIT_DEFAULTS,
  consecutiveFailures: 3,
  successesToClose: 1,
};

/** One isolate's share. Plain data, but for the store and a timer. */
export interface Share {
  readonly store: Store;
  /** What it calls itself; drawn with the first report. */
  reporter: string;
  seq: number;
  beliefs: Beliefs | undefined;
  /** When the next sync is due; `-Infinity`: with the first call. */
  dueAt: number;
  /** When the sync under way began; `undefined`: none is. Not its promise: that belongs to a request. */
  syncingSince: number | undefined;
  /** When the last one began, and when the last one that was answered did. */
  syncedAt: number;
  answeredAt: number;
  /** Until then calls wait for a word, and in the place of which one: `-Infinity` is none at all. */
  coldUntil: number;
  coldFor: number | undefined;
  circuit: Circuit;
  /** The breaker has opened, and nothing has come since. */
  lost: boolean;
  /** There is something to tell that the others do not know. */
  urgent: boolean;
  /** A word of the others is being followed: what comes of it is no news to them. */
  following: boolean;
  /** The last command about roles that was followed; a new life of the store counts anew. */
  followed: { readonly origin: string; readonly number: number } | undefined;
  /** Who looks at the endpoints for all, where a lease elects one. */
  prober: "mine" | "theirs" | "nobody";
  leaseAt: number;
  timer: Timer | undefined;
  /** When somebody called last. */
  calledAt: number;
  /** Endpoints that failed a call here, where nobody looks by the clock: whether they are down is to be found out. */
  readonly suspects: Set<Site>;
  readonly counts: ShareCounts;
}

/** What was done since the start. */
export interface ShareCounts {
  syncs: number;
  failures: number;
  claims: number;
  granted: number;
}

/** One endpoint's part of it. */
export interface SiteShare {
  /** What was made of the last belief. */
  told: Told | undefined;
  /** For which pause it was drawn whether to ask for the trial. */
  drawnFor: number;
  /** How a claimed trial ended, until the store has heard of it. */
  trial: { readonly token: number; readonly passed: boolean } | undefined;
  /** When its role was heard from others: what is not one's own word is not repeated. */
  roleAt: number | undefined;
  /** When its lag was measured, by whomever. */
  lagAt: number;
  /** Whether it was measured here. */
  ownLag: boolean;
  /** When it failed last on its own evidence. */
  failedAt: number;
  /** When it last answered a look. */
  lookedAt: number;
  /** Others say something else of it than it said here: it is to be asked. */
  doubted: boolean;
  /** What was looked into last, and when. */
  refuted: { readonly claim: string; readonly at: number } | undefined;
  /** It was taken out by a command to all. */
  removedForAll: boolean;
  /** A person of this process holds it, whatever others let go. */
  heldHere: boolean;
}

/** Nothing is known yet. */
export function createShare(store: Store): Share {
  return {
    store,
    reporter: "",
    seq: 0,
    beliefs: undefined,
    dueAt: -Infinity,
    syncingSince: undefined,
    syncedAt: -Infinity,
    answeredAt: -Infinity,
    coldUntil: -Infinity,
    coldFor: undefined,
    circuit: closedCircuit,
    lost: false,
    urgent: false,
    following: false,
    followed: undefined,
    prober: "nobody",
    leaseAt: -Infinity,
    timer: undefined,
    calledAt: -Infinity,
    suspects: new Set(),
    counts: { syncs: 0, failures: 0, claims: 0, granted: 0 },
  };
}

/** Nothing was told of it yet. */
export function createSiteShare(): SiteShare {
  return {
    told: undefined,
    drawnFor: NaN,
    trial: undefined,
    roleAt: undefined,
    lagAt: -Infinity,
    ownLag: false,
    failedAt: -Infinity,
    lookedAt: -Infinity,
    doubted: false,
    refuted: undefined,
    removedForAll: false,
    heldHere: false,
  };
}

/** Whether the last word is young enough to be gone by. */
export function isFresh({ beliefs }: Share, now: number): boolean {
  return beliefs !== undefined && now - beliefs.takenAt <= validMs(beliefs.nextSyncMs);
}

/** Whether it can compare and set. */
export function isStrong(store: Store): store is StrongStore {
  return store.consistency === "strong";
}

/** Whether it can elect. */
export function isLeasing(store: Store): store is LeasingStore {
  return isStrong(store) && "lease" in store && typeof store.lease === "function" &&
    "unlease" in store && typeof store.unlease === "function";
}

/** A name for this isolate: 40 bits and more, of no meaning. */
export function drawReporter(core: Core): string {
  const part = (): string =>
    Math.floor(core.runtime.random() * 36 ** 5).toString(36).padStart(5, "0");
  return part() + part();
}

/** When this isolate had its last answer from it, to a statement or a look. */
export function answeredAt(site: Site): number {
  return Math.max(site.answeredAt, site.shared.lookedAt);
}

/** How long what looks and opens by itself waits for others' word: they may know that an endpoint is dead. */
export function untilAcquainted({ share, settings, runtime }: Core): number {
  // A tick syncs first.
  const knows = share === undefined || share.beliefs !== undefined || !runtime.background;
  return knows ? 0 : settings.sharing.coldWaitMs;
}
