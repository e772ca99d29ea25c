/**
 * Compares the endpoints with each other once a second, and leaves out for a while who does worse than
 * its peers.
 *
 * There is no timer: the first result after a second is up looks, and the first call while somebody is left
 * out. Without traffic nobody is slow.
 *
 * @module
 */

import { at } from "../admit/circuit.ts";
import { isEjected, type Observation, sweep } from "../admit/outlier.ts";
import { ejectionsAllowed } from "../admit/panic.ts";
import { slowness } from "../time/pace.ts";
import type { Core, Site } from "./core.ts";
import { reckonPanic } from "./panic.ts";
import { comeBack, endRamps } from "./ramps.ts";

/** Between two sweeps; Envoy takes ten, at the scale of a fleet. */
const SWEEP_MS = 1_000;

/** Sweeps if it is time. */
export function sweepIfDue(core: Core, now: number): void {
  if (now - core.sweptAt < SWEEP_MS) return;
  core.sweptAt = now;
  endRamps(core, now);
  const peers = [...core.sites.values()].filter(isPeer);
  const { maxEjectedRatio } = core.settings.outlier;
  const found = sweep(
    core.outliers,
    {
      observations: peers.map((site) => observe(site, now)),
      // Those that are out for another reason count: ejecting the rest would leave nobody.
      allowedEjections: ejectionsAllowed(peers.length, maxEjectedRatio) -
        peers.filter((site) => isOut(site, now)).length,
      random: core.runtime.random(),
    },
    now,
    core.settings.outlier,
  );
  core.outliers = found.state;
  for (const { id, because, forMs } of found.ejected) {
    const site = core.sites.get(id);
    if (site === undefined) continue;
    site.ejectedUntil = now + forMs;
    // Its return begins another one.
    site.ramp = undefined;
    core.ejections++;
    core.bus.emit({ type: "ejection", endpoint: id, change: "ejected", because });
  }
  for (const site of core.sites.values()) {
    // Not by `found.returned`: one that is no peer any more was forgotten.
    if (site.ejectedUntil > 0 && !isEjected(core.outliers, site.id, now)) takeBack(core, site, now);
  }
  reckonPanic(core);
}

function takeBack(core: Core, site: Site, now: number): void {
  const because = now < site.ejectedUntil ? "too few others are left" : "its time is over";
  site.ejectedUntil = 0;
  core.ejections--;
  core.bus.emit({ type: "ejection", endpoint: site.id, change: "returned", because });
  comeBack(core, site);
}

/** Whom it makes sense to compare: those that may serve reads. */
function isPeer({ member }: Site): boolean {
  const { role, draining, endpoint } = member;
  return !draining && endpoint.access !== "writeOnly" && (role === "replica" || role === "primary");
}

function isOut(site: Site, now: number): boolean {
  return now >= site.ejectedUntil && at(site.circuit, now).phase !== "closed";
}

function observe(site: Site, now: number): Observation {
  const { calls, failures, elapsedMs } = site.sweep;
  site.sweep.calls = 0;
  site.sweep.failures = 0;
  site.sweep.elapsedMs = 0;
  const answered = calls - failures;
  const latencyMs = answered > 0 ? elapsedMs / answered : 0;
  return { id: site.id, calls, failures, latencyMs, slowness: slowness(site.pace, now) };
}
