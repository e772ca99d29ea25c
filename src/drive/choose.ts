/**
 * Route → balance → admit: which endpoint this attempt goes to.
 *
 * @module
 */

import { admits, at, cooldownMs } from "../admit/circuit.ts";
import type { Member } from "../model/topology.ts";
import { route, type Tier } from "../route/route.ts";
import type { Core, Site } from "./core.ts";
import { probesByClock } from "./prober.ts";
import { takeTrial } from "./report.ts";
import type { Trip } from "./trip.ts";

/** Why no endpoint can take a statement just now. */
export type Nowhere =
  /** None has the role, the access or the tags. */
  | { readonly because: "nobody" }
  /** Those that have it all have an open circuit; the first trial is due in `retryAfterMs`. */
  | { readonly because: "circuits"; readonly retryAfterMs: number };

/** An endpoint for the trip's next attempt, or why there is none. */
export function choose(core: Core, trip: Trip): Site | Nowhere {
  const tiers = route(core.topology.members, trip);
  const chosen = dueTrial(core, tiers, trip) ?? pick(core, tiers, trip.tried) ??
    pick(core, tiers, NOBODY);
  if (chosen === undefined) return nowhere(core, tiers);
  takeTrialIfDue(core, chosen);
  trip.round = chosen.circuit.round;
  return chosen;
}

/** Whether a tier still holds an admitted endpoint that this trip has not tried. */
export function elsewhere(core: Core, trip: Trip): boolean {
  for (const tier of route(core.topology.members, trip)) {
    for (const member of tier) {
      if (!trip.tried.includes(member.endpoint.id) && isAdmitted(core, member)) return true;
    }
  }
  return false;
}

const NOBODY: readonly string[] = [];

/**
 * Where nobody looks between requests, a read is the trial that brings an endpoint back: by its load
 * alone, a failed endpoint would hardly be chosen while others are well. It can go elsewhere if it fails.
 */
function dueTrial(core: Core, tiers: readonly Tier[], trip: Trip): Site | undefined {
  if (trip.safety !== "read" || trip.attempts > 0 || probesByClock(core)) return undefined;
  for (const tier of tiers) {
    for (const member of tier) {
      const site = core.sites.get(member.endpoint.id);
      if (site !== undefined && site.circuit.phase !== "closed" && isAdmitted(core, member)) {
        return site;
      }
    }
  }
  return undefined;
}

function pick(core: Core, tiers: readonly Tier[], except: readonly string[]): Site | undefined {
  for (const tier of tiers) {
    const candidates = admitted(core, tier, except);
    if (candidates.length === 0) continue;
    core.draw.now = core.runtime.clock.now();
    const member = core.settings.balance(candidates, core.draw);
    core.draw.turn++;
    const site = core.sites.get(member.endpoint.id);
    if (site !== undefined) return site;
  }
  return undefined;
}

/** The tier itself when all of it may be used, which is nearly always: no copy then. */
function admitted(core: Core, tier: Tier, except: readonly string[]): Tier {
  for (const member of tier) {
    if (!isAdmitted(core, member) || except.includes(member.endpoint.id)) {
      return tier.filter((m) => isAdmitted(core, m) && !except.includes(m.endpoint.id));
    }
  }
  return tier;
}

function isAdmitted(core: Core, member: Member): boolean {
  const site = core.sites.get(member.endpoint.id);
  if (site === undefined) return false;
  if (site.circuit.phase === "closed") return true;
  return admits(site.circuit, core.runtime.clock.now(), core.settings.circuit);
}

function takeTrialIfDue(core: Core, site: Site): void {
  if (site.circuit.phase === "closed") return;
  if (at(site.circuit, core.runtime.clock.now()).phase === "halfOpen") takeTrial(core, site);
}

function nowhere(core: Core, tiers: readonly Tier[]): Nowhere {
  const now = core.runtime.clock.now();
  let soonest = Infinity;
  for (const tier of tiers) {
    for (const member of tier) {
      const site = core.sites.get(member.endpoint.id);
      if (site !== undefined) soonest = Math.min(soonest, cooldownMs(site.circuit, now));
    }
  }
  if (tiers.length === 0) return { because: "nobody" };
  return { because: "circuits", retryAfterMs: Number.isFinite(soonest) ? soonest : 0 };
}
