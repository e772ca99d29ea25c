/**
 * Two that say they are the primary, of a database that has no generations.
 *
 * @module
 */

import type { RoleReport } from "../ports.ts";
import type { Core, Site } from "./core.ts";
import { answeredAt } from "./share.ts";

/** Who has not answered in so many intervals of looks is silent, ours: looks are spread, and one may be late. */
const SILENT_AFTER = 2;

/**
 * Whether an outdated one says so again while the primary answers. Looks are spread, so it may well say it twice
 * between two of the primary's own words; that is no silence, and to follow it would send writes to both in turn.
 */
export function isOutspoken(
  { sites, runtime, settings }: Core,
  site: Site,
  said: RoleReport,
): boolean {
  const { member } = site;
  if (said.role !== "primary" || member.role !== "outdated") return false;
  if (said.generation !== undefined || member.generation !== undefined) return false;
  const heardSince = runtime.clock.now() - SILENT_AFTER * settings.probe.intervalMs;
  return [...sites.values()].some((one) => {
    return one !== site && one.member.role === "primary" &&
      one.member.endpoint.access === "readWrite" &&
      !one.member.draining && one.health.state === "alive" && answeredAt(one) > heardSince;
  });
}
