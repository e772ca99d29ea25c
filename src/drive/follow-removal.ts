/**
 * Endpoints that a person took out for all, or in again.
 *
 * @module
 */

import type { Belief } from "../cluster/merge.ts";
import { believe, type Core, type Site } from "./core.ts";
import { lookAtOnce } from "./prober.ts";

/** Sends nothing new there, or again; never takes the last one out. */
export function followRemoval(core: Core, site: Site, { removed }: Belief): void {
  const { id, member, shared } = site;
  if (removed && !member.draining && hasOthers(core, site)) {
    shared.removedForAll = true;
    believe(core, { type: "draining", id });
    core.bus.emit({ type: "endpoint", endpoint: id, change: "draining" });
    site.pool.clear("closing");
  }
  if (removed || !shared.removedForAll) return;
  shared.removedForAll = false;
  believe(core, { type: "kept", id });
  core.bus.emit({ type: "endpoint", endpoint: id, change: "added" });
  lookAtOnce(core, site);
}

function hasOthers({ topology }: Core, { id }: Site): boolean {
  return topology.members.some((one) => one.endpoint.id !== id && !one.draining);
}
