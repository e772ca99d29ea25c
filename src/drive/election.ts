/**
 * Who looks at the endpoints for all: several processes on one store elect one by a lease.
 *
 * @module
 */

import { validMs } from "../cluster/adopt.ts";
import type { Core, Site } from "./core.ts";
import { isFresh, isLeasing, isStrong, type Share } from "./share.ts";
import { probesByClock } from "./watched.ts";
import { within } from "./within.ts";

/** What the lease is for. */
const PROBER = "prober";
/** It is asked for again when so much of it is over. */
const RENEW_RATIO = 1 / 3;

/** Whether this isolate looks for all: it has the lease, or its place does nothing else. */
export function isProber(core: Core, share: Share): boolean {
  return core.runtime.coordinates === true || share.prober === "mine";
}

/** Whether somebody else looks at this endpoint, and what they find is heard. */
export function isLookedAfter(core: Core, site: Site): boolean {
  const { share } = core;
  if (share === undefined || isProber(core, share) || site.shared.doubted) return false;
  const now = core.runtime.clock.now();
  if (!isFresh(share, now)) return false;
  // Of what is out for all one makes the trial, whoever looks.
  if (site.shared.told?.kind === "open" && isStrong(share.store)) return true;
  if (share.beliefs?.probes !== true && share.prober !== "theirs") return false;
  // In doubt everybody looks for itself, until all know.
  if (site.shared.told !== undefined) return true;
  const isWell = site.health.state === "alive" && site.circuit.phase === "closed";
  return isWell && now - heardOf(share, site.id) <= lastsMs(core, share);
}

/** When somebody last had the endpoint's own word: who looks may not know it, or not reach it. */
function heardOf({ beliefs }: Share, id: string): number {
  return beliefs?.endpoints.find((one) => one.id === id)?.role?.at ?? -Infinity;
}

/** How old what others found may be: three of their looks, as far as is known here. */
export function lastsMs({ settings }: Core, { beliefs }: Share): number {
  return Math.max(validMs(beliefs?.nextSyncMs ?? 0), 3 * settings.probe.intervalMs);
}

/** Asks for the lease, or for more of it, if it is time. Never rejects. */
export async function standForProber(core: Core, share: Share): Promise<void> {
  const { store, beliefs } = share;
  const { clock } = core.runtime;
  if (
    core.closed || !isLeasing(store) || beliefs === undefined || beliefs.probes ||
    !wantsToProbe(core)
  ) return;
  if (clock.now() < share.leaseAt) return;
  const ttlMs = validMs(beliefs.nextSyncMs);
  const bound = { clock, limitMs: core.settings.sharing.timeoutMs, cuts: core.cuts };
  try {
    const asked = store.lease({ name: PROBER, holder: share.reporter, ttlMs });
    const answer = await within(asked, bound, () => new Error("late"), (later) => {
      if (later.held && core.closed) void standDown(core, true);
    });
    // Given back while it was asked for: nobody is to wait for one that has gone.
    if (core.closed && answer.held) return await standDown(core, true);
    share.prober = answer.held ? "mine" : "theirs";
    const againInMs = answer.held ? answer.forMs * RENEW_RATIO : answer.retryAfterMs;
    share.leaseAt = clock.now() + Math.min(ttlMs, Math.max(1, againInMs || ttlMs));
  } catch {
    // Nobody knows who has it; each looks for itself until that is known.
    share.prober = "nobody";
    share.leaseAt = clock.now() + ttlMs * RENEW_RATIO;
  }
}

/** Gives the lease back, so that another one looks at once. Never rejects. */
export async function standDown(
  core: Core,
  isHeld: boolean = core.share?.prober === "mine",
): Promise<void> {
  const { share } = core;
  if (share === undefined || !isHeld || !isLeasing(share.store)) return;
  share.prober = "nobody";
  const { store, reporter: holder } = share;
  const bound = {
    clock: core.runtime.clock,
    limitMs: core.settings.sharing.timeoutMs,
    cuts: core.cuts,
  };
  try {
    await within(store.unlease({ name: PROBER, holder }), bound, () => new Error("late"));
  } catch {
    // It ends by itself.
  }
}

/** Who never looks by the clock, and is never ticked, has no use for it. */
function wantsToProbe(core: Core): boolean {
  return probesByClock(core);
}
