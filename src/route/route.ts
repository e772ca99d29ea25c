/**
 * Which endpoints may serve a statement, in order of preference.
 *
 * The answer is a list of tiers, not one set: routing does not know whose circuit is open. The drive
 * takes the first tier in which somebody is admitted, and so gets what MongoDB's server selection gives
 * over the servers it knows to be up.
 *
 * Pure and without memory. Apart from `nearest`, which reads measured latencies, and a lag cap, which reads
 * measured lags, the answer only depends on the members and the need: it may be kept for as long as the
 * members are the same array.
 *
 * @module
 */

import type { ReadPreference } from "../model/read-preference.ts";
import type { Member } from "../model/topology.ts";
import { byLatency, byTags, standbysLast } from "./tiers.ts";

/** Endpoints that serve a statement equally well. Never empty. */
export type Tier = readonly Member[];

/** What a statement asks of the place it runs in. */
export interface Need {
  /** Everything that is not certainly a read is a write. */
  readonly work: "read" | "write";
  /** Where reads may run; writes do not look at it. */
  readonly preference: ReadPreference;
}

/**
 * The tiers for a need, best first; empty when nobody may serve it.
 *
 * Nothing goes to a draining or an `outdated` member, no write to a `readOnly` and no read to a
 * `writeOnly` one. A member of weight 0 comes after everybody else whom the preference allows.
 *
 * A member whose role is `unknown` is a last resort: for reads that a replica may serve, after the
 * replicas; for writes only if it is all there is. Among several an old primary come back might be the
 * one that accepts: there the primary is looked for first. Never for reads with the preference `primary`: a standby would not
 * refuse those, but answer with old rows.
 */
export function route(members: readonly Member[], need: Need): readonly Tier[] {
  const tiers = need.work === "write" ? writeTiers(members) : readTiers(members, need.preference);
  return standbysLast(tiers.filter((tier) => tier.length > 0));
}

function writeTiers(members: readonly Member[]): readonly Tier[] {
  const primaries = members.filter((m) => m.role === "primary" && mayWrite(m));
  if (primaries.length > 0) return [primaries];
  return members.length === 1 ? [members.filter((m) => m.role === "unknown" && mayWrite(m))] : [];
}

function readTiers(members: readonly Member[], preference: ReadPreference): readonly Tier[] {
  const { mode, maxLagMs } = preference;
  const tiers = tiersOfMode(members, preference);
  // Whose lag is not known (yet) may be hours behind: with a cap it comes after everybody else.
  return maxLagMs === undefined || mode === "primary"
    ? tiers
    : [...tiers, ...byTags(unmeasured(members), preference.tags)];
}

function tiersOfMode(members: readonly Member[], preference: ReadPreference): readonly Tier[] {
  const { mode } = preference;
  switch (mode) {
    case "primary":
      return [primaries(members)];
    case "primaryPreferred":
      return [primaries(members), ...secondaries(members, preference)];
    case "secondary":
      return secondaries(members, preference);
    case "secondaryPreferred":
      return [...secondaries(members, preference), primaries(members)];
    case "nearest":
      return nearest(members, preference);
    default:
      return mode satisfies never;
  }
}

/** Tags do not apply to a primary that is asked for as the primary (MongoDB server selection). */
function primaries(members: readonly Member[]): Tier {
  return members.filter((m) => m.role === "primary" && mayRead(m));
}

function secondaries(members: readonly Member[], preference: ReadPreference): readonly Tier[] {
  const { tags } = preference;
  const replicas = members.filter((m) =>
    m.role === "replica" && mayRead(m) && isFresh(m, preference)
  );
  return [...byTags(replicas, tags), ...byTags(strangers(members), tags)];
}

function nearest(members: readonly Member[], preference: ReadPreference): readonly Tier[] {
  const { tags, latencyWindowMs } = preference;
  const known = members.filter((m) =>
    (m.role === "primary" || m.role === "replica") && mayRead(m) && isFresh(m, preference)
  );
  const near = byTags(known, tags).flatMap((tier) => byLatency(tier, latencyWindowMs));
  return [...near, ...byTags(strangers(members), tags)];
}

function strangers(members: readonly Member[]): readonly Member[] {
  return members.filter((m) => m.role === "unknown" && mayRead(m));
}

function isFresh({ role, load }: Member, { maxLagMs }: ReadPreference): boolean {
  if (maxLagMs === undefined || role === "primary") return true;
  return load.lagMs !== undefined && load.lagMs <= maxLagMs;
}

function unmeasured(members: readonly Member[]): readonly Member[] {
  return members.filter((m) => m.role === "replica" && mayRead(m) && m.load.lagMs === undefined);
}

function mayRead(member: Member): boolean {
  return !member.draining && member.endpoint.access !== "writeOnly";
}

function mayWrite(member: Member): boolean {
  return !member.draining && member.endpoint.access !== "readOnly";
}
