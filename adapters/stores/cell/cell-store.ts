/**
 * A store out of one value that can be compared and set: read, reckon, write unless somebody else was faster.
 *
 * @module
 */

import { encodeCluster } from "../../../src/cluster/codec.ts";
import type { Draw } from "../../../src/cluster/shared-circuit.ts";
import { step } from "../../../src/cluster/step.ts";
import { StoreError } from "../../../src/errors.ts";
import { CLUSTER_DEFAULTS, type ClusterRules } from "../../../src/model/cluster-rules.ts";
import type { Clock, StoreTerms, StrongStore } from "../../../src/ports.ts";
import type { Cell, Reading } from "./cell.ts";
import { FleetTime } from "./fleet-time.ts";
import { keptIn, lastHeardAt } from "./kept.ts";
import { cellError, checkedReading, checkedSwap } from "./told.ts";
import { claimTurn, commandTurn, syncTurn, type Turn } from "./turn.ts";
import { pause, stopIfAborted, unlessAborted } from "./waiting.ts";

/** Syncs a second of the whole fleet at most, ours: each reads and rewrites the one value. */
export const MAX_SYNCS_PER_SECOND = 50;
/**
 * Of those on their way at the same time one gets through. Measured with syncs at random times: where a round
 * trip is a quarter of the time between two of them, a sync takes 2.5 trips on average, and where
 * it is all of that time 8, and one of eight fails.
 */
const TRIPS_BETWEEN_SYNCS = 4;
/** However far away it is, ours: a small fleet's pace does not depend on one slow answer. */
const LEAST_SYNCS_PER_SECOND = 2;
/** A trip is taken to be as long as the shortest one lately: each later one may say this much more. */
const LONGER_RATIO = 1.25;
/** Then somebody else was faster every time: it is too much for one value. */
const MAX_TRIES = 12;
/** After so many, pauses spread those who want to write; before, the value just told is as fresh as it gets. */
const TRIES_AT_ONCE = 6;
const LEAST_PAUSE_MS = 5;
const MAX_PAUSE_MS = 1_000;
/** What was read longer ago says too little of the time there. Longer than the usual time between two syncs. */
const REMEMBERED_MS = 30_000;
/** The golden ratio's fractional part: draws apart from each other, out of one. */
const APART = 0.618_033_988_75;

/** How a store is made of a cell. */
export interface CellStoreOptions {
  /** Measures how long a trip takes, and how long ago the value was read: for tests. @default {performance} */
  readonly clock?: Pick<Clock, "now">;
}

/** A value that was told, and when by this process's clock. */
interface Remembered {
  readonly reading: Reading;
  readonly heardAt: number;
}

/**
 * Makes a store of a cell. It holds plain data only, so that it may live at module scope.
 *
 * A sync is a read and a swap, or a swap alone where the cell can do that; it is tried again, up to 12 times, where
 * somebody else was faster. The fleet is paced to what the cell's round trips allow, 50 syncs a second at most.
 *
 * Nothing that was kept is ever thrown away but what is no state at all: what newer code wrote is left alone, and no
 * wrong clock takes away what a person commanded.
 *
 * Every call rejects with a `StoreError`: when the cell fails, when what is asked makes no sense, when the signal has
 * fired; and with `overloaded` when others wrote first too many times.
 *
 * It elects nobody. Where the store has leases too, `{ ...cellStore(cell), lease, unlease }` is a `LeasingStore`,
 * and one process looks at the endpoints for all.
 */
