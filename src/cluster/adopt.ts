/**
 * What an isolate does about a belief: how its own circuit moves, whom it ramps.
 *
 * A belief bears on the isolate's own circuit, and only for a while: "open" means open until a little after the
 * next word is due. If no word comes any more, the isolate's own rules go on from there.
 *
 * Who knows better by its own evidence (it had an answer since the others gave the endpoint up) goes on, and
 * says so with its next report.
 *
 * @module
 */

import type { Circuit, CircuitEvent } from "../admit/circuit.ts";
import type { Ramp } from "../admit/ramp.ts";
import type { Belief } from "./merge.ts";

/** How many trials a second the whole fleet makes of an endpoint that is held, ours: no more than one process's probes. */
const TRIALS_PER_SECOND = 20;
/** An open belief outlives this many syncs that do not come, ours … */
const SYNCS_MISSED = 3;
/** … and this long at least: the store's own breaker needs a moment. */
const LEAST_VALID_MS = 5_000;

/** What was made of the last belief. */
export interface Told {
  readonly kind: "open" | "held" | "isolated";
  /** Of the shared circuit; for a held one of its own. */
  readonly round: number;
  /** When its turn comes, where each makes a trial of its own. */
  readonly turnAt?: number;
}

/** What the isolate knows of its own. */
export interface OwnView {
  readonly circuit: Circuit;
  /** When the endpoint answered last; `-Infinity`: never. */
  readonly answeredAt: number;
  readonly told: Told | undefined;
}

/** What follows. */
export interface Adoption {
  /** For its circuit. */
  readonly event: CircuitEvent | undefined;
  /** The fleet's ramp; `undefined`: none. */
  readonly ramp: Ramp | undefined;
  readonly told: Told | undefined;
}

/** How big the fleet is, and how long a word is good for. */
export interface Surroundings {
  readonly now: number;
  readonly fleet: number;
  readonly nextSyncMs: number;
  /** Somebody makes the trial for all; else each makes its own, when its turn comes. */
  readonly trialsAreShared: boolean;
  /** A uniform draw from [0, 1). */
  readonly random: number;
}

/** How long an open belief holds without another word. */
export function validMs(nextSyncMs: number): number {
  return Math.max(LEAST_VALID_MS, SYNCS_MISSED * nextSyncMs);
}

/** What a belief means for one endpoint. */
export function adopt(belief: Belief, own: OwnView, around: Surroundings): Adoption {
  switch (belief.phase) {
    case "isolated":
      return {
        event: own.circuit.phase === "isolated" ? undefined : { type: "isolate" },
        ramp: undefined,
        told: { kind: "isolated", round: belief.round },
      };
    case "open":
    case "halfOpen":
      return leave(belief, own, around);
    case "closed":
      return belief.held ? hesitate(belief, own, around) : goBack(belief, own);
    default:
      return belief.phase satisfies never;
  }
}

function leave(belief: Belief, own: OwnView, around: Surroundings): Adoption {
  const { now, nextSyncMs, trialsAreShared } = around;
  if (own.circuit.phase === "isolated") return letGo(own);
  if (own.circuit.phase === "closed" && own.answeredAt > belief.openedAt) {
    return { event: undefined, ramp: undefined, told: own.told };
  }
  const told: Told = { kind: "open", round: belief.round };
  if (!trialsAreShared) return awaitTurn(told, own, around, belief.until);
  const until = Math.max(now, belief.until) + validMs(nextSyncMs);
  return { event: { type: "told", until }, ramp: undefined, told };
}

/**
 * Until its turn comes, or no word comes any more: each word holds for a while only. Once for each time that it
 * opened: after its own trial its own circuit goes on.
 */
function awaitTurn(told: Told, own: OwnView, around: Surroundings, notBefore: number): Adoption {
  const { now, nextSyncMs } = around;
  const isAgain = own.told?.kind === told.kind && own.told.round === told.round;
  const turnAt = isAgain ? own.told?.turnAt ?? now : Math.max(now, notBefore) + turnMs(around);
  if (isAgain && turnAt <= now) {
    return { event: undefined, ramp: undefined, told: { ...told, turnAt } };
  }
  const until = Math.min(turnAt, now + validMs(nextSyncMs));
  return { event: { type: "told", until }, ramp: undefined, told: { ...told, turnAt } };
}

/** Whom the fleet's person isolated and let go since; one that its own person holds stays held. */
function letGo({ told }: OwnView): Adoption {
  return told?.kind === "isolated"
    ? { event: { type: "release" }, ramp: undefined, told: undefined }
    : { event: undefined, ramp: undefined, told };
}

/** Nobody is to be kept from the last of its kind, but not everybody is to try it at the same moment. */
function hesitate(belief: Belief, own: OwnView, around: Surroundings): Adoption {
  const { circuit } = own;
  if (circuit.phase === "isolated") return letGo(own);
  const told: Told = { kind: "held", round: circuit.round };
  if (own.answeredAt > belief.openedAt) return { event: undefined, ramp: belief.ramp, told };
  // Told, it opens: that is its next round.
  const round = circuit.phase === "closed" ? circuit.round + 1 : circuit.round;
  return awaitTurn({ kind: "held", round }, own, around, around.now);
}

/** When this isolate's turn comes, if each makes a trial of its own: in the mean after one from every other one. */
function turnMs({ fleet, random }: Surroundings): number {
  return (2 * random * fleet * 1_000) / TRIALS_PER_SECOND;
}

/** Its own circuit, on its own evidence, is its own; what it was told of is over. */
function goBack({ ramp }: Belief, { circuit, told }: OwnView): Adoption {
  const nothing = { event: undefined, ramp, told: undefined };
  if (told === undefined || circuit.phase === "closed") return nothing;
  switch (told.kind) {
    case "isolated":
      return { ...nothing, event: { type: "release" } };
    case "open":
      // What it found out itself takes a trial of its own: others reach it, that is all they know.
      return { ...nothing, event: isOwn(circuit) ? { type: "alive" } : { type: "recovered" } };
    case "held":
      // It was the last of its kind, and somebody has had an answer: its pause ends, the next call tells.
      return { ...nothing, event: { type: "alive" } };
    default:
      return told.kind satisfies never;
  }
}

function isOwn(circuit: Circuit): boolean {
  return circuit.phase === "halfOpen" || (circuit.phase === "open" && circuit.because !== "told");
}
