/**
 * What is made of samples: a median with its spread, or the error that spoiled it.
 *
 * @module
 */

import type { Samples, Tally } from "./rounds.ts";

/** A measured number: the median of the rounds, and the range they were in. */
export interface Measured {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** A number, or why there is none. */
export type Figure = Measured | { readonly error: string };

/** Whether there is a number. */
export function isMeasured(figure: Figure): figure is Measured {
  return !("error" in figure);
}

/** The middle one; the mean of the middle two of an even count. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
}

/** The value that this share of all are at or below (nearest rank); `NaN` of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** The mean; `NaN` of none. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The figure of some numbers; none at all is an error. */
export function figure(values: readonly number[]): Figure {
  if (values.length === 0) return { error: "nothing was measured" };
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/** One contestant's figure, from one number of each of its samples. */
export function figureOf<S>(tally: Tally<S>, name: string, read: (sample: S) => number): Figure {
  const samples = samplesOf(tally, name);
  return samples.ok ? figure(samples.samples.map(read)) : { error: samples.error };
}

/** A figure made round by round of one contestant's sample and those of others of the same round. */
export function figureBeside<S>(
  tally: Tally<S>,
  name: string,
  others: readonly string[],
  combine: (own: S, others: readonly S[]) => number,
): Figure {
  const own = samplesOf(tally, name);
  if (!own.ok) return { error: own.error };
  const beside: (readonly S[])[] = [];
  for (const other of others) {
    const theirs = samplesOf(tally, other);
    if (!theirs.ok) return { error: `${other} failed: ${theirs.error}` };
    beside.push(theirs.samples);
  }
  return figure(
    own.samples.map((sample, round) =>
      combine(sample, beside.flatMap((samples) => samples.slice(round, round + 1)))
    ),
  );
}

/** What the first of a contestant's samples with an error in it says. */
export function firstErrorOf(
  tally: Tally<{ readonly firstError?: string | undefined }>,
  name: string,
): { readonly firstError?: string } {
  const samples = samplesOf(tally, name);
  if (!samples.ok) return {};
  const firstError = samples.samples.find((sample) => sample.firstError !== undefined)?.firstError;
  return firstError === undefined ? {} : { firstError };
}

function samplesOf<S>(tally: Tally<S>, name: string): Samples<S> {
  return tally.get(name) ?? { ok: false, error: `${name} did not take part` };
}
