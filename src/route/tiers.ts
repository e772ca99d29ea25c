/**
 * Splitting candidates into tiers: by tags, by latency, standbys last.
 *
 * @module
 */

import type { Tags } from "../model/endpoint.ts";
import type { Member } from "../model/topology.ts";

/**
 * One tier per tag set, holding those that match it and none before; whoever matches no set is out.
 * An empty list asks for nothing: one tier of all. (MongoDB: the first set that matches wins.)
 */
export function byTags(
  members: readonly Member[],
  sets: readonly Tags[],
): readonly (readonly Member[])[] {
  if (sets.length === 0) return [members];
  const tiers: (readonly Member[])[] = [];
  let rest = members;
  for (const tags of sets) {
    tiers.push(rest.filter((m) => matches(m, tags)));
    rest = rest.filter((m) => !matches(m, tags));
  }
  return tiers;
}

/**
 * The near ones: no more than the window slower than the fastest (MongoDB server selection). Then the
 * nearest of what is left, and so on, for when none of the near ones is admitted. Whoever has not been
 * measured yet is near, or it never would be.
 */
export function byLatency(
  members: readonly Member[],
  windowMs: number,
): readonly (readonly Member[])[] {
  const tiers: (readonly Member[])[] = [];
  let rest = members;
  while (rest.length > 0) {
    const limit = fastestMs(rest) + Math.max(0, windowMs);
    tiers.push(rest.filter((m) => m.load.latencyMs <= limit));
    rest = rest.filter((m) => m.load.latencyMs > limit);
  }
  return tiers;
}

/** Moves members of weight 0 out of their tiers into tiers of their own, behind all others. */
export function standbysLast(
  tiers: readonly (readonly Member[])[],
): readonly (readonly Member[])[] {
  if (!tiers.some((tier) => tier.some(isStandby))) return tiers;
  const active = tiers.map((tier) => tier.filter((m) => !isStandby(m)));
  const standbys = tiers.map((tier) => tier.filter(isStandby));
  return [...active, ...standbys].filter((tier) => tier.length > 0);
}

function isStandby(member: Member): boolean {
  return member.endpoint.weight === 0;
}

function matches(member: Member, tags: Tags): boolean {
  for (const key in tags) if (member.endpoint.tags[key] !== tags[key]) return false;
  return true;
}

/** The lowest measured latency; `Infinity` when nobody was measured. */
function fastestMs(members: readonly Member[]): number {
  let fastest = Infinity;
  for (const { load } of members) {
    if (load.latencyMs > 0 && load.latencyMs < fastest) fastest = load.latencyMs;
  }
  return fastest;
}
