/**
 * A fresh isolate knows nothing. Its very first calls wait a moment for what the others believe: to send them to
 * an endpoint that is known to be dead would cost far more. Only within `sharing.coldWaitMs` of the first call:
 * a slow store is waited for once in an isolate's life, and an absent one is given up at once.
 *
 * @module
 */

import { attend } from "./attend.ts";
import type { Core } from "./core.ts";
import type { Trip } from "./trip.ts";
import { wait } from "./wait.ts";

/** Between two looks whether the answer is there: nobody awaits another request's promise (it may never settle). */
const POLL_MS = 2;

/** Whether it is still to be waited for. Nearly always one comparison. */
export function isCold({ share }: Core, now: number): boolean {
  return share !== undefined && share.beliefs === undefined && share.counts.failures === 0 &&
    (share.coldUntil === undefined || now < share.coldUntil);
}

/** Waits until the first snapshot is there, or it has taken too long. */
export async function acquaint(core: Core, trip: Trip): Promise<void> {
  const { share } = core;
  const { clock } = core.runtime;
  if (share === undefined) return;
  share.coldUntil ??= trip.now + core.settings.sharing.coldWaitMs;
  attend(trip.scope, trip.now);
  while (isCold(core, clock.now()) && clock.now() < trip.deadlineAt) {
    if ((await wait(trip.scope, trip.signal, POLL_MS)) !== "late") break;
  }
  trip.now = clock.now();
}
