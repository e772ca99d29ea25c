/**
 * The shared belief as one machine: a pure reducer, the same in a Durable Object, in a process that writes to
 * Redis or Deno KV, in memory and in the simulator.
 *
 * @module
 */

import type { Command, Report } from "../model/belief.ts";
import { BELIEF_FORMAT } from "../model/belief.ts";
import type { ClaimRequest } from "../ports.ts";
import { carryOut } from "./command.ts";
import { judgeAll } from "./verdict.ts";
import { onClock } from "./clock.ts";
import { lastsMs } from "./evidence.ts";
import { coveredMs, hear, isHeard, othersPresent } from "./fleet.ts";
import { listen } from "./listen.ts";
import { noMass } from "./mass.ts";
import { isReporter } from "./read-json.ts";
import { type Draw, grant, letsOthersGoFirst } from "./shared-circuit.ts";
import type { Cluster } from "./state.ts";

/** What can happen. */
export type ClusterEvent =
  | { readonly type: "report"; readonly report: Report }
  | { readonly type: "claim"; readonly request: ClaimRequest }
  | { readonly type: "command"; readonly command: Command }
  /** Time went by: see `due.ts`. */
  | { readonly type: "tick" };

/** Nothing is known yet. `origin`: a name drawn at random for this life of the store. */
export function emptyCluster(origin: string): Cluster {
  return {
    v: BELIEF_FORMAT,
    origin,
    version: 0,
    tokens: 0,
    fleet: { reporters: [], isolates: noMass },
    endpoints: [],
  };
}

/**
 * Folds one event in. The same reference means that nothing changed; a higher `version` means that a belief
 * did, which has to be kept before anybody is told of it.
 */
export function step(before: Cluster, event: ClusterEvent, now: number, draw: Draw): Cluster {
  const cluster = onClock(before, now, draw.rules);
  switch (event.type) {
    case "report":
      return report(cluster, event.report, now, draw);
    case "claim":
      return claim(cluster, event.request, now, draw);
    case "command":
      // A person may take out what the rest depended on.
      return raised(cluster, judgeAll(carryOut(cluster, event.command, now, draw), now, draw));
    case "tick":
      return raised(cluster, judgeAll(cluster, now, draw));
    default:
      return event satisfies never;
  }
}

function report(cluster: Cluster, told: Report, now: number, draw: Draw): Cluster {
  const { fleet } = cluster;
  if (!isReporter(told.reporter) || isHeard(fleet, told)) return cluster;
  const hearing = {
    now,
    draw,
    coveredMs: coveredMs(fleet, told, now, draw.rules),
    evidenceMs: lastsMs(fleet, now, draw.rules),
  };
  const heard: Cluster = { ...cluster, fleet: hear(fleet, told, now, draw.rules) };
  return raised(cluster, judgeAll(listen(heard, told, hearing), now, draw));
}

function claim(
  cluster: Cluster,
  { endpoint: id, reporter: by }: ClaimRequest,
  now: number,
  { rules }: Draw,
): Cluster {
  if (!isReporter(by)) return cluster;
  const asked = cluster.endpoints.find((one) => one.id === id);
  const hasOthers = othersPresent(cluster.fleet, [{ reporter: by }], now, rules) > 0;
  if (asked !== undefined && hasOthers && letsOthersGoFirst(asked, by, now, rules)) return cluster;
  const trial = { token: cluster.tokens + 1, by, until: now + rules.trialTimeoutMs };
  const endpoints = cluster.endpoints.map((one) => one.id === id ? grant(one, trial, now) : one);
  if (endpoints.every((one, i) => one === cluster.endpoints[i])) return cluster;
  return { ...cluster, endpoints, tokens: trial.token, version: cluster.version + 1 };
}

/** The version rises with what others have to learn; evidence and presence are nobody's business. */
function raised(before: Cluster, after: Cluster): Cluster {
  if (after === before || after.version !== before.version) return after;
  return isNews(before, after) ? { ...after, version: before.version + 1 } : after;
}

function isNews(before: Cluster, after: Cluster): boolean {
  if (before.assignment !== after.assignment) return true;
  if (before.endpoints.length !== after.endpoints.length) return true;
  return after.endpoints.some((one, i) => {
    const was = before.endpoints[i];
    return was === undefined || one.id !== was.id || one.circuit !== was.circuit ||
      one.removed !== was.removed ||
      one.heldSince !== was.heldSince || one.ramp !== was.ramp ||
      one.role?.role !== was.role?.role || one.role?.generation !== was.role?.generation;
  });
}
