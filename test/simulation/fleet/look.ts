/**
 * How long a look at an endpoint takes.
 */

import type { Random } from "../../../src/ports.ts";

const ANSWERS_MS = 20;
/** A probe's timeout (`probeTimeoutMs`). */
const TIMEOUT_MS = 1_000;

/** Until it answers, or until one gives up. */
export function lookMs(answers: boolean, random: Random): number {
  return answers ? random() * ANSWERS_MS : TIMEOUT_MS;
}
