/**
 * The state out of a cell, whatever is in it.
 *
 * @module
 */

import { decodeCluster } from "../../../src/cluster/codec.ts";
import type { Cluster } from "../../../src/cluster/state.ts";
import { emptyCluster } from "../../../src/cluster/step.ts";
import { StoreError } from "../../../src/errors.ts";
import { BELIEF_FORMAT } from "../../../src/model/belief.ts";
import type { Reading } from "./cell.ts";

/** A clock that went back further than this, ours, has been set: instants by it mean nothing any more. */
const MAX_BACK_MS = 60_000;

/** The state, and what time it is there. */
export interface Kept {
  readonly cluster: Cluster;
  readonly now: number;
}

/**
 * What is kept. Nothing, something that is no state, and a state out of a future that the store's clock does not
 * know of any more begin a new life, under a new origin. Throws a `StoreError` where newer code wrote it.
 */
export function keptIn({ text, now }: Reading, store: string): Kept {
  if (text === undefined) return newLife(now);
  const cluster = decodeCluster(text);
  if (cluster === undefined) {
    if (isNewer(text)) throw newerError(store);
    return newLife(now);
  }
  const heardAt = lastHeardAt(cluster);
  // Time does not run back a little either: a failover to another machine, an isolate with a clock of its own.
  return heardAt - now > MAX_BACK_MS ? newLife(now) : { cluster, now: Math.max(now, heardAt) };
}

function newLife(now: number): Kept {
  return { cluster: emptyCluster(crypto.randomUUID()), now };
}

/** The last one heard is the first in the list. */
function lastHeardAt({ fleet: { reporters: [last] } }: Cluster): number {
  return last?.at ?? -Infinity;
}

function isNewer(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && "v" in value &&
      typeof value.v === "number" && value.v > BELIEF_FORMAT;
  } catch {
    return false;
  }
}

function newerError(store: string): StoreError {
  return new StoreError(
    `The ${store} store holds a state that a newer version of holdfast wrote (this one reads format ` +
      `${BELIEF_FORMAT}), and leaves it alone: update this process, or give it a key of its own. ` +
      "Until then it goes by its own experience.",
  );
}
