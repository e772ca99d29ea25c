/**
 * What happens to the servers, and when. Only the plan; `faults.ts` carries it out.
 *
 * @module
 */

/** Everything the demo does to the cluster, in its order. */
export type Action =
  | "slowReplica"
  | "quickenReplica"
  | "killReplica"
  | "startReplica"
  | "freezeReplica"
  | "thawReplica"
  | "killPrimary"
  | "failover"
  | "rejoin";

/** One planned action. */
export interface Step {
  readonly atMs: number;
  readonly action: Action;
  /** What the person watching reads. */
  readonly says: string;
}

/** How much later a slow replica's answers arrive: twice what makes an outlier of it, at the least 20 ms. */
export const SLOWER_BY_MS = 40;

/**
 * As shares of the whole, so that any length shows everything. No two replicas are away at the same time:
 * with synchronous replication commits would wait for the first one back. Nor is one away while the other
 * is slow: an endpoint that is down uses up what may be ejected of three. After each return there is time
 * for the ramp, a tenth of the whole (`pace.ts`).
 */
const SHARES: readonly (readonly [number, Action, string])[] = [
  [0.06, "killReplica", "kill -9 replica1"],
  [0.12, "startReplica", "start replica1 again"],
  [0.24, "slowReplica", `slow replica2 down by ${SLOWER_BY_MS} ms`],
  [0.38, "quickenReplica", "replica2 as quick as before, once it is ejected"],
  [0.56, "freezeReplica", "freeze replica2 (SIGSTOP)"],
  [0.76, "thawReplica", "thaw replica2 (SIGCONT)"],
  [0.80, "killPrimary", "kill -9 primary"],
  [0.84, "failover", "fail over to the replica that has most"],
  [0.88, "rejoin", "old primary comes back as a replica"],
];

/** The timeline of a demo that lasts `seconds`. */
export function plan(seconds: number): readonly Step[] {
  return SHARES.map(([share, action, says]) => ({
    atMs: Math.round(share * seconds * 1_000),
    action,
    says,
  }));
}

/** Where the demo stands: for the progress line. */
export interface Progress {
  readonly nowMs: number;
  readonly totalMs: number;
  /** How many steps are done. */
  readonly done: number;
  readonly steps: readonly Step[];
}

/** The steps as marks on a line: `━━◆━━━◆──◇───◇──`, `width` characters wide. */
export function bar(progress: Progress, width: number): string {
  const { nowMs, totalMs, done, steps } = progress;
  const cell = (ms: number): number => Math.min(width - 1, Math.floor((ms / totalMs) * width));
  const cells: string[] = Array.from({ length: width }, (_, i) => i < cell(nowMs) ? "━" : "─");
  steps.forEach((step, index) => cells[cell(step.atMs)] = index < done ? "◆" : "◇");
  return cells.join("");
}

/** What comes next and when, in words. */
export function next(progress: Progress): string {
  const { nowMs, totalMs, done, steps } = progress;
  const step = steps[done];
  if (step === undefined) return `ends in ${inSeconds(totalMs - nowMs)}`;
  return nowMs < step.atMs
    ? `in ${inSeconds(step.atMs - nowMs)}: ${step.says}`
    : `now: ${step.says}`;
}

function inSeconds(ms: number): string {
  return `${(Math.max(0, ms) / 1_000).toFixed(1)} s`;
}
