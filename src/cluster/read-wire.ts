/**
 * Reads what travels between isolates and a store: reports, snapshots and commands, of whatever age.
 *
 * @module
 */

import { CLUSTER_DEFAULTS } from "../model/cluster-rules.ts";
import {
  type Assignment,
  BELIEF_FORMAT,
  type Command,
  type EndpointBelief,
  type EndpointReport,
  type LagWord,
  type Report,
  type RoleClaim,
  type Snapshot,
} from "../model/belief.ts";
import type { Role } from "../model/endpoint.ts";
import {
  field,
  type Fields,
  fieldsOf,
  given,
  readCount,
  readId,
  readList,
  readMs,
  readReporter,
} from "./read-json.ts";
import { MAX_ENDPOINTS, MAX_REASON_LENGTH } from "./state.ts";

/** The fields of something with a format that this code can read. */
export function readable(value: unknown): Fields | undefined {
  const fields = fieldsOf(value);
  const v = fields && readCount(field(fields, "v"));
  return v !== undefined && v <= BELIEF_FORMAT ? fields : undefined;
}

/** What an isolate told; `undefined`: nothing that could be understood. */
export function toReport(value: unknown): Report | undefined {
  const fields = readable(value);
  const reporter = fields && readReporter(field(fields, "reporter"));
  if (fields === undefined || reporter === undefined) return undefined;
  return {
    v: BELIEF_FORMAT,
    reporter,
    seq: readCount(field(fields, "seq")) ?? 0,
    // One that does not say covers no time, and is not counted as one more isolate either.
    sinceMs: readMs(field(fields, "sinceMs")) ?? 1,
    ...given("prober", field(fields, "prober") === true || undefined),
    ...given("looks", field(fields, "looks") === true || undefined),
    endpoints: readList(field(fields, "endpoints"), MAX_ENDPOINTS, toWord, (one) => one.id),
  };
}

function toWord(fields: Fields): EndpointReport | undefined {
  const id = readId(field(fields, "id"));
  if (id === undefined) return undefined;
  return {
    id,
    ...given("saw", toSight(field(fields, "saw"))),
    ...given("agoMs", readMs(field(fields, "agoMs"))),
    ...given("role", toRoleClaim(field(fields, "role"))),
    ...given("lag", toLagWord(field(fields, "lag"))),
    ...given("trial", toTrial(field(fields, "trial"))),
  };
}

function toSight(value: unknown): EndpointReport["saw"] {
  return value === "up" || value === "down" ? value : undefined;
}

function toTrial(value: unknown): EndpointReport["trial"] {
  const fields = fieldsOf(value);
  const token = fields && readCount(field(fields, "token"));
  const passed = fields && field(fields, "passed");
  return token === undefined || typeof passed !== "boolean" ? undefined : { token, passed };
}

/** A role's own word; `undefined`: it is none. */
export function toRole(value: unknown): Role | undefined {
  return value === "primary" || value === "replica" ? value : undefined;
}

function toRoleClaim(value: unknown): RoleClaim | undefined {
  const fields = fieldsOf(value);
  const role = fields && toRole(field(fields, "role"));
  if (fields === undefined || role === undefined) return undefined;
  return {
    role,
    ...given("generation", readCount(field(fields, "generation"))),
    agoMs: readMs(field(fields, "agoMs")) ?? 0,
  };
}

function toLagWord(value: unknown): LagWord | undefined {
  const fields = fieldsOf(value);
  const lagMs = fields && readMs(field(fields, "lagMs"));
  if (fields === undefined || lagMs === undefined) return undefined;
  return { lagMs, agoMs: readMs(field(fields, "agoMs")) ?? 0 };
}

/** What a store answered; `undefined`: nothing that could be understood. */
export function toSnapshot(value: unknown): Snapshot | undefined {
  const fields = readable(value);
  const origin = fields && readId(field(fields, "origin"));
  const version = fields && readCount(field(fields, "version"));
  if (fields === undefined || origin === undefined || version === undefined) return undefined;
  return {
    v: BELIEF_FORMAT,
    origin,
    version,
    // No pace at all is no pace: at once, and again, and again.
    nextSyncMs: readMs(field(fields, "nextSyncMs")) || CLUSTER_DEFAULTS.quietSyncMs,
    spreadMs: readMs(field(fields, "spreadMs")) ?? 0,
    fleet: readCount(field(fields, "fleet")) ?? 1,
    probes: field(fields, "probes") === true,
    endpoints: readList(field(fields, "endpoints"), MAX_ENDPOINTS, toBelief, (one) => one.id),
    ...given("assignment", toAssignment(field(fields, "assignment"))),
  };
}

function toBelief(fields: Fields): EndpointBelief | undefined {
  const id = readId(field(fields, "id"));
  if (id === undefined) return undefined;
  return {
    id,
    phase: toPhase(field(fields, "phase")),
    round: readCount(field(fields, "round")) ?? 0,
    ...given("openForMs", readMs(field(fields, "openForMs"))),
    ...given("remainingMs", readMs(field(fields, "remainingMs"))),
    ...given("openings", readCount(field(fields, "openings"))),
    ...given("held", field(fields, "held") === true || undefined),
    ...given("accused", field(fields, "accused") === true || undefined),
    ...given("because", toReason(field(fields, "because"))),
    ...given("ramp", toRamp(field(fields, "ramp"))),
    ...given("role", toRoleClaim(field(fields, "role"))),
    ...given("lag", toLagWord(field(fields, "lag"))),
    ...given("removed", field(fields, "removed") === true || undefined),
  };
}

/** A word that is not known takes nothing away from anybody. */
function toPhase(value: unknown): EndpointBelief["phase"] {
  return value === "open" || value === "halfOpen" || value === "isolated" ? value : "closed";
}

/** A reason, cut. */
export function toReason(value: unknown): string | undefined {
  return typeof value === "string" ? value.slice(0, MAX_REASON_LENGTH) : undefined;
}

function toRamp(value: unknown): EndpointBelief["ramp"] {
  const fields = fieldsOf(value);
  const overMs = fields && readMs(field(fields, "overMs"));
  if (fields === undefined || overMs === undefined) return undefined;
  return { elapsedMs: readMs(field(fields, "elapsedMs")) ?? 0, overMs };
}

/** A change of the primary; `undefined`: none that makes sense. */
export function toAssignment(value: unknown): Assignment | undefined {
  const fields = fieldsOf(value);
  if (fields === undefined) return undefined;
  const number = readCount(field(fields, "number"));
  const from = readId(field(fields, "from"));
  const to = readId(field(fields, "to"));
  if (number === undefined || from === undefined || to === undefined) return undefined;
  return {
    number,
    from,
    to,
    ...(field(fields, "back") === true ? { back: true } : {}),
    agoMs: readMs(field(fields, "agoMs")) ?? 0,
  };
}

/** What a person wants; `undefined`: nothing that could be understood. */
export function toCommand(value: unknown): Command | undefined {
  const fields = fieldsOf(value);
  if (fields === undefined) return undefined;
  const type = field(fields, "type");
  switch (type) {
    case "isolate":
    case "release":
    case "remove":
    case "add": {
      const endpoint = readId(field(fields, "endpoint"));
      return endpoint === undefined ? undefined : { type, endpoint };
    }
    case "failover": {
      const from = readId(field(fields, "from"));
      const to = readId(field(fields, "to"));
      return from === undefined || to === undefined || from === to ? undefined : { type, from, to };
    }
    case "failback":
      return { type };
    default:
      return undefined;
  }
}
