/**
 * A database in plain code: it serves `capacity` statements at full speed, more of them share it. In front
 * of it a limit, and behind the limit callers who always want the next.
 */

import {
  allowed,
  fullLimit,
  learnsUsual,
  type Limit,
  type LimitEvent,
  type LimitOptions,
  stepLimit,
} from "../../src/admit/limit.ts";
import { freshPace, notePace, type Pace, slowness } from "../../src/time/pace.ts";

const STEP_MS = 5;

/** What the database does just now. */
export interface Behaviour {
  /** Statements at once at full speed. */
  readonly capacity: number;
  /** Callers who want something all the time. */
  readonly callers: number;
  /** How long one statement takes alone. */
  readonly serviceMs: number;
  /** The work of one statement, as a factor of the service time. @default {() => 1} */
  readonly noise?: () => number;
  /** How speed falls beyond the capacity: 1 shares what there is, more loses some of it as well. @default {1} */
  readonly contention?: number;
  /** More than this many are refused (53300). */
  readonly refusesAbove?: number;
}

interface Job {
  readonly startedAt: number;
  left: number;
}

/** Everything that runs, and what was seen of it. */
export interface Stage {
  readonly options: LimitOptions;
  readonly windowMs: number;
  readonly pace: Pace;
  limit: Limit;
  now: number;
  jobs: Job[];
  window: { calls: number; peakInUse: number; endsAt: number };
}

/** What one run of it looked like, window by window. */
export interface Seen {
  readonly limits: readonly number[];
  /** Mean service time per window, of those with any. */
  readonly latencies: readonly number[];
  readonly served: number;
  readonly refusals: number;
}

export function stage(options: LimitOptions, windowMs = 1_000): Stage {
  return {
    options,
    windowMs,
    pace: freshPace(),
    limit: fullLimit(options),
    now: 0,
    jobs: [],
    window: { calls: 0, peakInUse: 0, endsAt: windowMs },
  };
}

/** Lets it run for a while. `guarded: false` never steps the limit. */
export function play(
  stage: Stage,
  behaviour: Behaviour,
  forMs: number,
  guarded = true,
): Seen {
  const { capacity, callers, serviceMs, noise = () => 1, contention = 1 } = behaviour;
  const { options, pace, windowMs } = stage;
  const [limits, latencies]: [number[], number[]] = [[], []];
  let [served, refusals, took] = [0, 0, 0];
  const tell = (event: LimitEvent): void => {
    if (guarded) stage.limit = stepLimit(stage.limit, event, options);
  };
  for (const end = stage.now + forMs; stage.now < end; stage.now += STEP_MS) {
    const { now, window } = stage;
    const wanted = Math.min(callers, allowed(stage.limit, options));
    while (stage.jobs.length < wanted) {
      if (stage.jobs.length >= (behaviour.refusesAbove ?? Infinity)) {
        refusals += 1;
        tell({ type: "refused" });
        break;
      }
      stage.jobs.push({ startedAt: now, left: serviceMs * noise() });
    }
    const inUse = stage.jobs.length;
    window.peakInUse = Math.max(window.peakInUse, inUse);
    const speed = inUse <= capacity ? 1 : (capacity / inUse) ** contention;
    for (const job of stage.jobs) job.left -= STEP_MS * speed;
    for (const { startedAt } of stage.jobs.filter(({ left }) => left <= 0)) {
      const elapsedMs = now + STEP_MS - startedAt;
      notePace(pace, elapsedMs, now, learnsUsual(stage.limit, options));
      served += 1;
      window.calls += 1;
      took += elapsedMs;
    }
    stage.jobs = stage.jobs.filter(({ left }) => left > 0);
    if (now + STEP_MS < window.endsAt) continue;
    const { calls, peakInUse } = window;
    tell({ type: "window", slowness: slowness(pace, now), calls, peakInUse });
    limits.push(allowed(stage.limit, options));
    if (calls > 0) latencies.push(took / calls);
    stage.window = { calls: 0, peakInUse: stage.jobs.length, endsAt: window.endsAt + windowMs };
    took = 0;
  }
  return { limits, latencies, served, refusals };
}

/** Log-normal factors with the mean 1 and a fixed seed (mulberry32 and Box–Muller). */
export function logNormal(sigma: number, seed: number): () => number {
  let state = seed;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return () => {
    const normal = Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
    return Math.exp(sigma * normal - sigma ** 2 / 2);
  };
}
