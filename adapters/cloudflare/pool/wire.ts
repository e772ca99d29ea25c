/**
 * What goes to and fro between a Worker and its pool object. Old and new code meet during a deploy: fields are only
 * ever added.
 *
 * @module
 */

import type { Role } from "../../../src/model/endpoint.ts";
import { Failure, type FailureFacts } from "../../../src/model/failure.ts";
import type { Answer } from "../../../src/model/result.ts";
import type { RoleReport, Vitals } from "../../../src/ports.ts";

/** What an object is asked about its endpoint, and what it answers. */
export interface Looks {
  readonly inspect: RoleReport;
  readonly rehearse: { readonly writable: boolean };
  readonly measure: Vitals;
}

/** What came of something. */
export type Outcome<T> = { readonly done: T } | { readonly failed: FailureFacts };

/** What came of a statement, and how things stand with its connection. */
export type Returned = Outcome<Answer> & {
  /** Whether the object keeps a connection for the borrower: a transaction is open on it. */
  readonly holds: boolean;
  readonly toldRole: Role | undefined;
};

/**
 * Rejects when whoever borrowed is gone, and settles when they want no more. `lost` tells them that the connection of
 * their open transaction is.
 */
export type Lifeline = (news?: "lost") => Promise<void>;

/** Somebody's use of the pool, as its owner sees it over RPC. Let go with `[Symbol.dispose]()`. */
export interface Loan {
  run(text: string, params: readonly unknown[], prepare: boolean): Promise<Returned>;
  /** Has the endpoint promoted, unless the loan is over before that was sent. */
  promote(): Promise<Outcome<undefined>>;
  /** Cuts what runs, and an open transaction. */
  cut(): Promise<void>;
}

/** What can be said of a failure beyond the hop; its class and its stack stay behind. */
export function factsOf(failure: Failure): FailureFacts {
  const { origin, phase, code, message, connection, report, retryAfterMs } = failure;
  return {
    origin,
    phase,
    ...(code === undefined ? {} : { code }),
    message,
    connection,
    ...(report === undefined ? {} : { report }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

/** The answer in an outcome. Throws the `Failure`. */
export function readOutcome<T>(outcome: Outcome<T>): T {
  if (typeof outcome === "object" && outcome !== null) {
    if ("failed" in outcome) throw new Failure(outcome.failed);
    if ("done" in outcome) return outcome.done;
  }
  throw new Failure({
    origin: "network",
    phase: "sent",
    code: "PROTOCOL",
    message: "The pool object answered what no pool answers",
    connection: "broken",
  });
}
