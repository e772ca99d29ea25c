/**
 * Takes in what one reporter says of the endpoints. What follows from it is another matter (`verdict.ts`).
 *
 * @module
 */

import type { EndpointReport, LagWord, Report, RoleClaim } from "../model/belief.ts";
import { accuse, vouch, withinBounds } from "./evidence.ts";
import { cover, noMass } from "./mass.ts";
import { isId } from "./read-json.ts";
import { type Draw, hasten, letUp, settle } from "./shared-circuit.ts";
import { type Cluster, MAX_ENDPOINTS, type SharedEndpoint } from "./state.ts";

/** An answer after none for so long means that it is back: longer than two busy syncs, ours. */
const RESUMED_MS = 5_000;

/** When and how something is heard. */
export interface Hearing {
  readonly now: number;
  readonly draw: Draw;
  /** How much time the report covers. */
  readonly coveredMs: number | undefined;
  /** What was seen longer ago says nothing any more. */
  readonly evidenceMs: number;
}

/** Everything one report says. */
export function listen(cluster: Cluster, report: Report, hearing: Hearing): Cluster {
  const told = new Map(report.endpoints.slice(0, MAX_ENDPOINTS).map((one) => [one.id, one]));
  const known = cluster.endpoints.map((one) => {
    const word = told.get(one.id);
    told.delete(one.id);
    return word === undefined ? one : fold(one, word, report, hearing);
  });
  const room = Math.max(0, MAX_ENDPOINTS - known.length);
  const strangers = [...told.values()].filter(({ id }) => isId(id)).slice(0, room);
  const added = strangers.map((word) => {
    return fold(stranger(word.id, hearing.now), word, report, hearing);
  });
  return { ...cluster, endpoints: withinBounds([...known, ...added]) };
}

/** An endpoint that nobody has spoken of before. */
export function stranger(id: string, now: number): SharedEndpoint {
  return {
    id,
    circuit: { phase: "closed", round: 0 },
    accusers: [],
    users: noMass,
    heardAt: now,
  };
}

function fold(
  before: SharedEndpoint,
  word: EndpointReport,
  report: Report,
  hearing: Hearing,
): SharedEndpoint {
  const { now, draw } = hearing;
  let endpoint: SharedEndpoint = { ...before, heardAt: now };
  const { saw, trial } = word;
  if (trial !== undefined) {
    endpoint = settle(endpoint, { ...trial, by: report.reporter }, now, draw);
  }
  if (saw === "up") endpoint = praised(endpoint, word, report, hearing);
  if (saw === "down") endpoint = accused(endpoint, word, report, hearing);
  // Who is kept from it uses it still: they are counted on from where they were when it is back.
  // A newcomer is about to use what it names: until it has, it would be missing beside those who accuse.
  const uses = saw !== undefined || hearing.coveredMs === undefined;
  if (uses && report.prober !== true && endpoint.circuit.phase === "closed") {
    endpoint = { ...endpoint, users: cover(endpoint.users, sinceItIsBack(endpoint, hearing), now) };
  }
  return withLag(withRole(endpoint, word.role, now), word.lag, now);
}

/** While it was out nobody used it, and nobody was forgotten either: that time would count twice. */
function sinceItIsBack(
  { circuit }: SharedEndpoint,
  { now, coveredMs }: Hearing,
): number | undefined {
  if (coveredMs === undefined || circuit.phase !== "closed") return coveredMs;
  return circuit.since === undefined ? coveredMs : Math.min(coveredMs, now - circuit.since);
}

function praised(
  endpoint: SharedEndpoint,
  word: EndpointReport,
  report: Report,
  { now, draw }: Hearing,
): SharedEndpoint {
  const at = now - (word.agoMs ?? 0);
  const { circuit, heldSince, answeredAt = -Infinity } = endpoint;
  const answered = {
    ...endpoint,
    answeredAt: Math.max(answeredAt, at),
    accusers: vouch(endpoint.accusers, report, word, now),
  };
  if (circuit.phase === "open" && at > circuit.pausedAt) return hasten(answered, now, draw.rules);
  // Where a part of the fleet has answers all along, nothing is back for the others.
  const isBack = heldSince !== undefined && at > heldSince && at - answeredAt >= RESUMED_MS;
  return isBack ? letUp(answered, now) : answered;
}

function accused(
  endpoint: SharedEndpoint,
  { agoMs = 0 }: EndpointReport,
  report: Report,
  { now, evidenceMs }: Hearing,
): SharedEndpoint {
  const { circuit, removed } = endpoint;
  if (circuit.phase !== "closed" || removed === true) return endpoint;
  // An isolate that no call takes there any more does not find out that it is back, and would say so for ever.
  if (agoMs > evidenceMs) return endpoint;
  // It has come back since: whoever has not heard of it yet says what all knew before.
  if (circuit.since !== undefined && now - agoMs <= circuit.since) return endpoint;
  return { ...endpoint, accusers: accuse(endpoint.accusers, report, now) };
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
