/**
 * Counts what is under way, so that a close can wait for it.
 *
 * @module
 */

import type { Core } from "./core.ts";
import type { Hold } from "./trip.ts";

/** Something begins. What belongs to a transaction is not counted: the transaction is. */
export function enter(core: Core, call: { readonly hold?: Hold }): void {
  if (call.hold === undefined) core.running++;
}

/** It ended. */
export function leave(core: Core, call: { readonly hold?: Hold }): void {
  if (call.hold === undefined && --core.running === 0) core.onIdle?.();
}
