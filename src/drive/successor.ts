/**
 * The fall back of a primary that nothing brings back: another one, if that is wanted without a person.
 *
 * @module
 */

import type { Core, Site } from "./core.ts";
import { look } from "./probe.ts";
import { failover } from "./steward.ts";

/** As long as a failover by command may take. */
const TIMEOUT_MS = 30_000;

/** Fails over from `site` if it is the primary and `recovery.failover` is "automatic". Never rejects. */
export function failOverFrom(core: Core, site: Site): void {
  if (core.settings.recovery.failover !== "automatic") return;
  if (site.member.role !== "primary" || core.handover !== undefined) return;
  void carryOut(core, site);
}

async function carryOut(core: Core, site: Site): Promise<void> {
  const to = await chooseSuccessor(core);
  // It may have come back, or somebody else may have been faster.
  if (to === undefined || site.health.state !== "down" || core.closed) return;
  if (site.member.role !== "primary" || core.handover !== undefined) return;
  // That it failed was told as an event.
  await failover(core, site, to, TIMEOUT_MS).catch(() => {});
}

/** The living replica that has most of what the primary wrote, by its own account, just now. */
async function chooseSuccessor(core: Core): Promise<Site | undefined> {
  const candidates = [...core.sites.values()].filter(mayBecomePrimary);
  const looks = candidates.map(async (site) => {
    // A look under way may be a quick one, and what it leaves as it is was measured long ago.
    await site.look;
    return { site, ...await look(core, site, "full") };
  });
  let best: Site | undefined;
  for (const { site, alive } of await Promise.all(looks)) {
    if (!alive || !mayBecomePrimary(site)) continue;
    if (best === undefined || positionOf(site) > positionOf(best)) best = site;
  }
  return best;
}

/** Not one that a person holds: it would be a primary nothing goes to. */
function mayBecomePrimary({ circuit, member }: Site): boolean {
  const { role, draining, endpoint } = member;
  if (role !== "replica" || draining || circuit.phase === "isolated") return false;
  return endpoint.promotable && endpoint.access === "readWrite";
}

/** What does not tell its position comes last. */
function positionOf({ vitals }: Site): bigint {
  return vitals.position ?? -1n;
}
