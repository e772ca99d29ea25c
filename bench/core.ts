/**
 * Figure (a): microseconds added per query by the core, over a no-op connector.
 *
 * @module
 */

import process from "node:process";
import { type Figure, figureBeside, figureOf } from "./figure.ts";
import { bare, cockatiel, holdfast, opossum, type Wrapper } from "./contestants/wrappers.ts";
import { type Contestant, interleave, type Tally } from "./rounds.ts";

/** At most so many microseconds. */
export const CORE_AIM = 2;

/** Measured: the cost of all of them falls during their first hundred thousand calls. */
const WARM_UP_CALLS = 100_000;

/** How much is measured. */
export interface CoreEffort {
  readonly rounds: number;
  /** Calls per sample, one after the other. */
  readonly calls: number;
}

/** One sample, per call. */
export interface Cost {
  readonly micros: number;
  /** Of the whole process, so that the collector's and the compiler's threads are in it. */
  readonly cpuMicros: number;
}

/** One wrapper's cost, the no-op's own subtracted within each round. */
export interface WrapperCost {
  readonly name: string;
  readonly consistsOf: string;
  /** Microseconds per call by the clock. */
  readonly addedMicros: Figure;
  /** The same in processor time: where others use the machine, the clock counts their time too. */
  readonly addedCpuMicros: Figure;
}

/** What was found out. */
export interface CoreResult {
  /** Microseconds of the no-op itself. */
  readonly baseMicros: Figure;
  readonly wrappers: readonly WrapperCost[];
}

/** Measures all of them in one go. */
export async function measureCore(effort: CoreEffort): Promise<CoreResult> {
  const base = bare();
  const wrappers = [holdfast(), cockatiel(), opossum()];
  try {
    const all = [base, ...wrappers];
    const contestants = all.map((wrapper) => timed(wrapper, effort.calls));
    // Not counted: until the code is hot, it is the compiler that is measured.
    await interleave(contestants, Math.ceil(WARM_UP_CALLS / effort.calls));
    return summarise(await interleave(contestants, effort.rounds), base.name, wrappers);
  } finally {
    for (const wrapper of [base, ...wrappers]) await wrapper.close();
  }
}

/** Costs from samples. */
export function summarise(
  tally: Tally<Cost>,
  base: string,
  wrappers: readonly Pick<Wrapper, "name" | "consistsOf">[],
): CoreResult {
  const added = (name: string, read: (cost: Cost) => number): Figure =>
    figureBeside(
      tally,
      name,
      [base],
      (own, [bare]) => bare === undefined ? Number.NaN : read(own) - read(bare),
    );
  return {
    baseMicros: figureOf(tally, base, ({ micros }) => micros),
    wrappers: wrappers.map(({ name, consistsOf }) => ({
      name,
      consistsOf,
      addedMicros: added(name, ({ micros }) => micros),
      addedCpuMicros: added(name, ({ cpuMicros }) => cpuMicros),
    })),
  };
}

function timed(wrapper: Wrapper, calls: number): Contestant<Cost> {
  return {
    name: wrapper.name,
    measure: async () => {
      const before = process.cpuUsage();
      const startedAt = performance.now();
      for (let n = 0; n < calls; n++) await wrapper.call();
      const elapsedMs = performance.now() - startedAt;
      const { user, system } = process.cpuUsage(before);
      return { micros: (elapsedMs * 1_000) / calls, cpuMicros: (user + system) / calls };
    },
  };
}
