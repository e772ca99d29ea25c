/**
 * Figure (a): microseconds added per query by the core, over a no-op connector.
 *
 * @module
 */

import { type Figure, figureBeside, figureOf } from "./figure.ts";
import { bare, cockatiel, holdfast, opossum, type Wrapper } from "./contestants/wrappers.ts";
import { type Contestant, interleave, type Tally } from "./rounds.ts";

/** At most so many microseconds. */
export const CORE_AIM = 2;

/** How much is measured. */
export interface CoreEffort {
  readonly rounds: number;
  /** Calls per sample, one after the other. */
  readonly calls: number;
}

/** One wrapper's cost. */
export interface WrapperCost {
  readonly name: string;
  readonly consistsOf: string;
  /** Microseconds per call, the no-op's own subtracted within each round. */
  readonly addedMicros: Figure;
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
    await interleave(contestants, 2);
    return summarise(await interleave(contestants, effort.rounds), base.name, wrappers);
  } finally {
    for (const wrapper of [base, ...wrappers]) await wrapper.close();
  }
}

/** Costs from microseconds per call. */
export function summarise(
  tally: Tally<number>,
  base: string,
  wrappers: readonly Pick<Wrapper, "name" | "consistsOf">[],
): CoreResult {
  return {
    baseMicros: figureOf(tally, base, (micros) => micros),
    wrappers: wrappers.map(({ name, consistsOf }) => ({
      name,
      consistsOf,
      addedMicros: figureBeside(
        tally,
        name,
        [base],
        (own, [bareMicros = Number.NaN]) => own - bareMicros,
      ),
    })),
  };
}

function timed(wrapper: Wrapper, calls: number): Contestant<number> {
  return {
    name: wrapper.name,
    measure: async () => {
      const startedAt = performance.now();
      for (let n = 0; n < calls; n++) await wrapper.call();
      return ((performance.now() - startedAt) * 1_000) / calls;
    },
  };
}
