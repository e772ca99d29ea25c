/**
 * When this isolate syncs: by a timer where there is one between requests, else along with the calls.
 *
 * @module
 */

import { urgentSyncAt } from "../cluster/reporting.ts";
import type { Core } from "./core.ts";
import { followAgain } from "./adopting.ts";
import { claimTrials } from "./claims.ts";
import { standForProber } from "./election.ts";
import { isAccused } from "./account.ts";
import type { Scope } from "./scope.ts";
import type { Share } from "./share.ts";
import { findOut } from "./find-out.ts";
import { isSyncDue, sync } from "./sync.ts";
import { wait } from "./wait.ts";
import { isWatched } from "./watched.ts";

/** A sync that is due but already under way is looked for again after this. */
const LEAST_PAUSE_MS = 1;
/** A sync that is due later than this is left to the next call. */
const SOON_MS = 5_000;
/** Says the same again so often at most, where no timer runs between requests. */
const MAX_FOLLOW_UPS = 3;

/** Begins to listen for what others have to know, and to sync by the clock. */
export function startSharing(core: Core): void {
  const { share } = core;
  if (share === undefined) return;
  // Most is learned when its call is over: by a look that goes on beside it.
  core.afterwards = tellIfUrgent;
  const hurry = (): void => {
    if (!share.following) syncSoon(core, share);
  };
  core.bus.on("circuit", ({ endpoint, to }) => {
    const site = core.sites.get(endpoint);
    if (site === undefined) return;
    if (to === "open") site.shared.failedAt = core.runtime.clock.now();
    if (to === "open" && !share.following && isAccused(site)) followAgain(core, share, site);
    hurry();
  });
  core.bus.on("role", hurry);
  core.bus.on("health", ({ endpoint, to }) => {
    const site = core.sites.get(endpoint);
    if (site !== undefined && to === "suspect" && !isWatched(core, site)) share.suspects.add(site);
  });
  if (core.runtime.background) schedule(core, share);
}

/** There is something to tell. */
export function syncSoon(core: Core, share: Share): void {
  const around = { now: core.runtime.clock.now(), lastAt: share.syncedAt };
  // While the store's breaker is open nothing is in a hurry.
  if (share.circuit.phase === "open") return;
  share.urgent = true;
  const dueAt = urgentSyncAt(share.dueAt, share.beliefs, around);
  if (dueAt >= share.dueAt) return;
  share.dueAt = dueAt;
  if (core.runtime.background) {
    if (core.probing) schedule(core, share);
  } else if (core.runtime.persistentIO) void tellIfUrgent(core.scope);
}

/** Tells what is urgent, if its turn comes soon. Never rejects. */
async function tellIfUrgent(scope: Scope): Promise<void> {
  const { core } = scope;
  const { share } = core;
  if (share === undefined || !share.urgent) return;
  const delayMs = share.dueAt - core.runtime.clock.now();
  if (delayMs > SOON_MS) return;
  if (delayMs > 0 && (await wait(scope, undefined, delayMs)) === "closed") return;
  if (isSyncDue(core, share, core.runtime.clock.now())) await syncAndFollowUp(scope, share);
}

/** Along with a call: syncs if it is due. Costs a comparison when it is not. */
export function attend(scope: Scope, now: number): void {
  const { core } = scope;
  const { share } = core;
  if (share === undefined) return;
  share.calledAt = now;
  if (share.suspects.size > 0) scope.keep(findOut(scope, share));
  if (!isSyncDue(core, share, now)) return;
  if (core.runtime.background && share.beliefs !== undefined) return;
  scope.keep(syncAndFollowUp(scope, share));
}

/** One sync with all that belongs to it. Never rejects. */
export async function syncFully(scope: Scope, share: Share): Promise<void> {
  const { core } = scope;
  await sync(core, share);
  if (core.closed) return;
  await Promise.all([standForProber(core, share), claimTrials(scope, share)]);
}

/** The only one there is has to say it twice before all believe it: there may be no other call to say it with. */
async function syncAndFollowUp(scope: Scope, share: Share): Promise<void> {
  const { core } = scope;
  await syncFully(scope, share);
  if (core.runtime.background) return;
  for (let times = 0; times < MAX_FOLLOW_UPS && isUnheard(core, share); times++) {
    const delayMs = Math.max(0, share.dueAt - core.runtime.clock.now());
    if ((await wait(scope, undefined, delayMs)) === "closed") return;
    if (isSyncDue(core, share, core.runtime.clock.now())) await syncFully(scope, share);
  }
}

/** It finds an endpoint down, and the others do not know. */
function isUnheard(core: Core, { beliefs, lost }: Share): boolean {
  if (beliefs === undefined || lost) return false;
  return beliefs.endpoints.some(({ id, phase, held }) => {
    const site = core.sites.get(id);
    return phase === "closed" && !held && site !== undefined && isAccused(site);
  });
}

function schedule(core: Core, share: Share): void {
  share.timer?.cancel();
  if (core.closed) return;
  const { clock } = core.runtime;
  const delayMs = Math.max(LEAST_PAUSE_MS, share.dueAt - clock.now());
  share.timer = clock.background(delayMs, () => {
    const isDue = isSyncDue(core, share, clock.now());
    void (isDue ? syncFully(core.scope, share) : Promise.resolve()).then(() =>
      schedule(core, share)
    );
  });
}
