/**
 * The shared belief in numbers.
 *
 * @module
 */

import { isFresh, type Share } from "./share.ts";

/** What is shared with other isolates, and how well that goes. */
export interface SharingStats {
  /** The store's name. */
  readonly store: string;
  /**
   * `cold`: nothing was heard yet. `fresh`: the last word counts. `stale`: it is too old, the isolate goes by
   * itself. `lost`: the store fails, and is left alone for a while.
   */
  readonly state: "cold" | "fresh" | "stale" | "lost";
  /** Of the beliefs; 0: none yet. */
  readonly version: number;
  /** How old the last word is; `undefined`: there was none. */
  readonly ageMs: number | undefined;
  /** About how many isolates share it, by the store's reckoning. */
  readonly fleet: number;
  /** Calls to the store since the start, those that failed among them. */
  readonly syncs: number;
  readonly failures: number;
  /** Trials asked for, and granted. */
  readonly claims: number;
  readonly granted: number;
  /** Who looks at the endpoints for all: this one, another one, the store itself, or each for itself. */
  readonly prober: "this" | "another" | "store" | "each";
}

/** A reading. */
export function sharingStats(share: Share, now: number): SharingStats {
  const { beliefs, store, counts } = share;
  return {
    store: store.name,
    state: stateOf(share, now),
    version: beliefs?.version ?? 0,
    ageMs: beliefs && now - beliefs.takenAt,
    fleet: beliefs?.fleet ?? 0,
    ...counts,
    prober: proberOf(share),
  };
}

function stateOf(share: Share, now: number): SharingStats["state"] {
  if (share.lost) return "lost";
  if (share.beliefs === undefined) return "cold";
  return isFresh(share, now) ? "fresh" : "stale";
}

function proberOf({ beliefs, prober }: Share): SharingStats["prober"] {
  if (prober === "mine") return "this";
  if (beliefs?.probes === true) return "store";
  return prober === "theirs" ? "another" : "each";
}
