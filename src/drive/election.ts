/**
 * Who looks at the endpoints for all: several processes on one store elect one by a lease.
 *
 * @module
 */

import { validMs } from "../cluster/adopt.ts";
import type { Core, Site } from "./core.ts";
import { isFresh, isLeasing, type Share } from "./share.ts";
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
  if (share === undefined || isProber(core, share)) return false;
  if (!isFresh(share, core.runtime.clock.now())) return false;
  if (share.beliefs?.probes !== true && share.prober !== "theirs") return false;
  const isWell = site.health.state === "alive" && site.circuit.phase === "closed";
  // In doubt everybody looks for itself, until all know.
  return isWell || site.shared.told !== undefined;
}

/** Asks for the lease, or for more of it, if it is time. Never rejects. */
export async function standForProber(core: Core, share: Share): Promise<void> {
  const { store, beliefs } = share;
  const { clock } = core.runtime;
  if (!isLeasing(store) || beliefs === undefined || beliefs.probes || !wantsToProbe(core)) return;
  if (clock.now() < share.leaseAt) return;
  const ttlMs = validMs(beliefs.nextSyncMs);
  const bound = { clock, limitMs: core.settings.sharing.timeoutMs, cuts: core.cuts };
  try {
    const asked = store.lease({ name: PROBER, holder: share.reporter, ttlMs });
    const answer = await within(asked, bound, () => new Error("late"));
    share.prober = answer.held ? "mine" : "theirs";
    share.leaseAt = clock.now() +
      (answer.held ? answer.forMs * RENEW_RATIO : Math.max(1, answer.retryAfterMs));
  } catch {
    // Nobody knows who has it; each looks for itself until that is known.
    share.prober = "nobody";
    share.leaseAt = clock.now() + ttlMs * RENEW_RATIO;
  }
}

/** Gives the lease back, so that another one looks at once. Never rejects. */
export async function standDown(core: Core): Promise<void> {
  const { share } = core;
  if (share === undefined || share.prober !== "mine" || !isLeasing(share.store)) return;
  const bound = {
    clock: core.runtime.clock,
    limitMs: core.settings.sharing.timeoutMs,
    cuts: core.cuts,
  };
  const given = share.store.unlease({ name: PROBER, holder: share.reporter });
  await within(given, bound, () => new Error("late")).catch(() => {});
}

/** Who never looks by the clock, and is never ticked, has no use for it. */
function wantsToProbe(core: Core): boolean {
  return probesByClock(core);
}
