/**
 * What a connector says went wrong, in plain words and without judging it: the translation of one
 * vendor's errors. `judge` turns it into an {@link Outcome}.
 *
 * @module
 */

/** Who said it. */
export type FailureOrigin =
  /** The database answered with an error (SQLSTATE or errno in `code`). */
  | "server"
  /** The line, the name lookup, TLS or the far end's silence (a system code in `code`, if any). */
  | "network"
  /** Our own side, before anything was sent: a parameter that cannot be encoded, a limit reached. */
  | "client";

/** How far the statement had come. */
export type FailurePhase =
  /** No usable connection yet: the statement was certainly not sent. */
  | "connecting"
  /** The statement was, or may have been, handed to the network; no complete answer came. */
  | "sent"
  /** The database had begun to answer this statement. */
  | "answering";

/** The parts of a database's own error that help a person and hold no data of rows. */
export interface ServerReport {
  readonly severity?: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly position?: number;
  readonly schema?: string;
  readonly table?: string;
  readonly column?: string;
  readonly constraint?: string;
  readonly routine?: string;
}

/** What a {@link Failure} is made of. */
export interface FailureFacts {
  readonly origin: FailureOrigin;
  readonly phase: FailurePhase;
  /** SQLSTATE, MySQL errno as text, or a system code such as `ECONNREFUSED`. */
  readonly code?: string;
  readonly message: string;
  /** Whether the connection it happened on can still be used. */
  readonly connection: "usable" | "broken";
  readonly report?: ServerReport;
  /** When the far end says to come back, if it says so (HTTP's `Retry-After`). */
  readonly retryAfterMs?: number;
}

/** Every rejection of a {@link Connection} or {@link Connector} is one of these. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly origin: FailureOrigin;
  readonly phase: FailurePhase;
  readonly code: string | undefined;
  readonly connection: "usable" | "broken";
  readonly report: ServerReport | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(facts: FailureFacts) {
    super(facts.message);
    this.origin = facts.origin;
    this.phase = facts.phase;
    this.code = facts.code;
    this.connection = facts.connection;
    this.report = facts.report;
    this.retryAfterMs = facts.retryAfterMs;
  }
}
