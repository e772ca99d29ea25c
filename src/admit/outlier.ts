/**
 * Outlier ejection: an endpoint that does worse than its peers is left out for a while (Envoy's
 * outlier_detection, gRPC A50). A pure reducer over one group of peers, stepped every sweep.
 *
 * What a circuit does not see is its part: an endpoint that answers, but several times slower than it
 * used to, or that fails one call in three. Such an endpoint is judged
 *
 * - **against its own usual**, so that a replica far away, which is always slow, is none; and
 * - **against its peers**, so that what ails all of them (a slow network, a bad statement) takes none.
 *   With their median, not their mean and deviation: groups here are of two to five, where one outlier
 *   would move both.
 * - **twice in a row.** One bad second is a checkpoint, a vacuum, a pause for garbage; the second one
 *   costs one sweep more and spares those. A sweep with too few calls in between says neither.
 *
 * Lengths of ejections grow as Envoy's, from 5 s instead of 30 s: a return is ramped (`ramp.ts`), so that
 * to look too early costs little.
 *
 * @module
 */

/** When an endpoint is an outlier, and how long it stays away. */
export interface OutlierOptions {
  /** Slow: answers take so many times as long as usual, and so many times its peers' ratio. @default {3} */
  readonly slownessRatio: number;
  /** Slow: and they take at least so much longer than its peers'. @default {20}: less hurts nobody */
  readonly minSlowerMs: number;
  /** Failing: so much more of its calls fail than of its peers', 0 to 1. @default {0.3} */
  readonly failureRatio: number;
  /** Calls within a sweep that make a judgement. @default {5} */
  readonly minimumCalls: number;
  /** A second bad sweep later than this after the first is a first one again. @default {10000} */
  readonly confirmWithinMs: number;
  /** The first ejection's length; the nth is n times as long. @default {5000}; Envoy 30000 */
  readonly baseEjectionMs: number;
  /** The longest ejection. @default {300000}, as Envoy */
  readonly maxEjectionMs: number;
  /** Being well for so long makes one ejection forgotten. @default {30000}: longer than a ramp */
  readonly forgetAfterMs: number;
}

/** The defaults, with sources in {@link OutlierOptions}. */
export const OUTLIER_DEFAULTS: OutlierOptions = {
  slownessRatio: 3,
  minSlowerMs: 20,
  failureRatio: 0.3,
  minimumCalls: 5,
  confirmWithinMs: 10_000,
  baseEjectionMs: 5_000,
  maxEjectionMs: 300_000,
  forgetAfterMs: 30_000,
};

/** Ejections end up to a fifth earlier, by chance: many processes must not return to it at once (ours). */
const JITTER_RATIO = 0.2;
/** The golden ratio's fractional part: makes several even jitters out of one draw. */
const GOLDEN = 0.618_033_988_749_895;

/** What is held against one endpoint. */
export interface Standing {
  /** It is out until then; absent: it is in. */
  readonly ejectedUntil?: number;
  /** Ejections not forgotten yet. */
  readonly ejections: number;
  /** When a sweep first found it bad; absent: the last judgement was good. */
  readonly suspectAt?: number;
  /** Since when it has been well, as far as an ejection was not forgotten for it. */
  readonly wellSince: number;
}

/** A group's standings by endpoint, as plain JSON. Those with nothing against them are not in it. */
export type Outliers = Readonly<Record<string, Standing>>;

/** Nothing held against anybody. */
export const noOutliers: Outliers = {};

/** What one endpoint did since the last sweep. One for every peer, also if it had no call. */
export interface Observation {
  readonly id: string;
  readonly calls: number;
  /** Of those, how many failed by the endpoint's own fault. */
  readonly failures: number;
  /** By `slowness` of `time/pace.ts`. */
  readonly slowness: number;
  readonly latencyMs: number;
}

/** All that a sweep looks at. */
export interface Sighting {
  readonly observations: readonly Observation[];
  /** So many may be out at once; never all, whatever this says. */
  readonly allowedEjections: number;
  /** A uniform draw from [0, 1), for the jitter. */
  readonly random: number;
}

/** A new ejection. */
export interface Ejection {
  readonly id: string;
  /** Why, in words. */
  readonly because: string;
  readonly forMs: number;
}

/** What a sweep led to. */
export interface Swept {
  /** The same reference when nothing changed. */
  readonly state: Outliers;
  readonly ejected: readonly Ejection[];
  /** Whose time out is over, or was cut short because too many were out. */
  readonly returned: readonly string[];
}

/** Whether an endpoint is left out now. */
export function isEjected(state: Outliers, id: string, now: number): boolean {
  const until = standingOf(state, id)?.ejectedUntil;
  return until !== undefined && now < until;
}

