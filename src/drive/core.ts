/**
 * What one holdfast holds in this isolate: the beliefs about all endpoints, and per endpoint its
 * circuit, its counters and its pool. Plain data, except for the pools.
 *
 * @module
 */

import type { Circuit } from "../admit/circuit.ts";
import type { Limit } from "../admit/limit.ts";
import type { Outliers } from "../admit/outlier.ts";
import type { Ramp } from "../admit/ramp.ts";
import type { Draw } from "../balance/strategy.ts";
import type { Ladder, LadderStep } from "../health/ladder.ts";
import type { Succession } from "../health/succession.ts";
import type { Health } from "../health/suspicion.ts";
import type { Role } from "../model/endpoint.ts";
import type { Check, VitalSign } from "../model/event.ts";
import type { Failure } from "../model/failure.ts";
import type { OutcomeKind } from "../model/outcome.ts";
import type { Dialect } from "../model/statement.ts";
import type { Member, Topology } from "../model/topology.ts";
import type { LatencySketch } from "../observe/latency.ts";
import type { Connector, RoleReport, Runtime, Timer, Vitals } from "../ports.ts";
import type { Budget } from "../retry/budget.ts";
import type { Tier } from "../route/route.ts";
import { step, type TopologyEvent } from "../route/topology.ts";
import type { Pace } from "../time/pace.ts";
import type { CallWindow } from "../time/window.ts";
import type { Bus } from "./bus.ts";
import type { Gauge } from "./gauge.ts";
import type { Lookout } from "./lookout.ts";
import type { Plans } from "./plan.ts";
import type { Pool } from "./pool.ts";
import type { Roll } from "./roll.ts";
import type { Scope } from "./scope.ts";
import type { Settings } from "./settings.ts";
import type { Share, SiteShare } from "./share.ts";
import type { Tail } from "./tail.ts";
import type { Timetable } from "./timetable.ts";
import type { Cuts } from "./within.ts";

/** The two routes that nearly every statement takes. */
export interface Routes {
  /** What they were made for: another topology has others. */
  topology: Topology | undefined;
  writes: readonly Tier[] | undefined;
  /** Reads with the default preference. */
  reads: readonly Tier[] | undefined;
}

/** What a look at an endpoint found. */
export type Look =
  | {
    readonly alive: true;
    readonly report: RoleReport | undefined;
    /** The check that failed, of those that a living endpoint can fail. */
    readonly failed: Check | undefined;
  }
  | { readonly alive: false; readonly failure: Failure };

/** What requests that share no promise know of each other's looks. */
export interface Glance {
  /** When one began that has not ended; `undefined`: none is under way. */
  since: number | undefined;
  /** How many have ended, and what the last one found. */
  ended: number;
  found: Look | undefined;
}

/** One endpoint's part of the isolate's state. */
export interface Site {
  readonly id: string;
  /** Replaced when the client is rebuilt. */
  connector: Connector;
  readonly pool: Pool;
  /** What is believed of it; replaced when the topology steps. */
  member: Member;
  circuit: Circuit;
  readonly window: CallWindow;
  readonly sketch: LatencySketch;
  readonly tail: Tail;
  /** Attempts answered, and attempts failed for the endpoint's own fault or for any other. */
  answered: number;
  failed: number;
  /** How long its connects take, the slow ones remembered for a while; `undefined`: none ever succeeded. */
  connectMs: number | undefined;
  /** When it answered last. */
  answeredAt: number;
  lastFailure: OutcomeKind | undefined;
  /** Why it did not do what it was last asked; `undefined`: it answered since, or was not asked yet. */
  trouble: Trouble | undefined;
  /** The last look at it, by whatever request. */
  readonly glance: Glance;
  /** Whether it is believed to be alive, and since when. */
  health: Health;
  healthSince: number;
  /** What recovery is under way. */
  ladder: Ladder;
  /** What the last full look measured. */
  vitals: Vitals;
  /** Whether its last transaction check went well; `undefined`: not checked. */
  canTransact: boolean | undefined;
  /** What the last full look found wrong with it. */
  signs: readonly VitalSign[];
  /** How fast it answers, beside how fast it usually does. */
  readonly pace: Pace;
  /** How many calls it may have at once. */
  limit: Limit;
  /** Its answer times just now. */
  readonly gauge: Gauge;
  /** What was counted since the last sweep over the peers. */
  readonly sweep: Sweep;
  /** Left out for doing worse than its peers until then; 0: it is not. */
  ejectedUntil: number;
  /** It came back a while ago and gets its share little by little. */
  ramp: Ramp | undefined;
  /** The recovery's next step, while there is one. */
  nextRung: Timer | undefined;
  /** The last step taken; `undefined`: none since it was last well. */
  rungTaken: LadderStep | undefined;
  /** As an old primary: how often its automatic failover was tried. */
  succession: Succession;
  /** As an old primary: which replicas were asked to succeed it, and have not visibly done so. */
  asked: readonly string[];
  /** When somebody last wanted something of it. */
  wantedAt: number;
  /** The last role a connection told of its own accord. */
  told: Role | undefined;
  /** The prober's next look, while there is one. */
  nextLook: Timer | undefined;
  /** When that is; `Infinity`: there is none. */
  nextLookAt: number;
  /** What others are told of it, and were told. */
  readonly shared: SiteShare;
}

