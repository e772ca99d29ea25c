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
import { notePace, slowness } from "../time/pace.ts";
import { rescore } from "./circuit-moves.ts";
import type { Core, Site } from "./core.ts";
import type { Trip } from "./trip.ts";

/** How long a window of the limit is; Netflix's concurrency-limits take 1 s at most. */
const WINDOW_MS = 500;

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
  if (now - site.gauge.windowAt >= WINDOW_MS) closeWindow(core, site, now);
}

/** The server said that it is full. */
export function heedRefusal(core: Core, site: Site): void {
  moveLimit(core, site, REFUSED);
}

const REFUSED: LimitEvent = { type: "refused" };

function closeWindow(core: Core, site: Site, now: number): void {
  const { gauge: own, pool, pace } = site;
  const { permits } = pool;
  moveLimit(core, site, {
    type: "window",
    slowness: slowness(pace, now),
    calls: own.calls,
    peakInUse: permits.peakInUse,
  });
  own.windowAt = now;
  own.calls = 0;
  permits.peakInUse = permits.inUse;
  rescore(site, now);
}

function moveLimit(core: Core, site: Site, event: LimitEvent): void {
  const { limits } = site.gauge;
  if (core.settings.pool.latencyTolerance === 0) return;
  const before = site.limit;
  site.limit = stepLimit(before, event, limits);
  if (site.limit === before) return;
  site.gauge.learns = learnsUsual(site.limit, limits);
  const [from, to] = [allowed(before, limits), allowed(site.limit, limits)];
  if (from === to) return;
  site.pool.allow(to);
  const because = reasonOf(before, site.limit, event) ?? "";
  core.bus.emit({ type: "pool", endpoint: site.id, from, to, because });
}
