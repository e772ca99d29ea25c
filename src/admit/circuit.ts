/**
 * The circuit of one endpoint: a pure reducer over readonly JSON.
 *
 * ```
 *            failures in a row, failure ratio, slow ratio
 *   closed ────────────────────────────────────────────▶ open ◀─┐
 *      ▲                                                   │     │ a trial failed:
 *      │ enough trials succeeded            its pause over │     │ twice the pause
 *      └──────────────────────── half-open ◀───────────────┘     │
 *                                    └────────────────────────────┘
 *   any ── isolate ──▶ isolated ── release ──▶ closed
 * ```
 *
 * - **No timer.** An open circuit whose pause is over *is* half-open for whoever looks: see {@link at}.
 * - **No chance inside.** The jitter's draw rides in the event, so that any run replays.
 * - **Late results.** An attempt that began before the circuit opened may end after. While open every
 *   result is ignored. Half-open circuits only ignore those that say they are late: an attempt that
 *   remembers the circuit's `round` when it began, and hands it back with its result, is exact; one
 *   that does not is taken at its word.
 * - When it closes, the caller empties its window, or the failures that opened it would soon do so again.
 *
 * @module
 */

import type { CallTotals } from "../time/window.ts";
import type { CircuitOptions } from "./circuit-options.ts";
import { pauseMs } from "./pause.ts";

export { CIRCUIT_DEFAULTS, type CircuitOptions } from "./circuit-options.ts";

/** Why a circuit opened. */
export type OpenReason =
  | "consecutiveFailures"
  | "failureRatio"
  | "slowCallRatio"
  | "trialFailed"
  | "down"
  | "told";

interface Rounds {
  /** Counts openings (and lost trials) and never falls: tells an attempt's era from the next. */
  readonly round: number;
}

/** Everything passes. */
export interface ClosedCircuit extends Rounds {
  readonly phase: "closed";
  /** Failures in a row so far. */
  readonly failures: number;
}

/** Nothing passes until the pause is over. */
export interface OpenCircuit extends Rounds {
  readonly phase: "open";
  /** The clock's reading at which it becomes half-open. */
  readonly until: number;
  /** Openings since it was last closed, from 1: the pause doubles with each. */
  readonly openings: number;
  readonly because: OpenReason;
}

/** A bounded number of trials pass. */
export interface HalfOpenCircuit extends Rounds {
  readonly phase: "halfOpen";
  /** Trials under way. */
  readonly trials: number;
  /** When the last of them was taken; without trials it means nothing. */
  readonly trialAt: number;
  readonly successes: number;
  readonly openings: number;
}

/** Held open by a person. */
export interface IsolatedCircuit extends Rounds {
  readonly phase: "isolated";
}

/** A circuit; `phase` tells the four apart. */
export type Circuit = ClosedCircuit | OpenCircuit | HalfOpenCircuit | IsolatedCircuit;

interface Result {
  /** The circuit's `round` when the attempt began; without it the result counts as of now. */
  readonly round?: number;
}

/** What the reducer needs of a call that may open the circuit. */
interface Weighed extends Result {
  /** The window after this call was recorded. */
  readonly totals: CallTotals;
  /** A uniform draw from [0, 1), for the pause's jitter. */
  readonly random: number;
}

/** What can happen to a circuit. */
export type CircuitEvent =
  /** Answered, and fast enough. */
  | ({ readonly type: "success" } & Result)
  /** The endpoint failed. */
  | ({ readonly type: "failure" } & Weighed)
  /** Its line broke, but the endpoint answers: counts for the ratio, and not as one of a row. */
  | ({ readonly type: "broken" } & Weighed)
  /** Answered, but later than `slowCallMs`. */
  | ({ readonly type: "slow" } & Weighed)
  /** It was found down by other means than calls: a closed circuit opens. */
  | ({ readonly type: "down" } & Omit<Weighed, "round">)
  /** An attempt proved nothing (called off, no connection free): a trial gives its permit back. */
  | ({ readonly type: "neutral" } & Result)
  /** A half-open circuit's permit is taken. Ask {@link admits} first: without a free one nothing happens. */
  | { readonly type: "trial" }
  /** A look was answered while it was open: the first pause ends early. Later ones do not, or it would flap. */
  | { readonly type: "answered" }
  /** It is alive again, by several looks in a row: the pause ends, however long it had become. */
  | { readonly type: "alive" }
  /** It proved well by other means than trials (it was just promoted): closes, unless a person holds it open. */
  | { readonly type: "recovered" }
  /** Others found it down: nothing passes before `until`, by this isolate's clock. */
  | { readonly type: "told"; readonly until: number }
  | { readonly type: "isolate" }
  | { readonly type: "release" };

/** A new endpoint's circuit. */
export const closedCircuit: Circuit = { phase: "closed", failures: 0, round: 0 };

/** The circuit as it stands at `now`: an open one whose pause is over reads half-open. */
export function at(circuit: Circuit, now: number): Circuit {
  if (circuit.phase !== "open" || now < circuit.until) return circuit;
  const { round, openings } = circuit;
  return { phase: "halfOpen", trials: 0, trialAt: now, successes: 0, openings, round };
}

/** Whether an attempt may go to the endpoint now. On a half-open circuit it must then take a trial. */
export function admits(circuit: Circuit, now: number, options: CircuitOptions): boolean {
  switch (circuit.phase) {
    case "closed":
      return true;
    case "open":
      return now >= circuit.until;
    case "halfOpen":
      return circuit.trials < options.halfOpenTrials || isLost(circuit, now, options);
    case "isolated":
      return false;
    default:
      return circuit satisfies never;
  }
}