/** What was last wrong with an endpoint, in words that may be told. */
export interface Trouble {
  readonly kind: OutcomeKind;
  readonly message: string;
}

/** What one endpoint did since the last sweep. Hot counters. */
export interface Sweep {
  calls: number;
  failures: number;
  elapsedMs: number;
}

/** Everything a query needs to find its way. */
export interface Core {
  readonly runtime: Runtime;
  readonly settings: Settings;
  /** Whose SQL all endpoints speak. */
  readonly dialect: Dialect;
  readonly bus: Bus;
  readonly timetable: Timetable;
  readonly budget: Budget;
  readonly lookout: Lookout;
  readonly draw: Draw;
  readonly plans: Plans;
  readonly sites: Map<string, Site>;
  topology: Topology;
  readonly routes: Routes;
  /** A failover that is under way: its old primary is fenced, and who needs a primary waits for it. */
  handover: { readonly from: Site; readonly over: Promise<unknown> } | undefined;
  /** When the last search for the primary ended. */
  searchedAt: number;
  /** What calls may use of the outside, where that outlives a request. */
  readonly scope: Scope;
  /** What is under way, where requests can be cut off halfway; `undefined`: there are none. */
  readonly roll: Roll | undefined;
  /** What is held against endpoints that do worse than their peers. */
  outliers: Outliers;
  sweptAt: number;
  /** How many are left out. */
  ejections: number;
  /** How many sleep when nobody uses them, and are not looked at by the clock. */
  sleepers: number;
  /** So few endpoints are well that ejections are ignored. */
  panic: boolean;
  /** What is shared with other isolates; `undefined`: nothing. */
  readonly share: Share | undefined;
  /** What is to be done when work is over that went on beside a request. Never rejects. */
  afterwards: ((scope: Scope) => Promise<void>) | undefined;
  /** Somebody ticks it, where no timer runs between requests: until then the next tick is awaited. */
  tickedUntil: number;
  /** Whether endpoints are looked at by the clock, or by ticks. */
  proberOn: boolean;
  /** Whether housekeeping runs: the first call starts it, global scope must not. */
  probing: boolean;
  /** Nothing new is begun. */
  closed: boolean;
  /** Nothing goes on either: what still waited was cut. */
  over: boolean;
  /** What waits outside the pools, to be ended when everything is. */
  readonly cuts: Cuts;
  /** Calls under way, and who waits for there to be none. */
  running: number;
  /** Calls that failed for good. */
  givenUp: number;
  onIdle: (() => void) | undefined;
}

/** Folds what was learned about a role into the topology, and tells what changed. */
export function believe(
  core: Core,
  event: TopologyEvent,
  at: number = core.runtime.clock.now(),
): void {
  const before = core.topology;
  core.topology = step(before, event, at);
  if (core.topology === before) return;
  for (const member of core.topology.members) {
    const site = core.sites.get(member.endpoint.id);
    if (site === undefined || site.member === member) continue;
    const from = site.member.role;
    site.member = member;
    if (from === member.role) continue;
    // How far behind it was before its promotion must not keep reads away from it.
    if (member.role !== "replica") member.load.lagMs = undefined;
    // Sessions opened under the old role must not serve the new one (AWS and Npgsql do the same).
    if (from !== "unknown") site.pool.clear("role changed");
    core.bus.emit({ type: "role", endpoint: site.id, from, to: member.role });
  }
}