export function cellStore(cell: Cell, { clock = performance }: CellStoreOptions = {}): StrongStore {
  let last: Remembered | undefined;
  let tripMs = Infinity;
  const fleetTime = new FleetTime();

  async function trip<T>(call: () => Promise<T>): Promise<T> {
    const from = clock.now();
    const answer = await call().catch((thrown: unknown) => {
      throw cellError(thrown, cell.name);
    });
    // A coarse clock shows no time at all now and then.
    tripMs = Math.min(Math.max(1, clock.now() - from), tripMs * LONGER_RATIO);
    return answer;
  }

  /** As if it were read just now; `undefined` where it has to be. */
  function recall(): Reading | undefined {
    if (cell.swapsInOneTrip !== true || last === undefined) return undefined;
    const agoMs = clock.now() - last.heardAt;
    const { reading } = last;
    return agoMs > REMEMBERED_MS ? undefined : { ...reading, now: reading.now + agoMs };
  }

  async function play<T>(turn: Turn<T>, draw: Draw, signal: AbortSignal | undefined): Promise<T> {
    let present = recall();
    let isFresh = false;
    for (let tries = 1; tries <= MAX_TRIES; tries++) {
      stopIfAborted(cell.name, signal);
      if (present === undefined) {
        present = await trip(async () => checkedReading(await cell.read(signal), cell.name));
        isFresh = true;
      }
      const { mark } = present;
      const { cluster, now } = keptIn(present, cell.name, (heardAt, at) => {
        return fleetTime.at({ mark, heardAt }, at);
      });
      const after = step(cluster, turn.event, now, draw);
      if (after === cluster) {
        if (isFresh) return turn.answer(after, cluster, { now, rules: paced(draw.rules, tripMs) });
        // What is remembered may be old; only a write that gets through proves that it is not.
        present = undefined;
        continue;
      }
      stopIfAborted(cell.name, signal);
      const from = present;
      const text = encodeCluster(after);
      const { swapped, reading } = await trip(async () => {
        return checkedSwap(await cell.swap(from, text, signal), cell.name);
      });
      last = { reading, heardAt: clock.now() };
      if (swapped) {
        fleetTime.wrote({ mark: reading.mark, heardAt: lastHeardAt(after) });
        const rules = paced(draw.rules, tripMs);
        const laterMs = Math.max(0, reading.now - from.now);
        return turn.answer(after, cluster, { now: now + laterMs, rules });
      }
      present = reading;
      isFresh = true;
      if (tries < TRIES_AT_ONCE || tries === MAX_TRIES) continue;
      await pause(pauseMs(tries - TRIES_AT_ONCE, tripMs, draw.random), signal);
      present = undefined;
    }
    throw tooMany(cell.name);
  }

  function run<T>(
    make: () => Turn<T>,
    { rules = CLUSTER_DEFAULTS, random = Math.random(), signal }: Partial<StoreTerms> = {},
  ): Promise<T> {
    const syncsPerSecond = Math.min(rules.syncsPerSecond, MAX_SYNCS_PER_SECOND);
    const draw: Draw = { random, rules: { ...rules, syncsPerSecond } };
    const work = async (): Promise<T> => play(make(), draw, signal);
    return unlessAborted(work(), cell.name, signal);
  }

  return {
    name: cell.name,
    consistency: "strong",
    sync: (report, terms) => run(() => syncTurn(report), terms),
    claim: (request, terms) => run(() => claimTurn(request), terms),
    command: (command, terms) => run(() => commandTurn(command), terms),
  };
}

/**
 * The pace that a line of such trips can take. Only what is answered goes by it: evidence is weighed by one pace
 * for all processes, near and far, and one that is too fast is on the safe side.
 */
function paced(rules: ClusterRules, tripMs: number): ClusterRules {
  const most = Math.max(LEAST_SYNCS_PER_SECOND, 1_000 / (TRIPS_BETWEEN_SYNCS * tripMs));
  return { ...rules, syncsPerSecond: Math.min(rules.syncsPerSecond, most) };
}

/** Full jitter, over as long as a try takes and twice as long each time: shorter pauses spread nothing. */
function pauseMs(number: number, tripMs: number, random: number): number {
  const spread = Math.max(LEAST_PAUSE_MS, tripMs) * 2 ** (number + 1);
  return ((random + number * APART) % 1) * Math.min(MAX_PAUSE_MS, spread);
}

function tooMany(store: string): StoreError {
  return new StoreError(
    `Others wrote to the ${store} store first, ${MAX_TRIES} times in a row: more processes report than one ` +
      "value can take. Raise the time between two syncs, or share by region (a key for each).",
    { overloaded: true },
  );
}
