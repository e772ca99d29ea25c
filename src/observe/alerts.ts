/**
 * Alerts: rules over a reading, each with a threshold, a second value at which it ends (hysteresis), and
 * how long either must last. Prometheus' `for` and `keep_firing_for` are the two durations; the second
 * value is what its rules lack (Nagios' flap detection and every thermostat have it).
 *
 * A reducer: the state is readonly JSON and holds only the rules that are not quiet.
 *
 * @module
 */

import type { Reading, ReadingName } from "./reading.ts";

/** When to tell whom what. */
export interface AlertRule {
  /** A name of your own, unique among the rules. */
  readonly name: string;
  /** What it means, for people. */
  readonly says: string;
  /** The number it looks at. */
  readonly of: ReadingName;
  /** On which side of the threshold it is alarming. The threshold itself is not. */
  readonly when: "above" | "below";
  readonly threshold: number;
  /**
   * Once it has fired: the value at which it is over, on the safe side of the threshold. In between it goes
   * on. @default {`threshold`}
   */
  readonly clearAt?: number;
  /** How long the value must be alarming before it fires. @default {10000} */
  readonly forMs?: number;
  /** How long the value must be at `clearAt` or safer before it is over. @default {10000} */
  readonly clearForMs?: number;
}

/** The durations of a rule that names none: twice the interval at which the rules are looked at. */
export const ALERT_DEFAULTS: Readonly<Required<Pick<AlertRule, "forMs" | "clearForMs">>> = {
  forMs: 10_000,
  clearForMs: 10_000,
};

/** The availability guide's three. To add your own: `[...DEFAULT_ALERTS, mine]`. */
export const DEFAULT_ALERTS: readonly AlertRule[] = [
  {
    name: "fewEndpoints",
    says: "fewer than half of the endpoints are available",
    of: "availableRatio",
    when: "below",
    threshold: 0.5,
  },
  {
    name: "slowResponses",
    says: "the average response takes over 1 second",
    of: "avgResponseMs",
    when: "above",
    threshold: 1_000,
    clearAt: 800,
  },
  {
    name: "lowScore",
    says: "the average health score is under 70",
    of: "avgScore",
    when: "below",
    threshold: 70,
    clearAt: 75,
  },
];

/** How a rule stands that is not quiet. */
export interface RuleState {
  readonly rule: string;
  /** `pending`: alarming, but not long enough; `clearing`: safe, but not long enough, so still firing. */
  readonly phase: "pending" | "firing" | "clearing";
  /** Since when, by the clock of who steps. */
  readonly since: number;
}

/** The rules that are not quiet, in the order of the rules. */
export type AlertState = readonly RuleState[];

/** A rule that began to fire, or is over. */
export interface AlertChange {
  readonly rule: string;
  readonly phase: "firing" | "resolved";
  readonly value: number;
  readonly threshold: number;
  readonly says: string;
}

/** What a step came to. */
export interface AlertStep {
  readonly state: AlertState;
  readonly changes: readonly AlertChange[];
}

/** Where everything starts: all is quiet. */
export const QUIET: AlertState = [];

/**
 * Looks at every rule once. A number that is not known leaves its rule as it is: silence neither proves
 * that something is wrong nor that it is over. A rule that is no longer among the rules is forgotten.
 */
export function step(
  state: AlertState,
  reading: Reading,
  now: number,
  rules: readonly AlertRule[],
): AlertStep {
  const next: RuleState[] = [];
  const changes: AlertChange[] = [];
  for (const rule of rules) {
    const before = state.find(({ rule: name }) => name === rule.name);
    const value = reading[rule.of];
    const isKnown = value !== undefined && !Number.isNaN(value);
    const after = isKnown ? stepRule(before, value, now, rule) : before;
    if (after !== undefined) next.push(after);
    if (!isKnown || fires(before) === fires(after)) continue;
    const { name, threshold, says } = rule;
    const phase = fires(after) ? "firing" : "resolved";
    changes.push({ rule: name, phase, value, threshold, says });
  }
  const same = next.length === state.length && next.every((one, i) => one === state[i]);
  return { state: same ? state : next, changes };
}

/** The names of the rules that fire. */
export function firing(state: AlertState): readonly string[] {
  return state.filter(fires).map(({ rule }) => rule);
}

function fires(state: RuleState | undefined): boolean {
  return state !== undefined && state.phase !== "pending";
}

function stepRule(
  before: RuleState | undefined,
  value: number,
  now: number,
  rule: AlertRule,
): RuleState | undefined {
  const { forMs = ALERT_DEFAULTS.forMs, clearForMs = ALERT_DEFAULTS.clearForMs } = rule;
  const enter = (phase: RuleState["phase"]): RuleState => ({ rule: rule.name, phase, since: now });
  if (before === undefined || before.phase === "pending") {
    if (!isAlarming(rule, value)) return undefined;
    const pending = before ?? enter("pending");
    return lasted(pending, now, forMs) ? enter("firing") : pending;
  }
  if (!isOver(rule, value)) return before.phase === "firing" ? before : enter("firing");
  const clearing = before.phase === "clearing" ? before : enter("clearing");
  return lasted(clearing, now, clearForMs) ? undefined : clearing;
}

function lasted({ since }: RuleState, now: number, forMs: number): boolean {
  return now - since >= forMs;
}

function isAlarming({ when, threshold }: AlertRule, value: number): boolean {
  return when === "above" ? value > threshold : value < threshold;
}

function isOver({ when, threshold, clearAt = threshold }: AlertRule, value: number): boolean {
  return when === "above" ? value <= clearAt : value >= clearAt;
}
