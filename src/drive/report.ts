/**
 * What an attempt's end does to the endpoint's circuit, counters and score.
 *
 * @module
 */

import type { CircuitEvent } from "../admit/circuit.ts";
import { isHoldfastError } from "../errors.ts";
import type { Witness } from "../health/suspicion.ts";
import type { Outcome, OutcomeKind } from "../model/outcome.ts";
import { note } from "../observe/latency.ts";
import { record } from "../time/window.ts";
import { moveCircuit, rescore, weigh } from "./circuit-moves.ts";
import type { Core, Site } from "./core.ts";
import { gauge, gaugeTimeout, heedRefusal } from "./gauge.ts";
import { sweepIfDue } from "./peers.ts";
import type { Scope } from "./scope.ts";
import { ANSWERED_PROBE, ANSWERED_QUERY, FAILED_PROBE, FAILED_QUERY, suspect } from "./suspect.ts";
import type { Trip } from "./trip.ts";
import { isGone, isWatched } from "./watched.ts";

/** An attempt was answered. In the usual case this writes a few numbers and allocates nothing. */
export function reportSuccess(core: Core, site: Site, trip: Trip): void {
  const { now } = trip;
  const { slowCallMs, slowCallRatio } = core.settings.circuit;
  const slow = slowCallRatio !== undefined && trip.serviceMs >= slowCallMs;
  site.answered++;
  site.answeredAt = now;
  site.trouble = undefined;
  note(site.sketch, trip.serviceMs, now);
  record(site.window, now, slow ? "slow" : "success");
  gauge(core, site, trip);
  sweepIfDue(core, now);
  if (site.health.state !== "alive") reportAlive(core, site, trip.round);
  if (slow) {
    const event: CircuitEvent = { type: "slow", ...weigh(core, site, now), round: trip.round };
    moveCircuit(core, site, event, "too many slow calls");
  } else {
    noteAnswer(core, site, trip);
  }
}

/** An attempt failed. Only what speaks about the endpoint moves its circuit. */
export function reportFailure(core: Core, site: Site, trip: Trip, outcome: Outcome): void {
  site.failed++;
  site.lastFailure = outcome.kind;
  switch (outcome.scope) {
    case "endpoint":
      if (outcome.kind === "overloaded") heedRefusal(core, site);
      return reportEndpointFailure(core, site, outcome.kind, {
        round: trip.round,
        by: standsForProbe(core, site, trip.round) ? "probe" : "query",
      });
    case "statement":
      // A database that refuses a statement has answered: for its circuit that is a success.
      return noteAnswer(core, site, trip);
    case "client":
      // No failure of the endpoint's: a short deadline is nobody's fault. But how long it has taken is known.
      if (outcome.kind === "timeout") {
        gaugeTimeout(core, site, trip);
        sweepIfDue(core, trip.now);
      }
      return moveCircuit(core, site, { type: "neutral", round: trip.round }, "");
    default:
      return outcome.scope satisfies never;
  }
}

/** Where nobody looks by the clock, the call that a circuit on trial let through is the look. */
function standsForProbe(core: Core, site: Site, round: number): boolean {
  const { phase, round: present } = site.circuit;
  return phase === "halfOpen" && present === round && !isWatched(core, site);
}

function reportAlive(core: Core, site: Site, round: number): void {
  // Of the present round it began after the fall: as good as a probe's. An earlier one tells of before.
  suspect(core, site, round === site.circuit.round ? ANSWERED_PROBE : ANSWERED_QUERY);
}

function noteAnswer(core: Core, site: Site, trip: Trip): void {
  const { circuit } = site;
  if (circuit.phase === "closed" && circuit.failures === 0) return;
  moveCircuit(core, site, { type: "success", round: trip.round }, "trials succeeded");
}

/** Who met an endpoint's failure, and in which of its circuit's rounds. */
export interface Encounter {
  readonly round: number;
  readonly by: Witness;
}

/** The endpoint itself failed, in a query or in a probe. */
export function reportEndpointFailure(
  core: Core,
  site: Site,
  kind: OutcomeKind,
  { round, by }: Encounter,
): void {
  if (isGone(core, site)) return;
  const now = core.runtime.clock.now();
  record(site.window, now, "failure");
  site.sweep.calls++;
  site.sweep.failures++;
  sweepIfDue(core, now);
  suspect(core, site, by === "probe" ? FAILED_PROBE : FAILED_QUERY);
  moveCircuit(core, site, { type: "failure", ...weigh(core, site, now), round }, kind);
  rescore(site, now);
}

/** A line broke although its endpoint answers: a session was ended, or something between us was. */
export function reportBrokenLine(core: Core, site: Site, round: number): void {
  const now = core.runtime.clock.now();
  record(site.window, now, "failure");
  const event: CircuitEvent = { type: "broken", ...weigh(core, site, now), round };
  moveCircuit(core, site, event, "lines break");
  rescore(site, now);
}

/** A look at an endpoint that is out was answered. */
export function reportAnswered(core: Core, site: Site): void {
  moveCircuit(core, site, { type: "answered" }, "it answers again");
}

/** A statement ran out of time. If the endpoint turns out to be silent, that was its fault. */
export function blameSilence(scope: Scope, site: Site, alive: Promise<boolean>): void {
  const { core } = scope;
  const { round } = site.circuit;
  const blamed = alive.then((answers) => {
    if (!answers) reportEndpointFailure(core, site, "disconnected", { round, by: "query" });
  });
  scope.keep(blamed);
}

/** A call or a transaction failed for good. */
export function reportGivenUp(core: Core, attempts: number, error: unknown): void {
  if (!isHoldfastError(error)) return;
  core.givenUp++;
  core.bus.emit({
    type: "failed",
    code: error.code,
    ...(error.endpoint === undefined ? {} : { endpoint: error.endpoint }),
    attempts,
  });
}

/** A probe that was a half-open circuit's trial was answered; `round`: for a trial of that round. */
export function reportProbeSuccess(core: Core, site: Site, round?: number): void {
  const of = round === undefined ? {} : { round };
  moveCircuit(core, site, { type: "success", ...of }, "a probe was answered");
}

/** An attempt was called off for a faster one: that speaks neither for nor against its endpoint. */
export function reportOvertaken(core: Core, site: Site, round: number): void {
  moveCircuit(core, site, { type: "neutral", round }, "");
}

/** An endpoint proved well by other means than trials: what a new primary is sent must not queue for them. */
export function reportRecovered(core: Core, site: Site): void {
  suspect(core, site, { type: "recovered" });
  moveCircuit(core, site, { type: "recovered" }, "it became the primary");
}

/** Takes one of a half-open circuit's trials. */
export function takeTrial(core: Core, site: Site): void {
  moveCircuit(core, site, TRIAL, "its pause is over");
}

/** Holds the circuit open, or lets it go, on a person's word. */
export function isolate(core: Core, site: Site, hold: "isolate" | "release"): void {
  site.shared.heldHere = hold === "isolate";
  moveCircuit(core, site, { type: hold }, "by hand");
  rescore(site, core.runtime.clock.now());
}

const TRIAL: CircuitEvent = { type: "trial" };
