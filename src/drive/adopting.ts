/**
 * Follows what all believe: circuits, roles, lag, ramps.
 *
 * @module
 */

import { adopt, type Adoption } from "../cluster/adopt.ts";
import type { Belief, Beliefs } from "../cluster/merge.ts";
import { isOver, type Ramp } from "../admit/ramp.ts";
import { moveCircuit } from "./circuit-moves.ts";
import { believe, type Core, type Site } from "./core.ts";
import { isProber } from "./election.ts";
import { forget } from "../balance/load.ts";
import { lookAtOnce } from "./prober.ts";
import { answeredAt, isFresh, isStrong, type Share } from "./share.ts";
import { suspect } from "./suspect.ts";

/** Follows a snapshot that was taken in. */
export function follow(core: Core, share: Share, beliefs: Beliefs): void {
  followRoles(core, share, beliefs);
  for (const belief of beliefs.endpoints) {
    const site = core.sites.get(belief.id);
    if (site === undefined) continue;
    followLag(core, site, belief);
    followCircuit(core, site, belief, { share, beliefs });
    if (belief.accused && isProber(core, share)) lookAtOnce(core, site);
  }
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

/** In the order of their time: what an endpoint had said of itself before a command does not undo it. */
function followRoles(core: Core, share: Share, { assignment, endpoints }: Beliefs): void {
  const words = endpoints.flatMap(({ id, role }) => role === undefined ? [] : [{ id, ...role }])
    .sort((one, other) => one.at - other.at);
  const commandedAt = assignment?.at ?? -Infinity;
  if (assignment !== undefined && assignment.number > share.assignment) {
    share.assignment = assignment.number;
    for (const word of words) if (word.at <= commandedAt) followRole(core, word);
    believe(core, { type: "assigned", from: assignment.from, to: assignment.to }, commandedAt);
    for (const { member, shared } of core.sites.values()) {
      if (member.confirmedAt === commandedAt) shared.roleAt = commandedAt;
    }
  }
  for (const word of words) if (word.at > commandedAt) followRole(core, word);
}

function followRole(
  core: Core,
  { id, at, ...report }: NonNullable<Belief["role"]> & { readonly id: string },
): void {
  const site = core.sites.get(id);
  if (site === undefined) return;
  const { role, generation, confirmedAt = -Infinity } = site.member;
  const isNews = role !== report.role ||
    (report.generation !== undefined && report.generation !== generation);
  if (!isNews && confirmedAt !== -Infinity) return;
  if (at <= confirmedAt) return;
  believe(core, { type: "reported", id, report }, at);
  site.shared.roleAt = site.member.confirmedAt;
}

function followLag(core: Core, { member, shared }: Site, { lag }: Belief): void {
  if (lag === undefined || lag.at <= shared.lagAt || member.role !== "replica") return;
  member.load.lagMs = lag.lagMs;
  shared.lagAt = lag.at;
  shared.ownLag = false;
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
