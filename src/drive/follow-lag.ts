/**
 * How far replicas are behind, by others' measuring. It holds for a while only: a replica whose lag nobody measures
 * any more may be an hour behind.
 *
 * @module
 */

import type { Belief } from "../cluster/merge.ts";
import type { Core, Site } from "./core.ts";
import { lastsMs } from "./election.ts";
import type { Share } from "./share.ts";

/** Takes it in, if it is news. */
export function followLag(core: Core, share: Share, site: Site, { lag }: Belief): void {
  const { member, shared } = site;
  if (lag !== undefined && lag.at > shared.lagAt && member.role === "replica") {
    member.load.lagMs = lag.lagMs;
    shared.lagAt = lag.at;
    shared.ownLag = false;
  }
  if (isOld(core, share, site)) member.load.lagMs = undefined;
}

/** Forgets what was measured too long ago. */
export function forgetOldLag(core: Core, share: Share): void {
  for (const site of core.sites.values()) {
    if (isOld(core, share, site)) site.member.load.lagMs = undefined;
  }
}

function isOld(core: Core, share: Share, { shared }: Site): boolean {
  return core.runtime.clock.now() - shared.lagAt > lastsMs(core, share);
}
