/**
 * A place for webhooks that speaks real HTTP, and in which no time passes: pauses end at once and are
 * noted, and an attempt is only too late when a test says so.
 */

import type { WebhookPlace } from "../../../adapters/alerts/attempt.ts";
import type { Alert } from "../../../src/ports.ts";

/** An attempt's limit in these tests: longer than any pause, so that the two are told apart. */
export const LIMIT_MS = 60_000;

/** A place, and what was asked of it. */
export interface TestPlace extends WebhookPlace {
  readonly pauses: number[];
  /** Lets the attempts under way be too late. */
  late(): void;
}

/** @param random what chance gives each time */
export function testPlace(random = 0, given: Partial<WebhookPlace> = {}): TestPlace {
  const pauses: number[] = [];
  const limits = new Set<() => void>();
  let ids = 0;
  return {
    fetch: (url, init) => fetch(url, init),
    now: () => Date.now(),
    random: () => random,
    unique: () => `${++ids}`,
    after: (delayMs, wake) => {
      if (delayMs === LIMIT_MS) {
        limits.add(wake);
        return () => limits.delete(wake);
      }
      pauses.push(delayMs);
      const soon = setImmediate(wake);
      return () => clearImmediate(soon);
    },
    pauses,
    late: () => {
      for (const wake of limits) wake();
    },
    ...given,
  };
}

/** An alert as holdfast hands it on. */
export const ALERT: Alert = {
  rule: "lowScore",
  phase: "firing",
  value: 33.3,
  threshold: 70,
  says: "the average health score is under 70",
  agoMs: 0,
};

/** A signal that never fires. */
export function never(): AbortSignal {
  return new AbortController().signal;
}
