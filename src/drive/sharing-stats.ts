/**
 * The shared belief in numbers.
 *
 * @module
 */

import type { Belief } from "../cluster/merge.ts";
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
  /** Endpoints that are out for everyone, a person's doing or not. */
  readonly out: readonly string[];
  /** Those that are down by all evidence, but are the last of their kind, or too many are out already. */
  readonly held: readonly string[];
  /** Syncs since the start, those that failed among them. */
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
    ageMs: beliefs && Math.round(now - beliefs.takenAt),
    fleet: beliefs?.fleet ?? 0,
    out: idsOf(share, ({ phase, removed }) => phase !== "closed" || removed),
    held: idsOf(share, ({ held }) => held),
    ...counts,
    prober: proberOf(share),
  };
}

function idsOf({ beliefs }: Share, which: (belief: Belief) => boolean): readonly string[] {
  return (beliefs?.endpoints ?? []).filter(which).map(({ id }) => id);
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
