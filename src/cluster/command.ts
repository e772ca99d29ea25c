/**
 * What a person wants done, by everybody. Doing it twice is doing it once.
 *
 * @module
 */

import type { Command } from "../model/belief.ts";
import type { ClusterRules } from "../model/cluster-rules.ts";
import { stranger } from "./listen.ts";
import { isId } from "./read-json.ts";
import { close, type Draw, isolate, release } from "./shared-circuit.ts";
import { type Assigned, type Cluster, MAX_ENDPOINTS, type SharedEndpoint } from "./state.ts";

/** The same change of roles within this time is one, ours: a minute, longer than anybody's patience. */
const AGAIN_MS = 60_000;

/** The state after a command. */
export function carryOut(
  cluster: Cluster,
  command: Command,
  now: number,
  { rules }: Draw,
): Cluster {
  switch (command.type) {
    case "isolate":
      return revise(cluster, command.endpoint, now, isolate);
    case "release":
      return revise(cluster, command.endpoint, now, (one) => release(one, now, rules));
    case "remove":
      return revise(cluster, command.endpoint, now, takeOut);
    case "add":
      return revise(cluster, command.endpoint, now, (one) => takeIn(one, now, rules));
    case "failover":
      return assign(cluster, { from: command.from, to: command.to }, now);
    case "failback":
      return takeBack(cluster, now);
    default:
      return command satisfies never;
  }
}

/** Nothing goes there any more, so nothing more is found out about it. */
function takeOut(endpoint: SharedEndpoint): SharedEndpoint {
  if (endpoint.removed === true) return endpoint;
  const { heldSince: _, ramp: __, ...rest } = endpoint;
  const { phase, round } = endpoint.circuit;
  const circuit = phase === "isolated" ? endpoint.circuit : { phase: "closed", round } as const;
  return { ...rest, circuit, accusers: [], removed: true };
}

/** It gets its share little by little, as one that was down. */
function takeIn(endpoint: SharedEndpoint, now: number, rules: ClusterRules): SharedEndpoint {
  if (endpoint.removed !== true) return endpoint;
  const { removed: _, ...rest } = endpoint;
  return rest.circuit.phase === "isolated" ? rest : close(rest, now, rules);
}

/** An endpoint may be commanded before anybody has spoken of it. */
function revise(
  cluster: Cluster,
  id: string,
  now: number,
  change: (endpoint: SharedEndpoint) => SharedEndpoint,
): Cluster {
  const before = cluster.endpoints.find((one) => one.id === id);
  if (before === undefined && (cluster.endpoints.length >= MAX_ENDPOINTS || !isId(id))) {
    return cluster;
  }
  const after = change(before ?? stranger(id, now));
  if (after === before) return cluster;
  const endpoints = before === undefined
    ? [...cluster.endpoints, after]
    : cluster.endpoints.map((one) => one === before ? after : one);
  return { ...cluster, endpoints };
}

function assign(
  cluster: Cluster,
  change: Pick<Assigned, "from" | "to" | "back">,
  now: number,
): Cluster {
  const last = cluster.assignment;
  const isSame = last?.from === change.from && last.to === change.to;
  // Said again soon it is the same command, whose answer was lost; later it is meant.
  if (isSame && now - last.at < AGAIN_MS) return cluster;
  const number = (last?.number ?? 0) + 1;
  return { ...cluster, assignment: { number, ...change, at: now } };
}

/** Said twice, as by somebody whose first answer was lost, it must not switch forth again. */
function takeBack(cluster: Cluster, now: number): Cluster {
  const { assignment: last } = cluster;
  if (last === undefined || last.back === true) return cluster;
  return assign(cluster, { from: last.to, to: last.from, back: true }, now);
}
