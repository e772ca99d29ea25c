/**
 * A webhook's options, checked: every problem at once, and no URL or secret in a message.
 *
 * @module
 */

import { OptionError, type OptionProblem } from "../../src/errors.ts";
import { secretBytes } from "./signature.ts";

/** How alerts are posted. */
export interface WebhookOptions {
  /**
   * `whsec_` and 24 to 64 random bytes in base64, shared with the receiver. Several while one replaces
   * another: each signs.
   */
  readonly secret: string | readonly string[];
  /** Who tells it, for a receiver that hears several: up to 100 characters. @default left out */
  readonly source?: string;
  /** How often an alert is posted at most, 1 to 10; holdfast ends it after three minutes anyway. @default {4} */
  readonly attempts?: number;
  /** How long one attempt may take, in milliseconds, 100 to 60000 (Standard Webhooks: 15 to 30 s). @default {15000} */
  readonly timeoutMs?: number;
}

/** The options after they were checked. */
export interface WebhookSettings {
  readonly url: string;
  readonly secrets: readonly Uint8Array<ArrayBuffer>[];
  readonly source: string | undefined;
  readonly attempts: number;
  readonly timeoutMs: number;
}

/** Standard Webhooks: 192 to 512 bits. */
const SECRET_BYTES: readonly [number, number] = [24, 64];
/** The old one, the new one, and one to spare. */
const MAX_SECRETS = 3;
const MAX_SOURCE_LENGTH = 100;
const MAX_ATTEMPTS = 10;
const TIMEOUT_MS: readonly [number, number] = [100, 60_000];
const KNOWN = ["secret", "source", "attempts", "timeoutMs"];

/** Throws an `OptionError` that lists every problem. */
export function readWebhook(url: string | URL, options: WebhookOptions): WebhookSettings {
  const problems: OptionProblem[] = [];
  const refuse = (path: string, value: string, allowed: string): void => {
    problems.push({ path: `webhook.${path}`, value, allowed });
  };
  const given: Readonly<Record<string, unknown>> = typeof options === "object" && options !== null
    ? { ...options }
    : {};
  for (const key of Object.keys(given)) {
    if (!KNOWN.includes(key)) {
      refuse(/^\w{1,40}$/.test(key) ? key : "…", "an unknown option", `one of ${KNOWN.join(", ")}`);
    }
  }
  const { source, attempts = 4, timeoutMs = 15_000 } = given;
  const hasSource = typeof source === "string" && source !== "" &&
    source.length <= MAX_SOURCE_LENGTH;
  if (source !== undefined && !hasSource) {
    refuse("source", kindOf(source), `a text of 1 to ${MAX_SOURCE_LENGTH} characters`);
  }
  if (!isWithin(attempts, [1, MAX_ATTEMPTS]) || !Number.isInteger(attempts)) {
    refuse("attempts", kindOf(attempts), `a whole number from 1 to ${MAX_ATTEMPTS}`);
  }
  if (!isWithin(timeoutMs, TIMEOUT_MS)) {
    refuse("timeoutMs", kindOf(timeoutMs), `milliseconds from ${TIMEOUT_MS.join(" to ")}`);
  }
  const address = readAddress(url);
  if (address === undefined) {
    refuse("url", kindOf(url), "an https: URL without a user (http: on this machine only)");
  }
  const secrets = readSecrets(given["secret"]);
  if (secrets === undefined) {
    refuse(
      "secret",
      kindOf(given["secret"]),
      `"whsec_" and 24 to 64 bytes in base64, or a list of 1 to ${MAX_SECRETS}`,
    );
  }
  if (problems.length > 0 || address === undefined || secrets === undefined) {
    throw new OptionError(problems);
  }
  return {
    url: address,
    secrets,
    source: hasSource ? source : undefined,
    attempts: attempts as number, // both seen to be
    timeoutMs: timeoutMs as number,
  };
}

/** No text is shown: an address often holds a token, and a misplaced option may be the secret. */
function kindOf(value: unknown): string {
  switch (typeof value) {
    case "string":
      return value === "" ? "an empty text" : "a text (not shown)";
    case "number":
    case "boolean":
    case "undefined":
      return String(value);
    case "object":
      if (value === null) return "null";
      return Array.isArray(value) ? `a list of ${value.length}` : "an object";
    case "bigint":
    case "function":
    case "symbol":
      return `a ${typeof value}`;
  }
}

function readAddress(given: unknown): string | undefined {
  let url: URL;
  try {
    url = new URL(String(given));
  } catch {
    return undefined;
  }
  // fetch refuses a URL with a user or a password, and would name it.
  if (url.username !== "" || url.password !== "") return undefined;
  if (url.protocol === "https:") return url.href;
  return url.protocol === "http:" && isThisMachine(url.hostname) ? url.href : undefined;
}

function isThisMachine(hostname: string): boolean {
  return hostname === "[::1]" || /^(?:(?:.+\.)?localhost|127\.\d+\.\d+\.\d+)$/.test(hostname);
}

function readSecrets(given: unknown): Uint8Array<ArrayBuffer>[] | undefined {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  const secrets = list.flatMap((one) =>
    typeof one === "string" && one.startsWith("whsec_") ? secretBytes(one) ?? [] : []
  );
  const usable = list.length >= 1 && list.length <= MAX_SECRETS && secrets.length === list.length &&
    secrets.every(({ length }) => isWithin(length, SECRET_BYTES));
  return usable ? secrets : undefined;
}

function isWithin(value: unknown, [low, high]: readonly [number, number]): boolean {
  return typeof value === "number" && value >= low && value <= high;
}
