/**
 * Follows what all believe: circuits, roles, lag, ramps.
 *
 * @module
 */

import { adopt, type Adoption } from "../cluster/adopt.ts";
import type { Belief, Beliefs } from "../cluster/merge.ts";
import { isOver, type Ramp } from "../admit/ramp.ts";
import { moveCircuit } from "./circuit-moves.ts";
import type { Core, Site } from "./core.ts";
import { isProber } from "./election.ts";
import { forget } from "../balance/load.ts";
import { followLag } from "./follow-lag.ts";
import { followRemoval } from "./follow-removal.ts";
import { followRoles } from "./follow-roles.ts";
import { lookAtOnce } from "./prober.ts";
import { answeredAt, isFresh, isStrong, type Share } from "./share.ts";
import { suspect } from "./suspect.ts";

/** Follows a snapshot that was taken in. What comes of it is no news to the others. */
export function follow(core: Core, share: Share, beliefs: Beliefs): void {
  share.following = true;
  try {
    followAll(core, share, beliefs);
  } finally {
    share.following = false;
  }
}

function followAll(core: Core, share: Share, beliefs: Beliefs): void {
  followRoles(core, share, beliefs);
  for (const belief of beliefs.endpoints) {
    const site = core.sites.get(belief.id);
    if (site === undefined) continue;
    followRemoval(core, site, belief);
    followLag(core, share, site, belief);
    followCircuit(core, site, belief, { share, beliefs });
    if (belief.accused && isProber(core, share)) lookAtOnce(core, site);
  }
}

/** An endpoint was taken in: what is believed of it was heard before. */
export function followToo(core: Core, { id }: Site): void {
  const { share } = core;
  if (share?.beliefs === undefined) return;
  const { assignment } = share.beliefs;
  if (assignment?.from === id || assignment?.to === id) share.followed = undefined;
  follow(core, share, share.beliefs);
}

/**
 * What is believed bears on a circuit that opened by itself since as well: isolates that wait for their turn at
 * the last of its kind would else each try it by their own, much shorter pauses (three to five times as often in
 * the fleet's simulation).
 */
export function followAgain(core: Core, share: Share, site: Site): void {
  const { beliefs } = share;
  const belief = beliefs?.endpoints.find((one) => one.id === site.id);
  if (beliefs === undefined || belief === undefined || belief.phase === "isolated") return;
  if (!isFresh(share, core.runtime.clock.now())) return;
  if (belief.held || belief.phase !== "closed") {
    followCircuit(core, site, belief, { share, beliefs });
  }
}

function followCircuit(
  core: Core,
  site: Site,
  belief: Belief,
  { share, beliefs }: { readonly share: Share; readonly beliefs: Beliefs },
): void {
  const { circuit, shared: { told } } = site;
  const adoption = adopt(belief, { circuit, answeredAt: answeredAt(site), told }, {
    now: core.runtime.clock.now(),
    fleet: beliefs.fleet,
    nextSyncMs: beliefs.nextSyncMs,
    trialsAreShared: isStrong(share.store) || beliefs.probes,
    random: core.runtime.random(),
  });
  site.shared.told = adoption.told;
  // Who makes the trials for all goes by its own looks.
  if (isProber(core, share) && adoption.event?.type === "told" && belief.held) return;
  moveBy(core, site, belief, adoption);
  followRamp(core, site, adoption.ramp);
}

function moveBy(core: Core, site: Site, belief: Belief, { event }: Adoption): void {
  if (event === undefined) return;
  if (event.type === "told") {
    return moveCircuit(core, site, event, `others found it down: ${belief.because}`);
  }
  // A person of this process may hold it as well.
  if (event.type === "release" && site.shared.heldHere) return;
  if (event.type === "isolate" || event.type === "release") {
    return moveCircuit(core, site, event, "by hand, for all");
  }
  if (event.type === "recovered") {
    suspect(core, site, { type: "recovered" });
    forget(site.member.load);
  }
  moveCircuit(core, site, event, "others found it well again");
}

/** The fleet's ramp is the isolate's: together they send the share that it stands for. */
function followRamp(core: Core, site: Site, ramp: Ramp | undefined): void {
  if (ramp === undefined || isOver(ramp, core.runtime.clock.now())) return;
  if (site.circuit.phase !== "closed") return;
  const isNew = site.ramp === undefined;
  site.ramp = ramp;
  if (isNew) {
    core.bus.emit({ type: "ramp", endpoint: site.id, phase: "started", overMs: ramp.overMs });
  }
}
