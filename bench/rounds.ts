/**
 * Interleaved rounds: in every round each contestant has its turn, and the order moves on by one from
 * round to round, so that what else happens on the machine hits all of them alike.
 *
 * @module
 */

/** One of several that are measured alike. */
export interface Contestant<S> {
  readonly name: string;
  /** One sample. A rejection puts the contestant out: a figure with errors in it is no figure. */
  measure(): Promise<S>;
}

/** What the rounds gave for one contestant: a sample per round, or why there is none. */
export type Samples<S> =
  | { readonly ok: true; readonly samples: readonly S[] }
  | { readonly ok: false; readonly error: string };

/** What the rounds gave, by the contestants' names. */
export type Tally<S> = ReadonlyMap<string, Samples<S>>;

/** The same list, beginning `by` places later. */
export function rotate<T>(list: readonly T[], by: number): readonly T[] {
  const start = list.length === 0 ? 0 : by % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}

/** Runs the rounds, one measurement at a time. */
export async function interleave<S>(
  contestants: readonly Contestant<S>[],
  rounds: number,
): Promise<Tally<S>> {
  const samples = new Map<string, S[]>(contestants.map(({ name }) => [name, []]));
  const errors = new Map<string, string>();
  for (let round = 0; round < rounds; round++) {
    for (const contestant of rotate(contestants, round)) {
      const { name } = contestant;
      if (errors.has(name)) continue;
      try {
        samples.get(name)?.push(await contestant.measure());
      } catch (error) {
        errors.set(name, error instanceof Error ? error.message : String(error));
      }
    }
  }
  const tally = new Map<string, Samples<S>>();
  for (const { name } of contestants) {
    const error = errors.get(name);
    tally.set(
      name,
      error === undefined ? { ok: true, samples: samples.get(name) ?? [] } : { ok: false, error },
    );
  }
  return tally;
}

/**
 * The same tally with every `size` turns joined into one sample: short turns close together meet the same
 * machine, and enough of them make a sample that does not jump.
 */
export function gather<S>(
  tally: Tally<S>,
  size: number,
  join: (turns: readonly S[]) => S,
): Tally<S> {
  const gathered = new Map<string, Samples<S>>();
  for (const [name, given] of tally) {
    if (!given.ok) {
      gathered.set(name, given);
      continue;
    }
    const samples: S[] = [];
    for (let from = 0; from + size <= given.samples.length; from += size) {
      samples.push(join(given.samples.slice(from, from + size)));
    }
    gathered.set(name, { ok: true, samples });
  }
  return gathered;
}
