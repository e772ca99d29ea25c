/**
 * Counts what is under way, so that a close can wait for it.
 *
 * @module
 */

import type { Core } from "./core.ts";
import type { Enrolled } from "./roll.ts";
import type { Hold } from "./trip.ts";

/** Something under way, where its request could be cut off. */
export interface Presence extends Enrolled {
  counts: boolean;
}

/** Something begins. What belongs to a transaction is not counted: the transaction is. */
export function enter(
  core: Core,
  call: { readonly hold?: Hold },
  until: number,
): Presence | undefined {
  if (call.hold !== undefined) return undefined;
  core.running++;
  if (core.roll === undefined) return undefined;
  const presence: Presence = {
    until,
    counts: true,
    forsaken: () => {
      presence.counts = false;
      core.running--;
    },
  };
  core.roll.add(presence, core.runtime.clock.now());
  return presence;
}

/** It ended. */
export function leave(
  core: Core,
  call: { readonly hold?: Hold },
  presence: Presence | undefined,
): void {
  if (call.hold !== undefined || presence?.counts === false) return;
  if (presence !== undefined) core.roll?.remove(presence);
  if (--core.running === 0) core.onIdle?.();
}
