/**
 * Checks a retry strategy.
 *
 * @module
 */

import { MAX_DELAY_MS } from "../retry/delay.ts";
import type { RetryStrategy } from "../retry/strategy.ts";
import type { Inspector } from "./inspector.ts";

/** More attempts than this are no retry but a loop. */
const MAX_ATTEMPTS = 100;

/** What each type of strategy is made of; a `?` marks what may be left out. */
const FIELDS: Readonly<Record<RetryStrategy["type"], readonly string[]>> = {
  fixed: ["intervalMs"],
  linear: ["initialDelayMs", "incrementMs", "maxDelayMs?"],
  exponential: ["initialDelayMs", "maxDelayMs", "multiplier?", "jitter?"],
  custom: ["delaysMs"],
};

/** The strategy as given, or `undefined` when there is none or it is not usable. */
export function readRetry(inspector: Inspector, value: unknown): RetryStrategy | undefined {
  if (value === undefined) return undefined;
  const path = "execution.retry";
  const given = inspector.record(path, value);
  const types = Object.keys(FIELDS) as RetryStrategy["type"][];
  const type = inspector.word(`${path}.type`, given["type"], types);
  if (type === undefined) return undefined;
  const names = FIELDS[type].map((field) => field.replace("?", ""));
  inspector.onlyKnown(path, given, ["type", "maxAttempts", ...names]);
  const { maxAttempts } = given;
  if (!isWithin(maxAttempts, 1, MAX_ATTEMPTS) || !Number.isInteger(maxAttempts)) {
    inspector.refuse(
      `${path}.maxAttempts`,
      maxAttempts,
      `a whole number from 1 to ${MAX_ATTEMPTS}`,
    );
  }
  for (const field of FIELDS[type]) {
    const name = field.replace("?", "");
    if (field.endsWith("?") && given[name] === undefined) continue;
    checkField(inspector, `${path}.${name}`, name, given[name]);
  }
  return given as unknown as RetryStrategy;
}

function checkField(inspector: Inspector, path: string, name: string, value: unknown): void {
  switch (name) {
    case "jitter":
      inspector.word(path, value, ["none", "full", "decorrelated"]);
      return;
    case "multiplier":
      if (!isWithin(value, 1, 100)) inspector.refuse(path, value, "a number from 1 to 100");
      return;
    case "delaysMs":
      if (typeof value === "function") return;
      if (Array.isArray(value) && value.length > 0 && value.every(isDelay)) return;
      inspector.refuse(path, value, "a list of milliseconds, or a function of the failed attempt");
      return;
    default:
      if (!isDelay(value)) inspector.refuse(path, value, `milliseconds from 0 to ${MAX_DELAY_MS}`);
  }
}

function isDelay(value: unknown): boolean {
  return isWithin(value, 0, MAX_DELAY_MS);
}

function isWithin(value: unknown, low: number, high: number): boolean {
  return typeof value === "number" && value >= low && value <= high;
}