/** What is left of the pause; 0 when there is none, `Infinity` while isolated. */
export function cooldownMs(circuit: Circuit, now: number): number {
  if (circuit.phase === "isolated") return Infinity;
  return circuit.phase === "open" ? Math.max(0, circuit.until - now) : 0;
}

/** Folds one event into a circuit. The same reference means that nothing changed. */
export function step(
  circuit: Circuit,
  event: CircuitEvent,
  now: number,
  options: CircuitOptions,
): Circuit {
  const { round } = circuit;
  switch (event.type) {
    case "isolate":
      return circuit.phase === "isolated" ? circuit : { phase: "isolated", round: round + 1 };
    case "release":
      return circuit.phase === "isolated" ? { phase: "closed", failures: 0, round } : circuit;
    case "trial":
      return take(circuit, now, options);
    case "answered":
      return circuit.phase === "open" && circuit.openings === 1
        ? at({ ...circuit, until: now }, now)
        : circuit;
    case "alive":
      return circuit.phase === "open" ? at({ ...circuit, until: now }, now) : circuit;
    case "down":
      return circuit.phase === "closed"
        ? opened(circuit, "down", now + pauseMs(1, event.random, options))
        : circuit;
    case "recovered":
      return circuit.phase === "open" || circuit.phase === "halfOpen"
        ? { phase: "closed", failures: 0, round: round + 1 }
        : circuit;
    case "told":
      return heed(circuit, event.until);
    case "success":
    case "failure":
    case "broken":
    case "slow":
    case "neutral":
      if (event.round !== undefined && event.round !== round) return circuit;
      return settle(circuit, event, now, options);
    default:
      return event satisfies never;
  }
}

function heed(circuit: Circuit, until: number): Circuit {
  if (circuit.phase === "isolated") return circuit;
  if (circuit.phase === "closed") return opened(circuit, "told", until);
  if (circuit.phase === "open") return circuit.until < until ? { ...circuit, until } : circuit;
  const { round, openings } = circuit;
  return { phase: "open", until, openings, because: "told", round };
}

type ResultEvent = Extract<CircuitEvent, Result>;

function settle(
  circuit: Circuit,
  event: ResultEvent,
  now: number,
  options: CircuitOptions,
): Circuit {
  switch (circuit.phase) {
    case "closed":
      return settleClosed(circuit, event, now, options);
    case "halfOpen":
      return settleTrial(circuit, event, now, options);
    case "open":
    case "isolated":
      return circuit;
    default:
      return circuit satisfies never;
  }
}

function settleClosed(
  circuit: ClosedCircuit,
  event: ResultEvent,
  now: number,
  options: CircuitOptions,
): Circuit {
  if (event.type === "neutral") return circuit;
  const failures = failuresAfter(circuit, event);
  if (event.type !== "success") {
    const because = tripReason(failures, event, options);
    if (because !== undefined) {
      return opened(circuit, because, now + pauseMs(1, event.random, options));
    }
  }
  return failures === circuit.failures ? circuit : { ...circuit, failures };
}

function opened({ round }: ClosedCircuit, because: OpenReason, until: number): OpenCircuit {
  return { phase: "open", until, openings: 1, because, round: round + 1 };
}

/** How many in a row there are after a result. */
function failuresAfter(circuit: ClosedCircuit, event: ResultEvent): number {
  if (event.type === "failure") return circuit.failures + 1;
  return event.type === "broken" ? circuit.failures : 0;
}

function settleTrial(
  circuit: HalfOpenCircuit,
  event: ResultEvent,
  now: number,
  options: CircuitOptions,
): Circuit {
  const trials = Math.max(0, circuit.trials - 1);
  if (event.type === "neutral") return trials === circuit.trials ? circuit : { ...circuit, trials };
  // An endpoint that was left for being slow and still is has not recovered.
  const stillSlow = event.type === "slow" && options.slowCallRatio !== undefined;
  if (event.type === "failure" || event.type === "broken" || stillSlow) {
    const openings = circuit.openings + 1;
    const until = now + pauseMs(openings, event.random, options);
    return { phase: "open", until, openings, because: "trialFailed", round: circuit.round + 1 };
  }
  const successes = circuit.successes + 1;
  if (successes < options.successesToClose) return { ...circuit, trials, successes };
  return { phase: "closed", failures: 0, round: circuit.round };
}

function take(circuit: Circuit, now: number, options: CircuitOptions): Circuit {
  const current = at(circuit, now);
  if (current.phase !== "halfOpen" || !admits(current, now, options)) return circuit;
  // All out and none came back: count from anew, in a round in which the lost ones are strangers.
  if (current.trials > 0 && isLost(current, now, options)) {
    return { ...current, trials: 1, trialAt: now, round: current.round + 1 };
  }
  return { ...current, trials: current.trials + 1, trialAt: now };
}

function isLost(circuit: HalfOpenCircuit, now: number, options: CircuitOptions): boolean {
  return now - circuit.trialAt >= options.trialTimeoutMs;
}

function tripReason(
  failures: number,
  { type, totals }: ResultEvent & Weighed,
  options: CircuitOptions,
): OpenReason | undefined {
  if (failures >= options.consecutiveFailures) return "consecutiveFailures";
  if (totals.calls < options.minimumCalls) return undefined;
  const failed = type === "failure" || type === "broken";
  if (failed && totals.failures >= options.failureRatio * totals.calls) return "failureRatio";
  const { slowCallRatio } = options;
  if (slowCallRatio !== undefined && totals.slow >= slowCallRatio * totals.calls) {
    return "slowCallRatio";
  }
  return undefined;
}
