/**
 * What an isolate holds of the store's snapshots: the beliefs, on its own clock.
 *
 * @module
 */

import type { Ramp } from "../admit/ramp.ts";
import type { EndpointBelief, Snapshot } from "../model/belief.ts";
import type { Role } from "../model/endpoint.ts";
import type { Assigned } from "./state.ts";

/** No isolate is silent for longer, whatever the store says, ours: ten minutes. */
const MAX_SYNC_MS = 600_000;

/** What is believed of one endpoint. Instants are readings of this isolate's clock. */
export interface Belief {
  readonly id: string;
  readonly phase: EndpointBelief["phase"];
  readonly round: number;
  readonly held: boolean;
  /** Somebody finds it down. */
  readonly accused: boolean;
  /** Since when it is out, or held. */
  readonly openedAt: number;
  /** `open`: when a trial may be claimed. */
  readonly until: number;
  /** How often it has opened since it was last well; 0: it is in. */
  readonly openings: number;
  readonly because: string;
  readonly ramp: Ramp | undefined;
  readonly role:
    | { readonly role: Role; readonly generation?: number; readonly at: number }
    | undefined;
  readonly lag: { readonly lagMs: number; readonly at: number } | undefined;
  readonly removed: boolean;
}

/** All of it. */
export interface Beliefs {
  readonly origin: string;
  readonly version: number;
  /** When it was taken in. */
  readonly takenAt: number;
  readonly nextSyncMs: number;
  readonly spreadMs: number;
  readonly fleet: number;
  readonly probes: boolean;
  readonly endpoints: readonly Belief[];
  readonly assignment: Assigned | undefined;
}

/**
 * Takes a snapshot in. One that is older than what is held says nothing (answers overtake each other, and a copy
 * in KV is a minute old): then the same reference comes back.
 */
export function merge(held: Beliefs | undefined, snapshot: Snapshot, now: number): Beliefs {
  if (held?.origin === snapshot.origin && snapshot.version < held.version) return held;
  const { origin, version, spreadMs, fleet, probes, assignment } = snapshot;
  return {
    origin,
    version,
    takenAt: now,
    nextSyncMs: Math.min(snapshot.nextSyncMs, MAX_SYNC_MS),
    spreadMs,
    fleet,
    probes,
    endpoints: snapshot.endpoints.map((one) => onOwnClock(one, now)),
    assignment: assignment && assignedOnOwnClock(assignment, now),
  };
}

function assignedOnOwnClock(
  { agoMs, ...rest }: NonNullable<Snapshot["assignment"]>,
  now: number,
): Assigned {
  return { ...rest, at: now - agoMs };
}

function onOwnClock(told: EndpointBelief, now: number): Belief {
  const { id, phase, round, held = false, accused = false, because = "", removed = false } = told;
  const { ramp, role, lag, openForMs = 0, remainingMs = 0 } = told;
  return {
    id,
    phase,
    round,
    held,
    accused,
    openedAt: now - openForMs,
    until: now + remainingMs,
    openings: told.openings ?? (phase === "closed" ? 0 : 1),
    because,
    ramp: ramp && { startedAt: now - ramp.elapsedMs, overMs: ramp.overMs },
    role: role && roleOnOwnClock(role, now),
    lag: lag && { lagMs: lag.lagMs, at: now - lag.agoMs },
    removed,
  };
}

function roleOnOwnClock(
  { agoMs, ...said }: NonNullable<EndpointBelief["role"]>,
  now: number,
): NonNullable<Belief["role"]> {
  return { ...said, at: now - agoMs };
}
