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
import { keptIn } from "./kept.ts";
import { claimTurn, commandTurn, syncTurn, type Turn } from "./turn.ts";
import { pause, stopIfAborted, unlessAborted } from "./waiting.ts";

/**
 * Syncs a second of the whole fleet, ours. Each rewrites the one value, and of those on their way at the same
 * time one gets through: over a line of 20 ms that is 50 a second, whatever the database could do.
 */
export const MAX_SYNCS_PER_SECOND = 50;
/** Then somebody else was faster every time: it is too much for one value. */
const MAX_TRIES = 12;
/** After so many, pauses spread those who want to write; before, the value just told is as fresh as it gets. */
const TRIES_AT_ONCE = 3;
const LEAST_PAUSE_MS = 5;
const MAX_PAUSE_MS = 1_000;
/** What was read longer ago says too little of the time there. Longer than the usual time between two syncs. */
const REMEMBERED_MS = 30_000;
/** The golden ratio's fractional part: draws apart from each other, out of one. */
const APART = 0.618_033_988_75;

/** What the tests replace. */
export interface CellStoreOptions {
  /** Measures how long ago the value was read. @default {performance} */
  readonly clock?: Pick<Clock, "now">;
}

/** A value that was told, and when by this process's clock. */
interface Remembered {
  readonly reading: Reading;
  readonly heardAt: number;
}

/** Makes a store of a cell. It holds plain data only, so that it may live at module scope. */
export function cellStore(cell: Cell, { clock = performance }: CellStoreOptions = {}): StrongStore {
  let last: Remembered | undefined;

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
      const askedAt = clock.now();
      if (present === undefined) {
        present = await cell.read(signal);
        isFresh = true;
      }
      const { cluster, now } = keptIn(present, cell.name);
      const after = step(cluster, turn.event, now, draw);
      if (after === cluster) {
        if (isFresh) return turn.answer(after, cluster, now);
        // What is remembered may be old; only a write that gets through proves that it is not.
        present = undefined;
        continue;
      }
      stopIfAborted(cell.name, signal);
      const { swapped, reading } = await cell.swap(present, encodeCluster(after), signal);
      last = { reading, heardAt: clock.now() };
      if (swapped) return turn.answer(after, cluster, Math.max(now, reading.now));
      present = reading;
      isFresh = true;
      if (tries < TRIES_AT_ONCE) continue;
      await pause(pauseMs(tries - TRIES_AT_ONCE, clock.now() - askedAt, draw.random), signal);
      present = undefined;
    }
    throw tooMany(cell.name);
  }

  function run<T>(
    make: (rules: ClusterRules) => Turn<T>,
    { rules = CLUSTER_DEFAULTS, random = Math.random(), signal }: Partial<StoreTerms> = {},
  ): Promise<T> {
    const syncsPerSecond = Math.min(rules.syncsPerSecond, MAX_SYNCS_PER_SECOND);
    const draw: Draw = { random, rules: { ...rules, syncsPerSecond } };
    const work = async (): Promise<T> => play(make(draw.rules), draw, signal);
    return unlessAborted(work(), cell.name, signal);
  }

  return {
    name: cell.name,
    consistency: "strong",
    sync: (report, terms) => run((rules) => syncTurn(report, rules), terms),
    claim: (request, terms) => run((rules) => claimTurn(request, rules), terms),
    command: (command, terms) => run((rules) => commandTurn(command, rules), terms),
  };
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
