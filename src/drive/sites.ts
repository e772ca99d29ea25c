/**
 * The endpoints of a holdfast: taken in, told apart, let go.
 *
 * @module
 */

import { closedCircuit } from "../admit/circuit.ts";
import { fullLimit } from "../admit/limit.ts";
import { noOutliers } from "../admit/outlier.ts";
import { noLadder } from "../health/ladder.ts";
import { noSuccession } from "../health/succession.ts";
import { freshHealth } from "../health/suspicion.ts";
import { freshLoad, type Member } from "../model/topology.ts";
import { createSketch } from "../observe/latency.ts";
import type { Connector, Runtime } from "../ports.ts";
import { createBudget } from "../retry/budget.ts";
import { freshPace } from "../time/pace.ts";
import { createWindow } from "../time/window.ts";
import { allDelivered } from "./alerting.ts";
import { Bus } from "./bus.ts";
import { believe, type Core, type Site } from "./core.ts";
import { createGauge } from "./gauge.ts";
import { POLL_MS } from "./glance.ts";
import { createLookout, cutDeliveries, isDelivering, stopLookout } from "./lookout.ts";
import { reckonPanic } from "./panic.ts";
import { createPlans } from "./plan.ts";
import { Pool } from "./pool.ts";
import type { PoolPlace } from "./pool-limits.ts";
import { heedHandshake } from "./probe.ts";
import { standDown } from "./election.ts";
import { Roll } from "./roll.ts";
import { createRoutes } from "./routes.ts";
import { ProcessScope, type Scope } from "./scope.ts";
import { createShare, createSiteShare } from "./share.ts";
import type { Settings, Station } from "./settings.ts";
import { limitsOf, watchPool } from "./site-pool.ts";
import { createTail } from "./tail.ts";
import { createTimetable } from "./timetable.ts";
import { wait } from "./wait.ts";
import { cutAll } from "./within.ts";

/** How far back the quantiles in the statistics look. */
const SKETCH_SPAN_MS = 10_000;

/** A core over the given endpoints. Starts no timer and opens nothing. */
export function createCore(
  runtime: Runtime,
  settings: Settings,
  stations: readonly Station[],
): Core {
  const now = runtime.clock.now();
  const core: Omit<Core, "scope"> & { scope?: Scope } = {
    runtime,
    settings,
    dialect: stations[0]?.connector.dialect ?? "postgres",
    bus: new Bus(runtime.clock),
    timetable: createTimetable(runtime),
    budget: createBudget(settings.retryBudget, now),
    lookout: createLookout(settings.alerts, runtime.clock),
    draw: { random: runtime.random, now, turn: 0 },
    plans: createPlans(settings),
    sites: new Map(),
    topology: { epoch: 0, members: [] },
    routes: createRoutes(),
    handover: undefined,
    searchedAt: -Infinity,
    outliers: noOutliers,
    sweptAt: now,
    ejections: 0,
    sleepers: 0,
    panic: false,
    share: settings.sharing.store && createShare(settings.sharing.store),
    afterwards: undefined,
    tickedUntil: 0,
    proberOn: false,
    probing: false,
    closed: false,
    over: false,
    cuts: runtime.persistentIO ? new Set() : new NoCuts(),
    roll: runtime.persistentIO ? undefined : new Roll(),
    running: 0,
    givenUp: 0,
    onIdle: undefined,
  };
  return furnish(core, settings, stations);
}

function furnish(
  bare: Omit<Core, "scope"> & { scope?: Scope },
  settings: Settings,
  stations: readonly Station[],
): Core {
  const core = Object.assign(bare, { scope: new ProcessScope(bare as Core) });
  if (settings.observer !== undefined) core.bus.on("*", settings.observer);
  for (const station of stations) addSite(core, station);
  return core;
}

/** Where I/O belongs to a request nobody may end another's waits, and one that is cut off leaves none behind. */
class NoCuts extends Set<() => void> {
  override add(): this {
    return this;
  }
}

