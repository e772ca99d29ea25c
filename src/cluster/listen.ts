/**
 * Takes in what one reporter says of the endpoints. What follows from it is another matter (`verdict.ts`).
 *
 * @module
 */

import type { EndpointReport, LagWord, Report, RoleClaim } from "../model/belief.ts";
import { accuse, vouch } from "./evidence.ts";
import { cover, noMass } from "./mass.ts";
import { type Draw, hasten, settle } from "./shared-circuit.ts";
import { type Cluster, MAX_ENDPOINTS, MAX_ID_LENGTH, type SharedEndpoint } from "./state.ts";

/** Everything one report says. */
export function listen(cluster: Cluster, report: Report, now: number, draw: Draw): Cluster {
  const told = new Map(report.endpoints.map((one) => [one.id, one]));
  const known = cluster.endpoints.map((one) => {
    const word = told.get(one.id);
    told.delete(one.id);
    return word === undefined ? one : fold(one, word, report, { now, draw });
  });
  const room = Math.max(0, MAX_ENDPOINTS - known.length);
  const strangers = [...told.values()].filter(({ id }) => id !== "" && id.length <= MAX_ID_LENGTH);
  const added = strangers.slice(0, room).map((word) => {
    return fold(stranger(word.id), word, report, { now, draw });
  });
  return { ...cluster, endpoints: [...known, ...added] };
}

/** An endpoint that nobody has spoken of before. */
export function stranger(id: string): SharedEndpoint {
  return { id, circuit: { phase: "closed", round: 0 }, accusers: [], users: noMass };
}

interface Moment {
  readonly now: number;
  readonly draw: Draw;
}

function fold(
  before: SharedEndpoint,
  word: EndpointReport,
  report: Report,
  { now, draw }: Moment,
): SharedEndpoint {
  let endpoint = before;
  const { saw, agoMs = 0, trial } = word;
  if (trial !== undefined) endpoint = settle(endpoint, trial, now, draw);
  if (saw !== undefined && report.prober !== true) {
    endpoint = { ...endpoint, users: cover(endpoint.users, report.sinceMs, now) };
  }
  if (saw === "up") {
    const at = now - agoMs;
    const answeredAt = Math.max(endpoint.answeredAt ?? -Infinity, at);
    endpoint = { ...endpoint, answeredAt, accusers: vouch(endpoint.accusers, report, word, now) };
    const { circuit } = endpoint;
    if (circuit.phase === "open" && at > circuit.since) endpoint = hasten(endpoint, now);
  }
  if (saw === "down" && endpoint.circuit.phase === "closed") {
    endpoint = { ...endpoint, accusers: accuse(endpoint.accusers, report, now) };
  }
  return withLag(withRole(endpoint, word.role, now), word.lag, now);
}

function withRole(
  endpoint: SharedEndpoint,
  word: RoleClaim | undefined,
  now: number,
): SharedEndpoint {
  if (word === undefined) return endpoint;
  const { agoMs, ...said } = word;
  const at = now - agoMs;
  if (endpoint.role !== undefined && endpoint.role.at >= at) return endpoint;
  return { ...endpoint, role: { ...said, at } };
}

function withLag(endpoint: SharedEndpoint, word: LagWord | undefined, now: number): SharedEndpoint {
  if (word === undefined) return endpoint;
  const at = now - word.agoMs;
  if (endpoint.lag !== undefined && endpoint.lag.at >= at) return endpoint;
  return { ...endpoint, lag: { lagMs: word.lagMs, at } };
}
