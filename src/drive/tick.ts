/**
 * What is due now, done once: for places where no timer runs between requests, and somebody else has the clock (a
 * Durable Object's alarm, `Deno.cron`, a route that a scheduler calls, `waitUntil`).
 *
 * @module
 */

import { checkAlerts } from "./alerting.ts";
import { syncFully } from "./attend.ts";
import type { Core } from "./core.ts";
import { startHousekeeping } from "./housekeeping.ts";
import { sweepIfDue } from "./peers.ts";
import { lookIfDue, startProber } from "./prober.ts";
import type { Scope } from "./scope.ts";
import { isSyncDue } from "./sync.ts";

/** Ticks that are missed before calls are what tells whether an endpoint is back: a cron's minute, twice. */
const AWAITED_MS = 120_000;

/** What a tick came to. */
export interface Ticked {
  /** In how long something is due again; until then a tick does nothing. */
  readonly nextInMs: number;
}

/** Looks at the endpoints, syncs with the store, checks the alerts: whatever of it is due. Never rejects. */
export async function tick(scope: Scope): Promise<Ticked> {
  const { core } = scope;
  const { clock } = core.runtime;
  core.tickedUntil = clock.now() + AWAITED_MS;
  startHousekeeping(core);
  startProber(core);
  // First, because others may have looked already.
  await syncIfDue(scope);
  await lookIfDue(scope);
  sweepIfDue(core, clock.now());
  await syncIfDue(scope);
  await checkAlertsIfDue(core);
  return { nextInMs: nextInMs(core) };
}

async function syncIfDue(scope: Scope): Promise<void> {
  const { core } = scope;
  const { share } = core;
  // Whoever coordinates has the store next to it.
  const isDue = core.runtime.coordinates === true || share === undefined ||
    isSyncDue(core, share, core.runtime.clock.now());
  if (share !== undefined && isDue) {
    await syncFully(scope, share);
  }
}

async function checkAlertsIfDue(core: Core): Promise<void> {
  const { runtime, settings, lookout } = core;
  const now = runtime.clock.now();
  if (runtime.background || settings.alerts.rules.length === 0 || now < lookout.dueAt) return;
  lookout.dueAt = now + settings.alerts.intervalMs;
  await checkAlerts(core);
}

function nextInMs({ runtime, sites, share, lookout, settings }: Core): number {
  const due = [...sites.values()].map((site) => site.nextLookAt);
  if (share !== undefined && runtime.coordinates !== true) due.push(share.dueAt);
  if (settings.alerts.rules.length > 0 && !runtime.background) due.push(lookout.dueAt);
  return Math.max(1, Math.min(...due, AWAITED_MS + runtime.clock.now()) - runtime.clock.now());
}
