/**
 * Route → balance → admit: which endpoint this attempt goes to.
 *
 * @module
 */

import { at, cooldownMs } from "../admit/circuit.ts";
import { UsageError } from "../errors.ts";
import type { Role } from "../model/endpoint.ts";
import type { Connection } from "../ports.ts";
import type { Tier } from "../route/route.ts";
import {
  admitted,
  ANYONE,
  type Choosiness,
  FRESH,
  FRESH_AND_EVEN,
  isAdmitted,
  isFenced,
  STANDING,
} from "./admitted.ts";
import type { Core, Site } from "./core.ts";
import { sweepIfDue } from "./peers.ts";
import { tiersFor } from "./routes.ts";
import { takeTrial } from "./report.ts";
import type { Trip } from "./trip.ts";
import { isWatched, probesByClock } from "./watched.ts";

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
  // Who is left out returns by a sweep, which begins its ramp: its time alone would send it all of its load.
  if (core.ejections > 0) sweepIfDue(core, trip.now);
  const tiers = tiersFor(core, trip);
  const chosen = dueTrial(core, tiers, trip) ?? pickAny(core, tiers, trip);
  if (chosen === undefined) return nowhere(core, tiers, trip.now);
  chosen.wantedAt = trip.now;
  takeTrialIfDue(core, chosen, trip.now);
  trip.round = chosen.circuit.round;
  if (trip.doubtful) trip.safety = chosen.member.role === "replica" ? "read" : "write";
  return chosen;
}

/**
 * An endpoint for a second attempt while the first one, which counts as tried, is under way; or none.
 * A function nobody knows may write, so where one is called both attempts are held to hot standbys. And who
 * waits for a connection already must not wait longer for the sake of a maybe.
 */
export function chooseBeside(core: Core, trip: Trip): Site | undefined {
  const tried = trip.plan.classification.callsUnknown === true
    ? [...trip.tried, ...noReplicas(core)]
    : trip.tried;
  const others = { ...trip, tried };
  const chosen = pick(core, tiersFor(core, trip), others, heeded(core, trip) ?? FRESH);
  if (chosen === undefined || waitingAt(trip, chosen) > 0) return undefined;
  chosen.wantedAt = trip.now;
  takeTrialIfDue(core, chosen, trip.now);
  trip.round = chosen.circuit.round;
  return chosen;
}

function waitingAt({ scope }: Trip, site: Site): number {
  return scope.poolOf(site).permits.waiting;
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
  if (trip.work === "read" && trip.preference.mode !== "primary") {
    return isRouted(core, site, trip) ? undefined : "unavailable";
  }
  const { role } = site.member;
  const isPrimary = told !== "replica" && (role === "primary" || role === "unknown");
  return isPrimary ? undefined : "readOnly";
}

/** It may have become outdated, the primary, or too far behind while the call waited. */
function isRouted(core: Core, { member }: Site, trip: Trip): boolean {
  return tiersFor(core, trip).some((tier) => tier.includes(member));
}

/**
 * A hot standby cannot write, whatever an unknown function would like to do; a primary can. What the line itself
 * told counts for more than what is believed.
 */
export function safetyOn(site: Site, { toldRole }: Connection): "read" | "write" {
  const isReplica = site.member.role === "replica" && toldRole !== "primary";
  return isReplica ? "read" : "write";
}

/**
 * Where nobody looks between requests, a read is the trial that brings an endpoint back: by its load
 * alone, a failed endpoint would hardly be chosen while others are well. It can go elsewhere if it fails.
 */
function dueTrial(core: Core, tiers: readonly Tier[], trip: Trip): Site | undefined {
  if (trip.safety !== "read" || trip.attempts > 0) return undefined;
  if (core.sleepers === 0 && probesByClock(core)) return undefined;
  for (const tier of tiers) {
    for (const member of tier) {
      const site = core.sites.get(member.endpoint.id);
      if (site === undefined || site.circuit.phase === "closed" || isWatched(core, site)) continue;
      if (isAdmitted(core, member, trip.now)) return site;
    }
  }
  return undefined;
}

/**
 * Rather one that was not tried yet; among those rather one that is not left out for doing worse than
 * its peers. That is a preference and no bar: it never keeps a call from the last endpoint there is.
 */
function pickAny(core: Core, tiers: readonly Tier[], trip: Trip): Site | undefined {
  const heeds = heeded(core, trip);
  const fresh = heeds === undefined ? undefined : pick(core, tiers, trip, heeds);
  return fresh ?? pick(core, tiers, trip, FRESH) ?? pick(core, tiers, trip, STANDING) ??
    pick(core, tiers, trip, ANYONE);
}

/** How to heed that some are left out, if it is to be heeded. */
function heeded({ ejections, panic }: Core, { work }: Trip): Choosiness | undefined {
  return ejections > 0 && !panic && work === "read" ? FRESH_AND_EVEN : undefined;
}

function pick(
  core: Core,
  tiers: readonly Tier[],
  trip: Trip,
  passesOver: Choosiness,
): Site | undefined {
  const { now } = trip;
  for (const tier of tiers) {
    const candidates = admitted(core, tier, trip, passesOver);
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
      if (site === undefined) continue;
      // Somebody wants it: one that may sleep is looked at again.
      site.wantedAt = now;
      soonest = Math.min(soonest, cooldownMs(site.circuit, now));
    }
  }
  return {
    because: "circuits",
    members: tiers.flat(),
    retryAfterMs: Number.isFinite(soonest) ? soonest : undefined,
  };
}
