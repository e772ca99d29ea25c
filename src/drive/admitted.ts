/**
 * Admit: which of those that could serve a call may be given it now, by their circuits, their health, their
 * standing among their peers and their ramps.
 *
 * @module
 */

import { admits } from "../admit/circuit.ts";
import type { Member } from "../model/topology.ts";
import type { Tier } from "../route/route.ts";
import type { Core, Site } from "./core.ts";
import { passesRamp } from "./ramps.ts";
import type { Trip } from "./trip.ts";
import { isWatched } from "./watched.ts";

/** Whom a pick passes over. */
export interface Choosiness {
  readonly tried: boolean;
  readonly ejected: boolean;
  /**
   * While probes look, no caller is sent to find out whether what is down is back: a frozen server would hold
   * it for a second or two. Unless there is nowhere else.
   */
  readonly down: boolean;
}

/** Not tried yet, and not left out for doing worse than its peers. */
export const FRESH_AND_EVEN: Choosiness = { tried: true, ejected: true, down: true };
/** Not tried yet. */
export const FRESH: Choosiness = { tried: true, ejected: false, down: true };
/** Tried or not. */
export const STANDING: Choosiness = { tried: false, ejected: false, down: true };
/** Whatever a circuit lets through. */
export const ANYONE: Choosiness = { tried: false, ejected: false, down: false };

/** The tier itself when all of it may be used, which is nearly always: no copy then. */
export function admitted(
  core: Core,
  tier: Tier,
  { now, tried }: Trip,
  passesOver: Choosiness,
): Tier {
  let isRamping = false;
  let suspects = 0;
  const mayServe = (member: Member): boolean => {
    const site = core.sites.get(member.endpoint.id);
    if (site === undefined || !admitsSite(core, site, now)) return false;
    if (passesOver.tried && tried.includes(site.id)) return false;
    if (passesOver.down && isDown(core, site)) return false;
    isRamping ||= site.ramp !== undefined;
    if (isInDoubt(core, site)) suspects++;
    return !(passesOver.ejected && site.ejectedUntil > 0);
  };
  let served = tier.every(mayServe) ? tier : tier.filter(mayServe);
  if (suspects > 0 && served.length > 1) served = unsuspected(core, served);
  return isRamping && served.length > 1 ? ramped(core, served, now) : served;
}

/** Without those in doubt, until it is known whether they are down; unless that is everybody. */
function unsuspected(core: Core, tier: Tier): Tier {
  const sure = tier.filter((member) => {
    const site = core.sites.get(member.endpoint.id);
    return site !== undefined && !isInDoubt(core, site);
  });
  return sure.length > 0 ? sure : tier;
}

/** Only where somebody looks: elsewhere calls are what tells whether it is down. */
function isInDoubt(core: Core, site: Site): boolean {
  return site.health.state !== "alive" && isWatched(core, site);
}

/** Without those whose ramp does not let this call through, unless that is everybody. */
function ramped(core: Core, tier: Tier, now: number): Tier {
  const passing = tier.filter((member) => {
    const site = core.sites.get(member.endpoint.id);
    return site !== undefined && passesRamp(core, site, now);
  });
  return passing.length > 0 ? passing : tier;
}

/** Whether a call may go there now without being a trial of what is down. */
export function isAdmitted(core: Core, member: Member, now: number): boolean {
  const site = core.sites.get(member.endpoint.id);
  return site !== undefined && admitsSite(core, site, now) && !isDown(core, site);
}

function isDown(core: Core, site: Site): boolean {
  return site.health.state === "down" && isWatched(core, site);
}

function admitsSite(core: Core, site: Site, now: number): boolean {
  if (isFenced(core, site)) return false;
  if (site.circuit.phase === "closed") return true;
  return admits(site.circuit, now, core.settings.circuit);
}

/** The old primary of a failover under way gets nothing: what it acknowledged now would be lost. */
export function isFenced(core: Core, site: Site): boolean {
  return core.handover?.from === site;
}
