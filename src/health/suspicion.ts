/**
 * Whether an endpoint is alive, suspect or down, out of what its probes and its queries met.
 *
 * ```
 *   alive ── any failure ──▶ suspect ── `fall` failures in a row, the last a probe's ──▶ down
 *     ▲                         │                                                         │
 *     ├── `rise` answers in a row                                                         │
 *     └── `rise` answers of probes in a row ──────────────────────────────────────────────┘
 * ```
 *
 * - **Queries make it suspect, only a probe finds it down.** A query's line breaks for reasons of its
 *   own: a pooler restarts, `pg_terminate_backend` ends a thousand sessions at once. Ten such failures
 *   in a row say nothing that one answered probe would not refute, and a wrong verdict takes a healthy
 *   site down. They do count: the first probe that fails after them is enough.
 * - **Once it is down, only probes count.** A query that ends then began before: its answer tells of
 *   the time before the fall, and its timeout would hold up a return that probes have seen.
 *
 * @module
 */

import type { Suspicion } from "../model/event.ts";

/** What is known of an endpoint. The counts stop at `fall` and `rise`. */
export interface Health {
  readonly state: Suspicion;
  /** Failures in a row. */
  readonly failures: number;
  /** Answers in a row since the last failure; not counted while alive. */
  readonly successes: number;
}

/** How many results in a row change a verdict. */
export interface SuspicionOptions {
  /** Failures in a row that take an endpoint down, from 1. @default {3}, as HAProxy's `fall` and AWS's efm2 */
  readonly fall: number;
  /** Answers in a row that bring it back, from 1. @default {2}, as HAProxy's `rise` */
  readonly rise: number;
}

/** The defaults, with sources in {@link SuspicionOptions}. */
export const SUSPICION_DEFAULTS: SuspicionOptions = { fall: 3, rise: 2 };

/** Who met the endpoint. */
export type Witness = "probe" | "query";

/** What can happen to an endpoint's health. A refused statement is an answer. */
export type HealthEvent =
  | { readonly type: "failed"; readonly by: Witness }
  | { readonly type: "answered"; readonly by: Witness }
  /** It proved well by other means than probes (it was just promoted). */
  | { readonly type: "recovered" };

/** An endpoint nothing is held against. */
export const freshHealth: Health = { state: "alive", failures: 0, successes: 0 };

/** Folds one event into the health. The same reference means that nothing changed. */
export function step(health: Health, event: HealthEvent, options: SuspicionOptions): Health {
  switch (event.type) {
    case "answered":
      return answered(health, event.by, options);
    case "failed":
      return failed(health, event.by, options);
    case "recovered":
      return health.state === "alive" ? health : freshHealth;
    default:
      return event satisfies never;
  }
}

/** Why the event led to this state, for people. */
export function reason(after: Health, event: HealthEvent): string {
  if (event.type === "recovered") return "it proved well";
  if (event.type === "answered") return "it answers again";
  return after.state === "down" && after.failures > 1
    ? `${after.failures} or more failures in a row, the last of a probe`
    : `a ${event.by} failed`;
}

function answered(health: Health, by: Witness, { rise }: SuspicionOptions): Health {
  if (health.state === "alive") return health;
  if (health.state === "down" && by === "query") return health;
  const successes = health.successes + 1;
  return successes >= rise ? freshHealth : { state: health.state, failures: 0, successes };
}

function failed(health: Health, by: Witness, { fall }: SuspicionOptions): Health {
  const { state: before } = health;
  if (before === "down" && by === "query") return health;
  const failures = Math.min(health.failures + 1, fall);
  const falls = before === "down" || (by === "probe" && failures >= fall);
  const state = falls ? "down" : "suspect";
  // With answers since, there were no failures: those would differ.
  const same = state === before && failures === health.failures;
  return same ? health : { state, failures, successes: 0 };
}
