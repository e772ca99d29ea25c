/**
 * What is played: a fleet, what becomes of its endpoints and of the way to its store.
 */

import { adopt } from "../../../src/cluster/adopt.ts";
import { merge } from "../../../src/cluster/merge.ts";
import {
  asksForTrial,
  nextSyncAt,
  trialSyncAt,
  urgentSyncAt,
} from "../../../src/cluster/reporting.ts";
import { snapshotOf } from "../../../src/cluster/snapshot.ts";
import { step } from "../../../src/cluster/step.ts";
import { CLUSTER_DEFAULTS, type ClusterRules } from "../../../src/model/cluster-rules.ts";

/** Who is where: 3 of 10 isolates are in the south. The store's own prober is in the north. */
export type Place = "north" | "south";

/** Of ten isolates so many are in the south. */
export const SOUTHERN_OF_TEN = 3;

/** Something happens, from `at` on. */
export type Change =
  /** An endpoint can be reached, or not, by those in some places. */
  | {
    readonly at: number;
    readonly type: "endpoint";
    readonly id: string;
    readonly places: readonly Place[];
    readonly up: boolean;
  }
  /** The store can be reached, or not. */
  | {
    readonly at: number;
    readonly type: "store";
    readonly places: readonly Place[];
    readonly up: boolean;
  };

/** How bad the way to the store is: each a share of all calls. */
export interface Weather {
  /** The report, or its answer, is lost: each so often. */
  readonly lossRatio: number;
  /** It arrives twice. */
  readonly doubleRatio: number;
  /** It takes up to ten seconds instead of some milliseconds. */
  readonly lateRatio: number;
}

/** The parts of the machine, so that bugs can be planted in them. */
export interface Machine {
  readonly step: typeof step;
  readonly snapshotOf: typeof snapshotOf;
  readonly merge: typeof merge;
  readonly adopt: typeof adopt;
  readonly nextSyncAt: typeof nextSyncAt;
  readonly urgentSyncAt: typeof urgentSyncAt;
  readonly trialSyncAt: typeof trialSyncAt;
  readonly asksForTrial: typeof asksForTrial;
}

export const MACHINE: Machine = {
  step,
  snapshotOf,
  merge,
  adopt,
  nextSyncAt,
  urgentSyncAt,
  trialSyncAt,
  asksForTrial,
};

export interface Plan {
  readonly seed: number;
  readonly isolates: number;
  readonly forMs: number;
  /** Without it every isolate is on its own, as before there was a store. */
  readonly shared: boolean;
  /** The store looks at the endpoints itself, as the Durable Object does. */
  readonly prober: boolean;
  readonly liar: boolean;
  readonly replicas: number;
  /** Over so long the fleet comes up. */
  readonly deployMs: number;
  /** How long an isolate lives, in the mean. */
  readonly livesMs: number;
  /** Between two calls of one isolate, in the mean: one in five is a write. */
  readonly callEveryMs: number;
  /** Clocks are off by up to this much, and run wrong by up to this share, to either side. */
  readonly skewMs: number;
  readonly driftRatio: number;
  readonly weather: Weather;
  readonly changes: readonly Change[];
  readonly rules: ClusterRules;
  readonly machine: Machine;
}

export const FINE: Weather = { lossRatio: 0, doubleRatio: 0, lateRatio: 0 };

/** A plan in which nothing happens. */
export const CALM: Plan = {
  seed: 1,
  isolates: 100,
  forMs: 600_000,
  shared: true,
  prober: false,
  liar: false,
  replicas: 2,
  deployMs: 30_000,
  livesMs: 600_000,
  callEveryMs: 500,
  skewMs: 0,
  driftRatio: 0,
  weather: FINE,
  changes: [],
  rules: CLUSTER_DEFAULTS,
  machine: MACHINE,
};

export const EVERYWHERE: readonly Place[] = ["north", "south"];

/** An endpoint is away for a while. */
export function away(
  id: string,
  from: number,
  until: number,
  places: readonly Place[] = EVERYWHERE,
): Change[] {
  return [
    { at: from, type: "endpoint", id, places, up: false },
    { at: until, type: "endpoint", id, places, up: true },
  ];
}

/** The store is away for a while. */
export function storeAway(
  from: number,
  until: number,
  places: readonly Place[] = EVERYWHERE,
): Change[] {
  return [
    { at: from, type: "store", places, up: false },
    { at: until, type: "store", places, up: true },
  ];
}
