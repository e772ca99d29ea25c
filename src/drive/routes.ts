/**
 * Routes, remembered for as long as the topology they were made for stands.
 *
 * @module
 */

import { type Need, route, type Tier } from "../route/route.ts";
import type { Core, Routes } from "./core.ts";

/** No route is known. */
export function createRoutes(): Routes {
  return { topology: undefined, writes: undefined, reads: undefined };
}

/** The tiers for a need, best first. */
export function tiersFor(core: Core, need: Need): readonly Tier[] {
  const { routes, topology } = core;
  if (routes.topology !== topology) {
    routes.topology = topology;
    routes.writes = undefined;
    routes.reads = undefined;
  }
  const { members } = topology;
  if (need.work === "write") return routes.writes ??= route(members, need);
  const isDefault = need.preference === core.settings.readPreference;
  // What is near or fresh depends on measured latencies and lags, which change without the topology.
  const isMeasured = need.preference.mode === "nearest" || need.preference.maxLagMs !== undefined;
  if (!isDefault || isMeasured) return route(members, need);
  return routes.reads ??= route(members, need);
}
