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

/**
 * What others say of roles is a hint where nothing is known at first hand, and else a reason to look: their word
 * alone takes no primary away, however many generations it claims. A person's command is followed.
 */
function followRoles(core: Core, share: Share, beliefs: Beliefs): void {
  const commandedAt = followCommand(core, share, beliefs);
  const words = beliefs.endpoints.filter(({ role }) => role !== undefined && role.at > commandedAt);
  const primary = latestPrimary(words);
  for (const { id, role } of words) {
    const site = core.sites.get(id);
    if (site === undefined || role === undefined) continue;
    if (role.role === "primary" && id !== primary) continue;
    believe(core, { type: "hinted", id, role: role.role });
    if (contradicts(site, role)) doubt(core, share, site);
  }
}

/** When roles were last commanded; what endpoints had said of themselves before does not undo it. */
function followCommand(core: Core, share: Share, { origin, assignment }: Beliefs): number {
  if (assignment === undefined) return -Infinity;
  const { from, to, number, at } = assignment;
  const { followed } = share;
  if (followed?.origin === origin && followed.number >= number) return at;
  share.followed = { origin, number };
  believe(core, { type: "assigned", from, to }, at);
  for (const { member, shared } of core.sites.values()) {
    if (member.confirmedAt === at) shared.roleAt = at;
  }
  return at;
}

/** Of several that say they are the primary the one of the highest generation, then the one heard last. */
function latestPrimary(words: readonly Belief[]): string | undefined {
  const [latest] = words.filter(({ role }) => role?.role === "primary").toSorted((one, other) => {
    const byGeneration = (other.role?.generation ?? 0) - (one.role?.generation ?? 0);
    return byGeneration === 0 ? (other.role?.at ?? 0) - (one.role?.at ?? 0) : byGeneration;
  });
  return latest?.id;
}

function contradicts({ member }: Site, told: NonNullable<Belief["role"]>): boolean {
  if (member.confirmedAt === undefined || told.at <= member.confirmedAt) return false;
  return told.role !== member.role ||
    (told.generation !== undefined && told.generation !== member.generation);
}

/** It is to be asked itself, by whoever can. */
function doubt(core: Core, share: Share, site: Site): void {
  site.shared.doubted = true;
  if (core.runtime.background) lookAtOnce(core, site);
  else share.suspects.add(site);
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
