/**
 * Whether so few endpoints are well that ejections do more harm than good (DESIGN, law 7).
 *
 * @module
 */

import { at } from "../admit/circuit.ts";
import { isPanic } from "../admit/panic.ts";
import type { Core, Site } from "./core.ts";

/** Reckons it anew, and tells when it changed. */
export function reckonPanic(core: Core): void {
  const now = core.runtime.clock.now();
  let total = 0;
  let healthy = 0;
  for (const site of core.sites.values()) {
    if (site.member.draining || site.member.role === "outdated") continue;
    total++;
    if (isWell(site, now)) healthy++;
  }
  const active = isPanic(healthy, total, core.settings.outlier.panicRatio);
  if (active === core.panic) return;
  core.panic = active;
  core.bus.emit({ type: "panic", active, healthy, total });
}

function isWell(site: Site, now: number): boolean {
  return at(site.circuit, now).phase === "closed" && now >= site.ejectedUntil;
}
