/**
 * How slow an endpoint's slow answers are, and what it means that another one overtook it.
 *
 * @module
 */

import { note, noted, quantiles } from "../observe/latency.ts";
import type { Core, Site } from "./core.ts";
import { gauge } from "./gauge.ts";
import { isAlive } from "./probe.ts";
import {
  blameSilence,
  reportEndpointFailure,
  reportOvertaken,
  reportProbeSuccess,
} from "./report.ts";
import type { Trip } from "./trip.ts";

/** An endpoint's own memory. Plain numbers, written in place. */
export interface Tail {
  p95Ms: number;
  /** When that was read from the sketch. */
  readAt: number;
  /** How many answers there were when it was overtaken last. */
  answered: number;
}

/** Reading the sketch means adding up its buckets: often enough for what changes over ten seconds. */
const READ_EVERY_MS = 1_000;
/** The slowest of fewer answers is not even a 90th percentile. */
const MIN_ANSWERS = 10;

const P95 = [0.95];

/** Nothing is known. */
export function createTail(): Tail {
  return { p95Ms: 0, readAt: -Infinity, answered: -1 };
}

/** The 95th percentile of the endpoint's answer times, at most a second old; 0: unknown. */
export function p95Ms({ sketch, tail }: Site, now: number): number {
  if (now - tail.readAt < READ_EVERY_MS) return tail.p95Ms;
  const [p95 = 0] = noted([sketch], now) < MIN_ANSWERS ? [] : quantiles([sketch], P95, now);
  tail.p95Ms = p95;
  // Until there is one, each answer may make it known.
  tail.readAt = p95 === 0 ? -Infinity : now;
  return p95;
}

/**
 * The first attempt went to `site`, and the second one was faster. Its time so far goes into the sketch:
 * left out, the slow answers would all be missing there and the 95th percentile would sink without end. As
 * does its pace: an endpoint that is always overtaken must not look as fast as usual.
 *
 * An endpoint whose statements are all overtaken is never in doubt for long enough to be asked whether it
 * lives. So it is asked the second time in a row, or at once if the statement was a half-open circuit's
 * trial: then the probe is the trial, which would otherwise never come to a result.
 */
export function reportOvertakenFirst(core: Core, site: Site, trip: Trip): void {
  const { round } = trip;
  const { tail } = site;
  if (trip.serviceMs > 0) {
    note(site.sketch, trip.serviceMs, trip.now);
    gauge(core, site, trip);
  }
  const isSilent = tail.answered === site.answered;
  tail.answered = site.answered;
  if (site.circuit.phase !== "closed" && site.circuit.round === round) {
    const told = isAlive(trip.scope, site).then((alive) => {
      if (alive) reportProbeSuccess(core, site, round);
      else reportEndpointFailure(core, site, "disconnected", { round, by: "probe" });
    });
    trip.scope.keep(told);
    return;
  }
  reportOvertaken(core, site, round);
  if (isSilent) blameSilence(trip.scope, site, isAlive(trip.scope, site));
}
