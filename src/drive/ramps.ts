/**
 * Endpoints that came back get their share of the load little by little.
 *
 * @module
 */

import { admitsByRamp, isOver } from "../admit/ramp.ts";
import { forget } from "../balance/load.ts";
import type { Core, Site } from "./core.ts";

/** An endpoint comes back: begins a ramp, if there are to be any. */
export function comeBack(core: Core, site: Site): void {
  const { rampMs } = core.settings;
  forget(site.member.load);
  // Nobody else could take its load meanwhile.
  if (!hasPeer(core, site)) return;
  if (rampMs === 0) return;
  site.ramp = { startedAt: core.runtime.clock.now(), overMs: rampMs };
  core.bus.emit({ type: "ramp", endpoint: site.id, phase: "started", overMs: rampMs });
}

function hasPeer(core: Core, { id, member }: Site): boolean {
  return core.topology.members.some((other) =>
    other.endpoint.id !== id && other.role === member.role && !other.draining
  );
}

/** Ends the ramps that are over: nobody may have come by to notice. */
export function endRamps(core: Core, now: number): void {
  for (const site of core.sites.values()) passesRamp(core, site, now, 0);
}

/** Whether a call may go there while it is ramped; ends a ramp that is over. */
export function passesRamp(
  core: Core,
  site: Site,
  now: number,
  draw: number = core.runtime.random(),
): boolean {
  const { ramp } = site;
  if (ramp === undefined) return true;
  if (!isOver(ramp, now)) return admitsByRamp(ramp, now, draw);
  site.ramp = undefined;
  core.bus.emit({ type: "ramp", endpoint: site.id, phase: "done", overMs: ramp.overMs });
  return true;
}
