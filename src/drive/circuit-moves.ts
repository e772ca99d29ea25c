/**
 * The one place where an endpoint's circuit moves and its score is reckoned anew.
 *
 * @module
 */

import { at, type Circuit, type CircuitEvent, step } from "../admit/circuit.ts";
import { score, type Signs } from "../observe/score.ts";
import { slowness } from "../time/pace.ts";
import { type CallTotals, clear, totals } from "../time/window.ts";
import type { Core, Site } from "./core.ts";
import { reckonPanic } from "./panic.ts";
import { comeBack } from "./ramps.ts";

/** What a circuit needs of a call that may open it; the jitter is drawn here, outside the reducer. */
export function weigh(
  core: Core,
  site: Site,
  now: number,
): { totals: CallTotals; random: number } {
  return { totals: totals(site.window, now), random: core.runtime.random() };
}

/** Folds an event into the circuit, and tells when its phase changed. */
export function moveCircuit(core: Core, site: Site, event: CircuitEvent, because: string): void {
  const before: Circuit = site.circuit;
  const now = core.runtime.clock.now();
  site.circuit = step(before, event, now, core.settings.circuit);
  if (site.circuit === before || site.circuit.phase === before.phase) return;
  // The failures that opened it must not open it again.
  if (site.circuit.phase === "closed") clear(site.window);
  core.bus.emit({
    type: "circuit",
    endpoint: site.id,
    from: before.phase,
    to: site.circuit.phase,
    because,
  });
  rescore(site, now);
  reckonPanic(core);
  if (site.circuit.phase === "open" || site.circuit.phase === "isolated") site.ramp = undefined;
  // What was just promoted is the only one of its kind: nobody else could take its load.
  if (site.circuit.phase === "closed" && event.type !== "recovered") comeBack(core, site);
}

/** Reckons the score from all signs. */
export function rescore(site: Site, now: number): void {
  site.member.load.score = score(signsOf(site, now));
}

/** What is known of an endpoint's health just now. */
export function signsOf(site: Site, now: number): Signs {
  const { connectionsUsed, connectionsMax } = site.vitals;
  return {
    phase: at(site.circuit, now).phase,
    window: totals(site.window, now),
    suspicion: site.health.state,
    slowness: slowness(site.pace, now),
    usedRatio: connectionsUsed === undefined || connectionsMax === undefined
      ? undefined
      : connectionsUsed / connectionsMax,
    lagMs: site.member.load.lagMs,
    canTransact: site.canTransact,
  };
}
