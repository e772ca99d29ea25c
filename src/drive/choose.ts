/**
 * Route → balance → admit: which endpoint this attempt goes to.
 *
 * @module
 */

import { admits, at, cooldownMs } from "../admit/circuit.ts";
import { UsageError } from "../errors.ts";
import type { Role } from "../model/endpoint.ts";
import type { Member } from "../model/topology.ts";
import type { Tier } from "../route/route.ts";
import type { Core, Site } from "./core.ts";
import { probesByClock } from "./prober.ts";
import { tiersFor } from "./routes.ts";
import { takeTrial } from "./report.ts";
import type { Trip } from "./trip.ts";

/** Why no endpoint can take a statement just now. */
export type Nowhere =
  /** None has the role, the access or the tags. */
  | { readonly because: "nobody" }
  /** Those that have it all have an open circuit; the first trial is due in `retryAfterMs`, or never by itself. */
  | {
    readonly because: "circuits";
    readonly members: Tier;
    readonly retryAfterMs: number | undefined;
  };

/** An endpoint for the trip's next attempt, or why there is none. */
export function choose(core: Core, trip: Trip): Site | Nowhere {
  const tiers = tiersFor(core, trip);
  const chosen = dueTrial(core, tiers, trip) ?? pick(core, tiers, trip, trip.tried) ??
    pick(core, tiers, trip, NOBODY);
  if (chosen === undefined) return nowhere(core, tiers, trip.now);
  takeTrialIfDue(core, chosen, trip.now);
  trip.round = chosen.circuit.round;
  // A hot standby cannot write, whatever the function would like to do; a primary can.
  if (trip.doubtful) trip.safety = chosen.member.role === "replica" ? "read" : "write";
  return chosen;
}

/**
 * An endpoint for a second attempt while the first one, which counts as tried, is under way; or none.
 * A function nobody knows may write, so where one is called both attempts are held to hot standbys. And who
 * waits for a connection already must not wait longer for the sake of a maybe.
 */
export function chooseBeside(core: Core, trip: Trip): Site | undefined {
  const except = trip.plan.classification.callsUnknown === true
    ? [...trip.tried, ...noReplicas(core)]
    : trip.tried;
  const chosen = pick(core, tiersFor(core, trip), trip, except);
  if (chosen === undefined || chosen.pool.stats().waiting > 0) return undefined;
  takeTrialIfDue(core, chosen, trip.now);
  trip.round = chosen.circuit.round;
  return chosen;
}

function noReplicas({ topology }: Core): readonly string[] {
  return topology.members.filter((m) => m.role !== "replica").map((m) => m.endpoint.id);
}

/** Whether a tier still holds an admitted endpoint that this trip has not tried. */
export function elsewhere(core: Core, trip: Trip): boolean {
  for (const tier of tiersFor(core, trip)) {
    for (const member of tier) {
      if (!trip.tried.includes(member.endpoint.id) && isAdmitted(core, member, trip.now)) {
        return true;
      }
    }
  }
  return false;
}

/**
 * Whether an endpoint, when its connection came at last, is no longer what it was chosen for: its circuit
 * opened meanwhile, or it is no primary, as its handshake says. A replica would refuse a write, but
 * answer a read with old rows.
 */
export function whyNoLonger(
  core: Core,
  site: Site,
  trip: Trip,
  told: Role | undefined,
): "unavailable" | "readOnly" | undefined {
  if (isFenced(core, site)) return "unavailable";
  if (site.circuit.phase !== "closed" && site.circuit.round !== trip.round) return "unavailable";
  if (trip.work === "read" && trip.preference.mode !== "primary") return undefined;
  const { role } = site.member;
  const isPrimary = told !== "replica" && (role === "primary" || role === "unknown");
  return isPrimary ? undefined : "readOnly";
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
      if (site === undefined || site.circuit.phase === "closed") continue;
      if (isAdmitted(core, member, trip.now)) return site;
    }
  }
  return undefined;
}

function pick(
  core: Core,
  tiers: readonly Tier[],
  { now }: Trip,
  except: readonly string[],
): Site | undefined {
  for (const tier of tiers) {
    const candidates = admitted(core, tier, now, except);
    if (candidates.length === 0) continue;
    core.draw.now = now;
    const member = core.settings.balance(candidates, core.draw);
    core.draw.turn++;
    if (!candidates.includes(member)) {
      throw new UsageError("The balance function has to return one of the candidates it is given");
    }
    return core.sites.get(member.endpoint.id);
  }
  return undefined;
}

/** The tier itself when all of it may be used, which is nearly always: no copy then. */
function admitted(core: Core, tier: Tier, now: number, except: readonly string[]): Tier {
  const mayServe = (member: Member): boolean =>
    isAdmitted(core, member, now) && !except.includes(member.endpoint.id);
  for (const member of tier) {
    if (!mayServe(member)) return tier.filter(mayServe);
  }
  return tier;
}

function isAdmitted(core: Core, member: Member, now: number): boolean {
  const site = core.sites.get(member.endpoint.id);
  if (site === undefined || isFenced(core, site)) return false;
  if (site.circuit.phase === "closed") return true;
  return admits(site.circuit, now, core.settings.circuit);
}

function takeTrialIfDue(core: Core, site: Site, now: number): void {
  if (site.circuit.phase === "closed") return;
  if (at(site.circuit, now).phase === "halfOpen") takeTrial(core, site);
}

function nowhere(core: Core, tiers: readonly Tier[], now: number): Nowhere {
  if (tiers.length === 0) return { because: "nobody" };
  let soonest = Infinity;
  for (const tier of tiers) {
    for (const member of tier) {
      const site = core.sites.get(member.endpoint.id);
      if (site !== undefined) soonest = Math.min(soonest, cooldownMs(site.circuit, now));
    }
  }
  return {
    because: "circuits",
    members: tiers.flat(),
    retryAfterMs: Number.isFinite(soonest) ? soonest : undefined,
  };
}

/** The old primary of a failover under way gets nothing: what it acknowledged now would be lost. */
function isFenced(core: Core, site: Site): boolean {
  return core.handover?.from === site;
}
