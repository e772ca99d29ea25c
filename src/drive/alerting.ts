/**
 * Looks at the alert rules from time to time, tells what changed as events, and has it delivered.
 *
 * @module
 */

import { step } from "../observe/alerts.ts";
import { readingOf } from "../observe/reading.ts";
import type { Core } from "./core.ts";
import { POLL_MS } from "./glance.ts";
import { deliveriesDone, isDelivering } from "./lookout.ts";
import { readStats } from "./statistics.ts";
import { wait } from "./wait.ts";

/** Starts looking by the clock, if the place allows work between requests. */
export function startAlerting(core: Core): void {
  if (core.runtime.background && core.settings.alerts.rules.length > 0) schedule(core);
}

function schedule(core: Core): void {
  if (core.closed) return;
  core.lookout.nextLook = core.runtime.clock.background(core.settings.alerts.intervalMs, () => {
    void checkAlerts(core);
    schedule(core);
  });
}

/**
 * Looks at the rules once: for places without background work, where somebody else has the clock. Settles
 * when everything is delivered or given up, so that a request can wait for it (`waitUntil`); never rejects.
 */
export async function checkAlerts(core: Core): Promise<void> {
  if (core.closed) return;
  const { lookout, settings } = core;
  const now = core.runtime.clock.now();
  const { state, changes } = step(
    lookout.state,
    readingOf(readStats(core)),
    now,
    settings.alerts.rules,
  );
  lookout.state = state;
  for (const change of changes) {
    core.bus.emit({ type: "alert", ...change });
    for (const courier of lookout.couriers) courier.take(change);
  }
  await allDelivered(core);
}

/** Where promises belong to a request, whether another one's delivery is over is looked at from time to time. */
export async function allDelivered(core: Core): Promise<void> {
  if (core.roll === undefined) return void (await deliveriesDone(core.lookout));
  while (isDelivering(core.lookout) && !core.over) {
    await wait(core, undefined, POLL_MS);
  }
}
