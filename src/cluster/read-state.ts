/**
 * Reads a state that other code may have written: newer, older, or damaged.
 *
 * @module
 */

import { BELIEF_FORMAT } from "../model/belief.ts";
import {
  field,
  type Fields,
  fieldsOf,
  given,
  readAmount,
  readCount,
  readId,
  readList,
  readNumber,
  readReporter,
} from "./read-json.ts";
import { readable, toAssignment, toReason, toRole } from "./read-wire.ts";
import {
  type Accuser,
  type Assigned,
  type Cluster,
  type Fleet,
  type Mass,
  MAX_ACCUSERS,
  MAX_ENDPOINTS,
  MAX_REPORTERS,
  type Presence,
  type SharedCircuit,
  type SharedEndpoint,
  type Trial,
} from "./state.ts";

/**
 * The state, or `undefined` where it cannot be gone on with. Without its origin and version it is better begun
 * anew: a version that fell would be taken for an old copy, and nobody would follow it.
 */
export function toCluster(value: unknown): Cluster | undefined {
  const fields = readable(value);
  const origin = fields && readId(field(fields, "origin"));
  const version = fields && readCount(field(fields, "version"));
  if (fields === undefined || origin === undefined || version === undefined) return undefined;
  const endpoints = readList(field(fields, "endpoints"), MAX_ENDPOINTS, toEndpoint, (e) => e.id);
  const granted = endpoints.map(({ circuit }) => {
    return circuit.phase === "open" ? circuit.trial?.token ?? 0 : 0;
  });
  return {
    v: BELIEF_FORMAT,
    origin,
    version,
    // No token is ever granted twice.
    tokens: Math.max(readCount(field(fields, "tokens")) ?? 0, ...granted),
    fleet: toFleet(field(fields, "fleet")),
    endpoints,
    ...given("assignment", toAssigned(field(fields, "assignment"))),
  };
}

function toAssigned(value: unknown): Assigned | undefined {
  const fields = fieldsOf(value);
  const told = toAssignment(value);
  if (fields === undefined || told === undefined) return undefined;
  const { agoMs: _, ...rest } = told;
  return { ...rest, at: readNumber(field(fields, "at")) ?? 0 };
}

function toFleet(value: unknown): Fleet {
  const fields = fieldsOf(value) ?? {};
  return {
    reporters: readList(field(fields, "reporters"), MAX_REPORTERS, toPresence, (p) => p.reporter),
    isolates: toMass(field(fields, "isolates")),
  };
}

function toPresence(fields: Fields): Presence | undefined {
  const reporter = readReporter(field(fields, "reporter"));
  const at = readNumber(field(fields, "at"));
  if (reporter === undefined || at === undefined) return undefined;
  const seq = readCount(field(fields, "seq")) ?? 0;
  return { reporter, seq, at, prober: field(fields, "prober") === true };
}

function toMass(value: unknown): Mass {
  const fields = fieldsOf(value) ?? {};
  const mass = readAmount(field(fields, "mass")) ?? 0;
  const at = readNumber(field(fields, "at")) ?? 0;
  return { mass, at, from: Math.min(at, readNumber(field(fields, "from")) ?? at) };
}

function toEndpoint(fields: Fields): SharedEndpoint | undefined {
  const id = readId(field(fields, "id"));
  if (id === undefined) return undefined;
  return {
    id,
    circuit: toCircuit(field(fields, "circuit")),
    accusers: readList(field(fields, "accusers"), MAX_ACCUSERS, toAccuser, (a) => a.reporter),
    ...given("heldSince", readNumber(field(fields, "heldSince"))),
    users: toMass(field(fields, "users")),
    // Later than any clock reads: until it is next spoken of that is "just now" (`clock.ts`).
    heardAt: readNumber(field(fields, "heardAt")) ?? Number.MAX_SAFE_INTEGER,
    ...given("answeredAt", readNumber(field(fields, "answeredAt"))),
    ...given("ramp", toRamp(field(fields, "ramp"))),
    ...given("role", toRoleAt(field(fields, "role"))),
    ...given("lag", toLagAt(field(fields, "lag"))),
    ...given("removed", field(fields, "removed") === true || undefined),
  };
}

function toAccuser(fields: Fields): Accuser | undefined {
  const reporter = readReporter(field(fields, "reporter"));
  const lastAt = readNumber(field(fields, "lastAt"));
  if (reporter === undefined || lastAt === undefined) return undefined;
  const firstAt = Math.min(lastAt, readNumber(field(fields, "firstAt")) ?? lastAt);
  return { reporter, firstAt, lastAt, prober: field(fields, "prober") === true };
}

/** A phase that is not known is closed: everybody's own circuit is still there. */
function toCircuit(value: unknown): SharedCircuit {
  const fields = fieldsOf(value) ?? {};
  const round = readCount(field(fields, "round")) ?? 0;
  const phase = field(fields, "phase");
  if (phase === "isolated") return { phase, round };
  const since = readNumber(field(fields, "since"));
  if (phase !== "open" || since === undefined) {
    const openings = readCount(field(fields, "openings"));
    return { phase: "closed", round, ...given("since", since), ...given("openings", openings) };
  }
  return {
    phase,
    round,
    since,
    pausedAt: readNumber(field(fields, "pausedAt")) ?? since,
    until: readNumber(field(fields, "until")) ?? since,
    openings: Math.max(1, readCount(field(fields, "openings")) ?? 1),
    because: toReason(field(fields, "because")) ?? "",
    ...given("failedBy", readReporter(field(fields, "failedBy"))),
    ...given("trial", toTrial(field(fields, "trial"))),
  };
}

function toTrial(value: unknown): Trial | undefined {
  const fields = fieldsOf(value);
  if (fields === undefined) return undefined;
  const token = readCount(field(fields, "token"));
  const by = readReporter(field(fields, "by"));
  const until = readNumber(field(fields, "until"));
  if (token === undefined || by === undefined || until === undefined) return undefined;
  return { token, by, until };
}

function toRamp(value: unknown): SharedEndpoint["ramp"] {
  const fields = fieldsOf(value) ?? {};
  const startedAt = readNumber(field(fields, "startedAt"));
  const overMs = readAmount(field(fields, "overMs"));
  return startedAt === undefined || overMs === undefined ? undefined : { startedAt, overMs };
}

function toRoleAt(value: unknown): SharedEndpoint["role"] {
  const fields = fieldsOf(value) ?? {};
  const role = toRole(field(fields, "role"));
  const at = readNumber(field(fields, "at"));
  if (role === undefined || at === undefined) return undefined;
  return { role, ...given("generation", readCount(field(fields, "generation"))), at };
}

function toLagAt(value: unknown): SharedEndpoint["lag"] {
  const fields = fieldsOf(value) ?? {};
  const lagMs = readAmount(field(fields, "lagMs"));
  const at = readNumber(field(fields, "at"));
  return lagMs === undefined || at === undefined ? undefined : { lagMs, at };
}
