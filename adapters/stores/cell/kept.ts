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

/** Clocks that differ by more than this, ours, are not those of one time: then time may run back. */
const MAX_BACK_MS = 60_000;

/** What time it is, where the clock says `now` and the state was written last at `heardAt`. */
export type TimeThere = (heardAt: number, now: number) => number;

/** The state, and what time it is there. */
export interface Kept {
  readonly cluster: Cluster;
  readonly now: number;
}

/**
 * What is kept. Only nothing, and something that is no state, begin a new life, under a new origin: no clock does,
 * for a person's commands are in the state, and one process with a wrong clock must not take them away from all.
 * What lies in the future is brought down by the machine (`src/cluster/clock.ts`), what looks old ends a little
 * early. Throws a `StoreError` where newer code wrote it.
 */
export function keptIn(
  { text, now }: Reading,
  store: string,
  timeThere: TimeThere = timeAfter,
): Kept {
  if (text === undefined) return newLife(now);
  const cluster = decodeCluster(text);
  if (cluster === undefined) {
    if (isNewer(text)) throw newerError(store);
    return newLife(now);
  }
  return { cluster, now: timeThere(lastHeardAt(cluster), now) };
}

/**
 * The time, after it was `lastAt`. It does not run back a little: a failover to another machine, an isolate with a
 * clock of its own. It does run back far, or all would stand still until a wrong clock's time has come.
 */
export function timeAfter(lastAt: number, now: number): number {
  return lastAt - now > MAX_BACK_MS ? now : Math.max(now, lastAt);
}

/** Whether both may be readings of right clocks. */
export function isNear(one: number, other: number): boolean {
  return Math.abs(one - other) <= MAX_BACK_MS;
}

function newLife(now: number): Kept {
  return { cluster: emptyCluster(crypto.randomUUID()), now };
}

/** When the state was written last: the last one heard is the first in the list. */
export function lastHeardAt({ fleet: { reporters: [last] } }: Cluster): number {
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
