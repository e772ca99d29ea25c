/**
 * A failure that holdfast itself decided on: the deadline passed, the caller gave up, the endpoint
 * fell silent, the answer came with a warning. It needs no judging.
 *
 * @module
 */

import { judge } from "../judge/judge.ts";
import { Failure } from "../model/failure.ts";
import type { Outcome, OutcomeKind } from "../model/outcome.ts";
import type { Site } from "./core.ts";
import type { Trip } from "./trip.ts";

/** Thrown inside the drive only; a caller sees the error that `refusal.ts` makes of it. */
export class Verdict extends Error {
  override readonly name = "Verdict";
  readonly outcome: Outcome;

  constructor(outcome: Outcome, message: string) {
    super(message);
    this.outcome = outcome;
  }
}

/** The verdict on a statement that never left, through no fault of the endpoint. */
export function unsent(kind: OutcomeKind, message: string): Verdict {
  return new Verdict({ kind, scope: "client", executed: "no" }, message);
}

/** A connector must reject with a Failure; what is none is taken at its worst. */
export function asFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  return new Failure({
    origin: "network",
    phase: "sent",
    message: thrown instanceof Error ? thrown.message : String(thrown),
    connection: "broken",
  });
}

/** A failed attempt, judged. */
export interface Judged {
  readonly outcome: Outcome;
  /** In the words of whoever said it; may hold parameter values until it is redacted. */
  readonly message: string;
  /** What the connector said, if it was the connector. */
  readonly failure: Failure | undefined;
}

/** What a thrown attempt means. Anything that is neither a failure nor a verdict is our own bug. */
export function judged(thrown: unknown, site: Site, trip: Trip): Judged {
  if (thrown instanceof Verdict) {
    return { outcome: thrown.outcome, message: thrown.message, failure: undefined };
  }
  if (!(thrown instanceof Failure)) throw thrown;
  // Inside a transaction a procedure cannot commit halfway, so nothing weakens the verdict.
  const running = trip.hold?.lease === undefined ? trip.statement.classification : undefined;
  return {
    outcome: judge(thrown, site.connector.dialect, running),
    message: thrown.message,
    failure: thrown,
  };
}
