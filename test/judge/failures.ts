import { Failure, type FailureFacts } from "../../src/model/failure.ts";
import type { Outcome } from "../../src/model/outcome.ts";

/** A failure of the network while a statement was running, unless told otherwise. */
export function failure(facts: Partial<FailureFacts> = {}): Failure {
  return new Failure({
    origin: "network",
    phase: "sent",
    message: "it failed",
    connection: "broken",
    ...facts,
  });
}

/** An ERROR under a running statement: the session goes on. */
export function serverError(code: string, facts: Partial<FailureFacts> = {}): Failure {
  return failure({
    origin: "server",
    phase: "answering",
    code,
    connection: "usable",
    report: { severity: "ERROR" },
    ...facts,
  });
}

/** A FATAL under a running statement: the session is over. */
export function serverFatal(code: string, facts: Partial<FailureFacts> = {}): Failure {
  return serverError(code, { connection: "broken", report: { severity: "FATAL" }, ...facts });
}

/** A FATAL instead of a login. */
export function loginError(code: string, facts: Partial<FailureFacts> = {}): Failure {
  return serverFatal(code, { phase: "connecting", ...facts });
}

/** `kind scope executed`, as the tables of the tests write it. */
export function words(outcome: Outcome): string {
  return `${outcome.kind} ${outcome.scope} ${outcome.executed}`;
}
