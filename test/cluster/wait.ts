/**
 * The only way anything in this folder waits: poll a condition until a deadline, and say what was
 * being waited for when it passes.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";

/** What {@link until} needs besides the condition. */
export interface Waiting {
  /** Completes "waited N ms for …". */
  readonly what: string;
  /** @default {15000} A machine with two busy cores needs seconds for what takes milliseconds alone. */
  readonly timeoutMs?: number;
  /** @default {5} */
  readonly everyMs?: number;
  /** Put under the message: a log's tail. */
  readonly detail?: () => string;
}

/**
 * Polls until `check` gives something other than `undefined` or `false`, and gives that back. A check
 * that throws counts as "not yet"; its last message ends up in the error.
 */
export async function until<T>(
  check: () => T | undefined | false | Promise<T | undefined | false>,
  waiting: Waiting,
): Promise<T> {
  const { what, timeoutMs = 15_000, everyMs = 5, detail } = waiting;
  const deadline = performance.now() + timeoutMs;
  let last = "";
  for (;;) {
    try {
      const answer = await check();
      if (answer !== undefined && answer !== false) return answer;
      last = "";
    } catch (error) {
      if (error instanceof GaveUp) throw error;
      last = error instanceof Error ? error.message : String(error);
    }
    if (performance.now() >= deadline) {
      const lines = [`Waited ${timeoutMs} ms for ${what}`, last, detail?.() ?? ""];
      throw new Error(lines.filter((line) => line !== "").join("\n"));
    }
    await sleep(everyMs);
  }
}

/** Thrown by a check when waiting on is pointless; {@link until} passes it on at once. */
export class GaveUp extends Error {
  override readonly name = "GaveUp";
}