/** Takes an endpoint in. */
export function addSite(core: Core, station: Station): Site {
  const { endpoint, connector } = station;
  const { clock } = core.runtime;
  const member: Member = {
    endpoint,
    role: endpoint.role ?? "unknown",
    generation: undefined,
    confirmedAt: undefined,
    draining: false,
    load: freshLoad(),
  };
  const { min: leastOpen, max: mostOpen } = core.settings.pool;
  const limits = limitsOf(core.settings, connector, {
    min: leastOpen,
    max: station.maxConnections ?? mostOpen,
  });
  const { min, max } = limits;
  const bounds = { min, max, tolerance: core.settings.pool.latencyTolerance };
  const place = placeOf(core.runtime, connector);
  const site: Site = {
    id: endpoint.id,
    connector,
    pool: new Pool(
      connector,
      place,
      limits,
      watchPool(core, endpoint.id, (connection, askedAt) => {
        const own = core.sites.get(endpoint.id);
        if (own !== undefined) heedHandshake(core.scope, own, connection, askedAt);
      }),
    ),
    member,
    circuit: closedCircuit,
    window: createWindow(core.settings.circuit.windowMs),
    sketch: createSketch(SKETCH_SPAN_MS, clock.now()),
    tail: createTail(),
    answered: 0,
    answeredAt: -Infinity,
    connectMs: undefined,
    failed: 0,
    lastFailure: undefined,
    trouble: undefined,
    glance: { since: undefined, ended: 0, found: undefined },
    health: freshHealth,
    healthSince: clock.now(),
    ladder: noLadder,
    vitals: {},
    canTransact: undefined,
    signs: [],
    pace: freshPace(),
    limit: fullLimit(bounds),
    gauge: createGauge(bounds, clock.now()),
    sweep: { calls: 0, failures: 0, elapsedMs: 0 },
    ejectedUntil: 0,
    ramp: undefined,
    nextRung: undefined,
    rungTaken: undefined,
    succession: noSuccession,
    asked: [],
    wantedAt: -Infinity,
    told: undefined,
    nextLook: undefined,
    nextLookAt: Infinity,
    shared: createSiteShare(),
  };
  if (connector.scalesToZero === true) core.sleepers++;
  core.sites.set(site.id, site);
  believe(core, { type: "added", member });
  core.bus.emit({ type: "endpoint", endpoint: site.id, change: "added" });
  reckonPanic(core);
  return site;
}

/** Lets an endpoint go: nothing new goes there, what runs may finish, then its connections are closed. */
export async function removeSite(core: Core, site: Site): Promise<void> {
  if (!site.member.draining) {
    believe(core, { type: "draining", id: site.id });
    core.bus.emit({ type: "endpoint", endpoint: site.id, change: "draining" });
  }
  await closeSite(core, site, core.settings.closeTimeoutMs);
  // Whoever asked first has done the rest.
  if (core.sites.get(site.id) !== site) return;
  core.sites.delete(site.id);
  if (site.connector.scalesToZero === true) core.sleepers--;
  if (site.ejectedUntil > 0) core.ejections--;
  believe(core, { type: "removed", id: site.id });
  core.bus.emit({ type: "endpoint", endpoint: site.id, change: "removed" });
  reckonPanic(core);
}

/** Lets what runs finish within the close timeout, cuts the rest, and closes every connection. */
export async function closeCore(core: Core): Promise<void> {
  core.closed = true;
  for (const site of core.sites.values()) rest(site);
  stopLookout(core.lookout);
  core.share?.timer?.cancel();
  await standDown(core);
  const delivered = isDelivering(core.lookout) ? allDelivered(core) : undefined;
  if (core.running > 0 || delivered !== undefined) {
    const idle = core.running > 0 && whenIdle(core);
    await wait(core, undefined, core.settings.closeTimeoutMs, Promise.all([idle, delivered]));
  }
  core.over = true;
  // Another request's delivery is not for this one to end.
  if (core.roll === undefined) cutDeliveries(core.lookout);
  const closed = [...core.sites.values()].map((site) => closeSite(core, site, 0));
  cutAll(core.cuts);
  await Promise.all(closed);
  core.timetable.stop();
}

/** Where requests share no promise, whether the others' calls are over is looked at from time to time. */
async function whenIdle(core: Core): Promise<void> {
  if (core.roll === undefined) return new Promise((resolve) => core.onIdle = resolve);
  while (core.running > 0 && !core.over) await wait(core, undefined, POLL_MS);
}

/** Drains the pool; what has not finished within `limitMs` is cut. */
async function closeSite(core: Core, site: Site, limitMs: number): Promise<void> {
  rest(site);
  const drained = site.pool.drain();
  if (limitMs > 0) await wait(core, undefined, limitMs, drained);
  site.pool.destroyAll();
  await drained;
}

/** Nothing is done about it by the clock any more. */
function rest(site: Site): void {
  site.nextLook?.cancel();
  site.nextRung?.cancel();
}

/** Connections are kept where there are any and they may outlive a request. */
function placeOf({ clock, persistentIO, random }: Runtime, { transport }: Connector): PoolPlace {
  return { clock, keeps: persistentIO && transport === "socket", offset: random() };
}
