/**
 * Posts alerts to a receiver, signed as Standard Webhooks has it, and again while that makes sense.
 *
 * @module
 */

import type { Alert, AlertSink } from "../../src/ports.ts";
import { attempt, type Post, type WebhookPlace } from "./attempt.ts";
import { signatures, type Signed } from "./signature.ts";
import { readWebhook, type WebhookOptions, type WebhookSettings } from "./webhook-options.ts";

/** What is posted, as JSON. */
export interface WebhookPayload {
  /** The same in every attempt, as the `webhook-id` header: a receiver drops what it has seen. */
  readonly id: string;
  readonly rule: string;
  readonly phase: Alert["phase"];
  readonly value: number;
  readonly threshold: number;
  readonly says: string;
  /** When the alert began or was over, in ISO 8601. */
  readonly at: string;
  readonly source?: string;
}

/** The pause before the second attempt; doubled each time, a half of it up to chance (ours). */
const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 15_000;
/** A receiver may ask for a longer pause, but an alert is worth nothing much later (ours). */
const MAX_RETRY_AFTER_MS = 20_000;
/** What a rule says is cut here, so that a body stays well below 20 kB (Standard Webhooks). */
const MAX_TEXT_LENGTH = 1_000;

/**
 * Posts each alert to `url` as {@link WebhookPayload}, with the headers `webhook-id`, `webhook-timestamp`
 * and `webhook-signature` of standardwebhooks.com, whose libraries verify it. Again after a network error,
 * 408, 429 or 5xx, with the same id; redirects are not followed. What is given up is counted in
 * `stats().alerts.failed`.
 *
 * @throws an {@link OptionError} that lists every wrong option, without the URL or the secret
 */
export function webhook(url: string | URL, options: WebhookOptions): AlertSink {
  return webhookOn(WEB, url, options);
}

/** As {@link webhook}, in a place of your own. */
export function webhookOn(
  place: WebhookPlace,
  url: string | URL,
  options: WebhookOptions,
): AlertSink {
  const settings = readWebhook(url, options);
  return (alert, signal) => deliver(place, settings, alert, signal);
}

const WEB: WebhookPlace = {
  fetch: (url, init) => fetch(url, init),
  now: () => Date.now(),
  random: () => Math.random(),
  unique: () => crypto.randomUUID(),
  after: (delayMs, wake) => {
    const timer = setTimeout(wake, delayMs);
    return () => clearTimeout(timer);
  },
};

async function deliver(
  place: WebhookPlace,
  settings: WebhookSettings,
  alert: Alert,
  signal: AbortSignal | undefined,
): Promise<void> {
  const id = `msg_${place.unique()}`;
  const body = JSON.stringify(payloadOf(id, alert, settings, place.now()));
  for (let tries = 1;; tries++) {
    const post = await sealed(place, settings, id, body);
    const ended = await attempt(place, post, settings.timeoutMs, signal);
    if (ended.ok) return;
    if (!ended.again || tries >= settings.attempts || signal?.aborted === true) {
      const times = tries === 1 ? "1 attempt" : `${tries} attempts`;
      throw new Error(`The webhook gave up after ${times}: ${ended.why}`);
    }
    await pause(place, pauseMs(tries, ended.retryAfterMs, place.random()), signal);
  }
}

function payloadOf(
  id: string,
  { rule, phase, value, threshold, says, agoMs }: Alert,
  { source }: WebhookSettings,
  now: number,
): WebhookPayload {
  return {
    id,
    rule: rule.slice(0, MAX_TEXT_LENGTH),
    phase,
    value,
    threshold,
    says: says.slice(0, MAX_TEXT_LENGTH),
    at: new Date(now - agoMs).toISOString(),
    ...(source === undefined ? {} : { source }),
  };
}

/** Signed anew for each attempt: a receiver refuses a timestamp that is some minutes old. */
async function sealed(
  place: WebhookPlace,
  { url, secrets }: WebhookSettings,
  id: string,
  body: string,
): Promise<Post> {
  const signed: Signed = { id, timestamp: Math.floor(place.now() / 1_000), body };
  return {
    url,
    body,
    headers: {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(signed.timestamp),
      "webhook-signature": await signatures(secrets, signed),
    },
  };
}

/** Exponential, half fixed and half by chance, so that many senders do not come back at once. */
function pauseMs(tries: number, retryAfterMs: number | undefined, random: number): number {
  const full = Math.min(FIRST_PAUSE_MS * 2 ** (tries - 1), MAX_PAUSE_MS);
  return Math.max(full * (0.5 + random / 2), Math.min(retryAfterMs ?? 0, MAX_RETRY_AFTER_MS));
}

function pause(
  place: WebhookPlace,
  delayMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      callOff();
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const callOff = place.after(delayMs, end);
    if (signal?.aborted === true) return end();
    signal?.addEventListener("abort", end);
  });
}
