/**
 * Follows what others say of roles.
 *
 * @module
 */

import type { Belief, Beliefs } from "../cluster/merge.ts";
import { believe, type Core, type Site } from "./core.ts";
import { lookAtOnce } from "./prober.ts";
import type { Share } from "./share.ts";

/** A claim that was looked into is not looked into again for so long: one that lies would have all look for ever. */
const REFUTED_MS = 60_000;

/**
 * What others say of roles is a hint where nothing is known at first hand, and else a reason to look: their word
 * alone takes no primary away, however many generations it claims. A person's command is followed.
 */
export function followRoles(core: Core, share: Share, beliefs: Beliefs): void {
  const commandedAt = followCommand(core, share, beliefs);
  const words = beliefs.endpoints.filter(({ role }) => role !== undefined && role.at > commandedAt);
  const primary = latestPrimary(words);
  for (const { id, role } of words) {
    const site = core.sites.get(id);
    if (site === undefined || role === undefined) continue;
    if (role.role === "primary" && id !== primary) continue;
    believe(core, { type: "hinted", id, role: role.role });
    if (contradicts(site, role)) doubt(core, share, site, role);
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
function doubt(
  core: Core,
  share: Share,
  site: Site,
  { role, generation }: NonNullable<Belief["role"]>,
): void {
  const now = core.runtime.clock.now();
  const claim = `${role} ${generation ?? ""}`;
  const { refuted } = site.shared;
  if (refuted?.claim === claim && now - refuted.at < REFUTED_MS) return;
  site.shared.refuted = { claim, at: now };
  site.shared.doubted = true;
  if (core.runtime.background) lookAtOnce(core, site);
  else share.suspects.add(site);
}