/** One sweep over a group of peers. An endpoint no longer observed is forgotten. */
export function sweep(
  state: Outliers,
  sighting: Sighting,
  now: number,
  options: OutlierOptions,
): Swept {
  const { observations } = sighting;
  const ceiling = Math.min(Math.floor(sighting.allowedEjections), observations.length - 1);
  const most = Math.max(0, ceiling);
  const returned = whoReturns(state, observations, most, now);
  const out = (id: string): boolean => isEjected(state, id, now) && !returned.includes(id);
  let room = most - observations.filter(({ id }) => out(id)).length;

  const judged = observations.filter(({ id, calls }) => calls >= options.minimumCalls && !out(id));
  const findings = judged.map((one) => findingOf(one, judged, options));
  findings.sort((a, b) => b.severity - a.severity);

  const ejected: Ejection[] = [];
  const standings = new Map<string, Standing>();
  for (const { id } of observations) {
    const before = standingOf(state, id) ?? { ejections: 0, wellSince: now };
    standings.set(id, out(id) ? before : aged(returnedOf(before, now), now, options));
  }
  for (const { id, because } of findings) {
    const standing = standings.get(id);
    if (standing === undefined) continue;
    const { suspectAt, ejections } = standing;
    if (because === undefined) {
      if (suspectAt !== undefined) standings.set(id, { ejections, wellSince: now });
    } else if (suspectAt === undefined) {
      standings.set(id, { ejections, suspectAt: now, wellSince: now });
    } else if (room > 0) {
      room -= 1;
      const draw = (sighting.random + ejected.length * GOLDEN) % 1;
      const forMs = ejectionMs(ejections + 1, draw, options);
      standings.set(id, { ejections: ejections + 1, ejectedUntil: now + forMs, wellSince: now });
      ejected.push({ id, because, forMs });
    } else {
      // No room: it stays suspect, and goes as soon as there is some.
      standings.set(id, { ...standing, suspectAt: now });
    }
  }
  return { state: gathered(state, standings), ejected, returned };
}

/** Those whose time is over; and if still too many are out (a peer was removed), the first due. */
function whoReturns(
  state: Outliers,
  observations: readonly Observation[],
  most: number,
  now: number,
): string[] {
  const out = observations.map(({ id }) => ({ id, until: standingOf(state, id)?.ejectedUntil }))
    .filter((one): one is { id: string; until: number } => one.until !== undefined)
    .sort((a, b) => a.until - b.until);
  return out.filter(({ until }, index) => until <= now || index < out.length - most)
    .map(({ id }) => id);
}

function returnedOf(standing: Standing, now: number): Standing {
  if (standing.ejectedUntil === undefined) return standing;
  return { ejections: standing.ejections, wellSince: now };
}

/**
 * Forgets what is old: a suspicion that no second sweep confirmed, and an ejection per `forgetAfterMs` of
 * being well (gRPC A50 and Envoy: one per sweep of 10 s).
 */
function aged(standing: Standing, now: number, options: OutlierOptions): Standing {
  const { ejections, suspectAt, wellSince } = standing;
  if (suspectAt !== undefined) {
    return now - suspectAt > options.confirmWithinMs ? { ejections, wellSince } : standing;
  }
  const spans = ejections === 0 ? 0 : Math.floor((now - wellSince) / options.forgetAfterMs);
  if (spans < 1) return standing;
  return {
    ejections: Math.max(0, ejections - spans),
    wellSince: wellSince + spans * options.forgetAfterMs,
  };
}

interface Finding {
  readonly id: string;
  /** What is wrong with it, in words; `undefined`: nothing. */
  readonly because: string | undefined;
  /** To take the worst first: failing before slow. */
  readonly severity: number;
}

function findingOf(
  one: Observation,
  judged: readonly Observation[],
  options: OutlierOptions,
): Finding {
  const { id, slowness, latencyMs } = one;
  const peers = judged.filter((other) => other !== one);
  // Without peers to compare with it is no outlier, however it does.
  if (peers.length === 0) return { id, because: undefined, severity: 0 };
  const ratio = failureRatioOf(one);
  const usualRatio = median(peers.map(failureRatioOf));
  if (ratio >= usualRatio + options.failureRatio) {
    const because = `${percent(ratio)} of its calls fail, ${percent(usualRatio)} of its peers'`;
    return { id, because, severity: 1e9 * (1 + ratio - usualRatio) };
  }
  const usualSlowness = median(peers.map((peer) => peer.slowness));
  const isSlow = slowness >= options.slownessRatio &&
    slowness >= options.slownessRatio * usualSlowness &&
    latencyMs >= median(peers.map((peer) => peer.latencyMs)) + options.minSlowerMs;
  if (!isSlow) return { id, because: undefined, severity: 0 };
  const because = `its answers take ${slowness.toFixed(1)} times as long as usual, ` +
    `its peers' ${usualSlowness.toFixed(1)} times`;
  return { id, because, severity: slowness };
}

function failureRatioOf({ calls, failures }: Observation): number {
  return calls === 0 ? 0 : failures / calls;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

function percent(ratio: number): string {
  return `${Math.round(100 * ratio)} %`;
}

function ejectionMs(nth: number, random: number, options: OutlierOptions): number {
  const longest = Math.min(options.baseEjectionMs * nth, options.maxEjectionMs);
  return longest * (1 - JITTER_RATIO * random);
}

/** Own properties only: an endpoint may be called `constructor`. */
function standingOf(state: Outliers, id: string): Standing | undefined {
  return Object.hasOwn(state, id) ? state[id] : undefined;
}

function gathered(state: Outliers, standings: ReadonlyMap<string, Standing>): Outliers {
  const kept = [...standings].filter(([, standing]) => !isClean(standing));
  const same = kept.length === Object.keys(state).length &&
    kept.every(([id, standing]) => standingOf(state, id) === standing);
  return same ? state : Object.fromEntries(kept);
}

function isClean({ ejections, ejectedUntil, suspectAt }: Standing): boolean {
  return ejections === 0 && ejectedUntil === undefined && suspectAt === undefined;
}
