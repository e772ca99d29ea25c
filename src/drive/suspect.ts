/**
 * What probes and queries met, folded into the suspicion about an endpoint; and what follows from that.
 *
 * @module
 */

import type { CircuitEvent } from "../admit/circuit.ts";
import { forget } from "../balance/load.ts";
import { type HealthEvent, reason, step } from "../health/suspicion.ts";
import { moveCircuit, rescore, weigh } from "./circuit-moves.ts";
import type { Core, Site } from "./core.ts";

/** Folds it in. Nothing is allocated for an answer of an endpoint that is alive. */
export function suspect(core: Core, site: Site, event: HealthEvent): void {
  const before = site.health;
  site.health = step(before, event, core.settings.probe);
  if (site.health === before || site.health.state === before.state) return;
  const now = core.runtime.clock.now();
  site.healthSince = now;
  const because = reason(site.health, event);
  core.bus.emit({
    type: "health",
    endpoint: site.id,
    from: before.state,
    to: site.health.state,
    because,
  });
  if (site.health.state === "alive") {
    moveCircuit(core, site, ALIVE, because);
    // Failures that did not open its circuit made it look slow all the same.
    forget(site.member.load);
  }
  // Without this an endpoint nobody calls would stay in service until its first callers had failed.
  if (site.health.state === "down") {
    moveCircuit(core, site, { type: "down", ...weigh(core, site, now) }, "it is down");
  }
  rescore(site, now);
}

const ALIVE: CircuitEvent = { type: "alive" };

/** Shared, so that the usual answer allocates nothing. */
export const ANSWERED_QUERY: HealthEvent = { type: "answered", by: "query" };
export const FAILED_QUERY: HealthEvent = { type: "failed", by: "query" };
export const ANSWERED_PROBE: HealthEvent = { type: "answered", by: "probe" };
export const FAILED_PROBE: HealthEvent = { type: "failed", by: "probe" };
