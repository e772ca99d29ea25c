/**
 * Carries out the recovery of endpoints that are down, rung by rung (`health/ladder.ts`).
 *
 * A rung takes no time of its own: it renews what is ours, and the prober's next looks tell whether that
 * helped. Where no timer may run between requests, a look that fails takes what is due.
 *
 * @module
 */

import { due, dueInMs, isIsolating, type LadderStep, noLadder, step } from "../health/ladder.ts";
import type { RecoveryRung } from "../model/event.ts";
import type { Connector } from "../ports.ts";
import type { Core, Site } from "./core.ts";
import { failOverFrom, forgetSuccession } from "./successor.ts";

/** Begins a recovery when an endpoint is found down, and ends it when it is alive. */
export function watchRecovery(core: Core): void {
  core.bus.on("health", ({ endpoint, to, because }) => {
    const site = core.sites.get(endpoint);
    if (site === undefined) return;
    if (to === "alive") recovered(core, site, because);
    if (to !== "down") return;
    site.ladder = step(site.ladder, { type: "down" }, now(core), core.settings.recovery);
    advance(core, site);
  });
  core.bus.on("probe", ({ endpoint, failed }) => {
    if (failed !== "connectivity" && failed !== "query") return;
    const site = core.sites.get(endpoint);
    advance(core, site);
    // There may have been nobody to fall back to before; how often that is tried has its own limit.
    if (site !== undefined && isIsolating(site.ladder)) failOverFrom(core, site);
  });
  // A new primary: the outage is over, whoever was asked in it.
  core.bus.on("role", ({ to }) => {
    if (to !== "primary") return;
    for (const site of core.sites.values()) forgetSuccession(core, site);
  });
  // Where nobody looks by the clock, a caller's trial that fails is the look.
  core.bus.on("circuit", ({ endpoint, to }) => {
    if (to === "open") advance(core, core.sites.get(endpoint));
  });
}

/** Takes the step that is due, if one is, and sets the clock for the next. */
function advance(core: Core, site: Site | undefined): void {
  if (site === undefined || core.closed || site.member.draining || site.ladder.phase === "none") {
    return;
  }
  const next = due(site.ladder, now(core));
  if (next !== undefined) {
    const event = { type: "taken", random: core.runtime.random() } as const;
    site.ladder = step(site.ladder, event, now(core), core.settings.recovery);
    site.rungTaken = next;
    take(core, site, next);
  }
  site.nextRung?.cancel();
  const delayMs = dueInMs(site.ladder, now(core));
  if (delayMs === Infinity || !core.runtime.background) return;
  site.nextRung = core.runtime.clock.background(delayMs, () => advance(core, site));
}

function take(core: Core, site: Site, { rung, attempt }: LadderStep): void {
  core.bus.emit({
    type: "recovery",
    endpoint: site.id,
    rung,
    phase: "started",
    attempt,
    because: SAYS[rung],
  });
  switch (rung) {
    case "refresh":
      return site.pool.clear("recovery");
    case "rebuildPool":
      return site.pool.rebuild(site.connector);
    case "rebuildClient":
      site.connector = renewed(site.connector);
      return site.pool.rebuild(site.connector);
    case "isolate":
      // That calls pass it over follows from its being down (`admitted.ts`).
      return failOverFrom(core, site);
    default:
      return rung satisfies never;
  }
}

/** A client that cannot be made anew stays: the next step is due all the same. */
function renewed(connector: Connector): Connector {
  try {
    return connector.renew?.() ?? connector;
  } catch {
    return connector;
  }
}

const SAYS: Readonly<Record<RecoveryRung, string>> = {
  refresh: "its connections are replaced",
  rebuildPool: "its pool begins anew",
  rebuildClient: "its client is made anew",
  isolate: "nothing helped: probes go there, and calls only if there is nowhere else",
};

function recovered(core: Core, site: Site, because: string): void {
  site.nextRung?.cancel();
  site.ladder = noLadder;
  forgetSuccession(core, site);
  const { rungTaken } = site;
  site.rungTaken = undefined;
  if (rungTaken === undefined) return;
  core.bus.emit({
    type: "recovery",
    endpoint: site.id,
    rung: rungTaken.rung,
    phase: "recovered",
    attempt: rungTaken.attempt,
    because,
  });
}

function now(core: Core): number {
  return core.runtime.clock.now();
}
