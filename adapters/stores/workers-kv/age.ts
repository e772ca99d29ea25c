/**
 * A snapshot that lay somewhere for a while: its durations are those of the moment it was taken.
 *
 * @module
 */

import type { EndpointBelief, Snapshot } from "../../../src/model/belief.ts";

/** The snapshot as it would read now, had nothing happened since. */
export function aged(snapshot: Snapshot, byMs: number): Snapshot {
  const { assignment } = snapshot;
  return {
    ...snapshot,
    endpoints: snapshot.endpoints.map((one) => agedBelief(one, byMs)),
    ...(assignment === undefined
      ? {}
      : { assignment: { ...assignment, agoMs: assignment.agoMs + byMs } }),
  };
}

function agedBelief(belief: EndpointBelief, byMs: number): EndpointBelief {
  const { ramp, role, lag, openForMs, remainingMs, ...rest } = belief;
  const elapsedMs = ramp && ramp.elapsedMs + byMs;
  return {
    ...rest,
    ...(openForMs === undefined ? {} : { openForMs: openForMs + byMs }),
    ...(remainingMs === undefined ? {} : { remainingMs: Math.max(0, remainingMs - byMs) }),
    ...(ramp === undefined || elapsedMs === undefined || elapsedMs >= ramp.overMs
      ? {}
      : { ramp: { ...ramp, elapsedMs } }),
    ...(role === undefined ? {} : { role: { ...role, agoMs: role.agoMs + byMs } }),
    ...(lag === undefined ? {} : { lag: { ...lag, agoMs: lag.agoMs + byMs } }),
  };
}
