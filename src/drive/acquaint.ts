/**
 * A fresh isolate knows nothing. Its very first calls wait a moment for what the others believe: to send them to
 * an endpoint that is known to be dead would cost far more. Only within `sharing.coldWaitMs` of the first call:
 * a slow store is waited for once in an isolate's life, and an absent one is given up at once.
 *
 * @module
 */

import { attend } from "./attend.ts";
import type { Core } from "./core.ts";
import { isFresh, type Share } from "./share.ts";
import type { Trip } from "./trip.ts";
import { wait } from "./wait.ts";

/** Between two looks whether the answer is there: nobody awaits another request's promise (it may never settle). */
const POLL_MS = 2;

/**
 * Whether it is still to be waited for. Nearly always two comparisons. Also an isolate without timers that slept for
 * an hour: what it heard before may be long over, a failover too.
 */
export function isCold({ share, runtime }: Core, now: number): boolean {
  if (share === undefined) return false;
  const { beliefs, circuit } = share;
  if (beliefs !== undefined && (runtime.background || isFresh(share, now))) return false;
  // A store that has failed is not waited for.
  if (circuit.phase !== "closed" || circuit.failures > 0) return false;
  return share.coldFor !== wordOf(share) || now < share.coldUntil;
}

/** Waits until a word is there, or it has taken too long. */
export async function acquaint(core: Core, trip: Trip): Promise<void> {
  const { share } = core;
  const { clock } = core.runtime;
  if (share === undefined) return;
  if (share.coldFor !== wordOf(share)) {
    share.coldFor = wordOf(share);
    share.coldUntil = trip.now + core.settings.sharing.coldWaitMs;
    share.dueAt = Math.min(share.dueAt, trip.now);
  }
  attend(trip.scope, trip.now);
  while (isCold(core, clock.now()) && clock.now() < trip.deadlineAt) {
    if ((await wait(trip.scope, trip.signal, POLL_MS)) !== "late") break;
  }
  trip.now = clock.now();
}

/** The last word there was. */
function wordOf({ beliefs }: Share): number {
  return beliefs?.takenAt ?? -Infinity;
}
