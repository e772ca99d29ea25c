/**
 * How fast an endpoint answers beside how fast it usually does, and how many calls it may have at once
 * because of that.
 *
 * @module
 */

import {
  allowed,
  learnsUsual,
  type LimitEvent,
  type LimitOptions,
  reasonOf,
  stepLimit,
} from "../admit/limit.ts";
import type { Permits } from "../admit/permits.ts";
import { ENOUGH, notePace, slowness } from "../time/pace.ts";
import { rescore } from "./circuit-moves.ts";
import type { Core, Site } from "./core.ts";
import type { Trip } from "./trip.ts";

/** How long a window of the limit is; Netflix's concurrency-limits take 1 s at most. */
const WINDOW_MS = 500;
/** So many windows in which nobody came are made up for, five minutes' (ours): by then the limit is at the top. */
const MOST_MISSED = 600;

/** One endpoint's answer times just now. Hot counters. */
export interface Gauge {
  readonly limits: LimitOptions;
  /** Whether answers given now may be taken for usual. */
  learns: boolean;
  windowAt: number;
  calls: number;
}

/** Nothing was answered yet. */
export function createGauge(limits: LimitOptions, now: number): Gauge {
  return { limits, learns: true, windowAt: now, calls: 0 };
}

/**
 * Notes how long a statement took, over how long that text usually takes: so a busier hour of slow reports
 * is not taken for a slow server.
 */
export function gauge(core: Core, site: Site, { plan, serviceMs, now }: Trip): void {
  const { pace, sweep } = site;
  const { learns } = site.gauge;
  notePace(plan.pace, serviceMs, now, learns);
  // A clock that stands still within a request (Workers) tells of no slowness.
  notePace(pace, plan.pace.usual > 0 ? serviceMs / plan.pace.usual : 1, now, learns);
  sweep.calls++;
  sweep.elapsedMs += serviceMs;
  site.gauge.calls++;
  closeWindowIfDue(core, site, now);
}

/**
 * A statement was sent and not answered by its deadline, after `serviceMs`: it takes at least so long. Without
 * that an endpoint that answers nobody in time would look as fast as ever.
 *
 * A deadline shorter than what the text usually takes says nothing. And nothing is learned of what is usual: a
 * bound is no measurement, and one bad endpoint must not make a text count as slow on all of them.
 *
 * Beside its peers it is a failure too, if it reads: a write waits for locks, and has no peer.
 */
export function gaugeTimeout(core: Core, site: Site, trip: Trip): void {
  const { plan, serviceMs, now, work } = trip;
  const { pace, sweep, gauge: own } = site;
  const { usual, samples } = plan.pace;
  if (serviceMs <= 0 || serviceMs <= usual) return;
  if (samples >= ENOUGH && usual > 0) {
    // Plus what it still lacked, which nobody knows: as much as usual. With the bound alone, deadlines of twice
    // the usual would pass for answers at the tolerance, and no limit would come down.
    notePace(pace, (serviceMs + usual) / usual, now, false);
    own.calls++;
  }
  if (work === "read") {
    sweep.calls++;
    sweep.failures++;
  }
  closeWindowIfDue(core, site, now);
}

/** Closes the window when it is over; also without an answer, or a limit would stay as the last one left it. */
export function closeWindowIfDue(core: Core, site: Site, now: number): void {
  if (now - site.gauge.windowAt >= WINDOW_MS) closeWindow(core, site, now);
}

/**
 * Whether whoever waited for a connection has less time left than this text takes there just now. First come,
 * first served, under overload those who get a connection have always waited nearly as long as they could: each
 * would be cut halfway, and a busy database would finish nothing. Who did not wait is let try.
 */
export function isTooLate(core: Core, site: Site, trip: Trip): boolean {
  const { usual, samples } = trip.plan.pace;
  if (samples < ENOUGH) return false;
  const now = core.runtime.clock.now();
  // So slow the limit lets it become; and of those that were cut it is not known how slow it would have been.
  const slow = Math.max(slowness(site.pace, now), core.settings.pool.latencyTolerance, 1);
  return trip.deadlineAt - now < usual * slow;
}

/** The server said that it is full. */
export function heedRefusal(core: Core, site: Site): void {
  moveLimit(core, site, REFUSED);
}

const REFUSED: LimitEvent = { type: "refused" };

function closeWindow(core: Core, site: Site, now: number): void {
  const { gauge: own, pool, pace } = site;
  const { permits } = pool;
  const missed = Math.floor((now - own.windowAt) / WINDOW_MS) - 1;
  const { peakInUse } = permits;
  moveLimit(core, site, {
    type: "window",
    slowness: slowness(pace, now),
    calls: own.calls,
    peakInUse,
    wanted: Math.max(peakInUse, wantedNow(permits)),
  }, missed);
  own.windowAt = now;
  own.calls = 0;
  permits.peakInUse = permits.inUse;
  rescore(site, now);
}

function wantedNow({ inUse, waiting, allowed: most }: Permits): number {
  return waiting === 0 ? inUse : Math.max(inUse, Math.min(most, inUse + waiting));
}

function quietWindow(permits: Permits): LimitEvent {
  const { inUse } = permits;
  return { type: "window", slowness: 1, calls: 0, peakInUse: inUse, wanted: wantedNow(permits) };
}

/** Folds in what happened, and so many windows after it in which nothing did. */
function moveLimit(core: Core, site: Site, event: LimitEvent, missed = 0): void {
  const { limits } = site.gauge;
  const { permits } = site.pool;
  if (core.settings.pool.latencyTolerance === 0) return;
  // Requests share no queue: nobody could wait for another's connection.
  if (!core.runtime.persistentIO) return;
  const before = site.limit;
  site.limit = stepLimit(before, event, limits);
  const quiet = missed > 0 ? quietWindow(permits) : event;
  for (let n = Math.min(missed, MOST_MISSED); n > 0; n--) {
    site.limit = stepLimit(site.limit, quiet, limits);
  }
  if (site.limit === before) return;
  site.gauge.learns = learnsUsual(site.limit, limits);
  const [from, to] = [allowed(before, limits), allowed(site.limit, limits)];
  if (from === to) return;
  site.pool.allow(to);
  const because = reasonOf(before, site.limit, to < from ? event : quiet) ?? "";
  core.bus.emit({ type: "pool", endpoint: site.id, from, to, because });
}
