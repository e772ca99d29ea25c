/**
 * One class per decision a caller can make. Each has a stable `code`, says whether the statement ran
 * (`executed`), and carries the fact the caller needs. None holds a URL, a password or a parameter.
 *
 * @module
 */

import type { Executed, OutcomeKind } from "./model/outcome.ts";
import type { ServerReport } from "./model/failure.ts";

/** `instanceof` fails across two copies of a package; the brand does not (undici does the same). */
const BRAND: unique symbol = Symbol.for("holdfast.error") as never;

/** Every stable error code. */
export type ErrorCode =
  | "OPTION"
  | "USAGE"
  | "PARAMETER"
  | "CLOSED"
  | "ABORTED"
  | "DEADLINE"
  | "NO_ENDPOINT"
  | "CIRCUIT_OPEN"
  | "EXHAUSTED"
  | "UNAVAILABLE"
  | "AMBIGUOUS_WRITE"
  | "UNREPLICATED_WRITE"
  | "CONFLICT"
  | "QUERY"
  | "FAILOVER"
  | "STORE";

/** What every holdfast error knows. */
export interface ErrorFacts {
  /** Whether the statement ran. @default {"no"} */
  readonly executed?: Executed;
  /** The endpoint of the last attempt, if there was one. */
  readonly endpoint?: string;
  /** How many attempts were made. @default {0} */
  readonly attempts?: number;
  /** What the last attempt came to. */
  readonly kind?: OutcomeKind;
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** The base of every error holdfast throws. */
export class HoldfastError extends Error {
  override readonly name: string = "HoldfastError";
  readonly code: ErrorCode;
  /** Whether the statement ran: `no` is safe to run again, `unknown` may have been committed. */
  readonly executed: Executed;
  readonly endpoint: string | undefined;
  readonly attempts: number;
  readonly kind: OutcomeKind | undefined;
  /** When it makes sense to come back, if that is known. */
  readonly retryAfterMs: number | undefined;
  /** Of a batch: which of its statements it was, from 0, if that is known. */
  declare readonly statement?: number;

  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.executed = facts.executed ?? "no";
    this.endpoint = facts.endpoint;
    this.attempts = facts.attempts ?? 0;
    this.kind = facts.kind;
    this.retryAfterMs = facts.retryAfterMs;
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/** Whether a value is a holdfast error, also one from another copy of the package. */
export function isHoldfastError(value: unknown): value is HoldfastError {
  return typeof value === "object" && value !== null && BRAND in value;
}

/** One wrong option. */
export interface OptionProblem {
  /** Where: `endpoints[1].weight`. */
  readonly path: string;
  /** The offending value as text, with nothing secret in it. */
  readonly value: string;
  /** What is allowed there. */
  readonly allowed: string;
}

/** Options that cannot be used; every problem is listed, not only the first. */
export class OptionError extends HoldfastError {
  override readonly name = "OptionError";
  readonly problems: readonly OptionProblem[];

  constructor(problems: readonly OptionProblem[]) {
    const lines = problems.map((p) => `  ${p.path}: got ${p.value}, allowed is ${p.allowed}`);
    const count = problems.length === 1 ? "1 option is" : `${problems.length} options are`;
    super("OPTION", `${count} not usable:\n${lines.join("\n")}`);
    this.problems = problems;
  }
}

/** A call that cannot work as written, whatever the database does. */
export class UsageError extends HoldfastError {
  override readonly name = "UsageError";
  constructor(message: string, facts: ErrorFacts = {}) {
    super("USAGE", message, facts);
  }
}

/** Parameters that do not fit the statement. */
export class ParameterError extends HoldfastError {
  override readonly name = "ParameterError";
  /** How many the statement asks for. */
  readonly expected: number;
  /** How many were given. */
  readonly given: number;

  constructor(message: string, expected: number, given: number) {
    super("PARAMETER", message);
    this.expected = expected;
    this.given = given;
  }
}

/** The object was closed, or the transaction it belonged to is over. */
export class ClosedError extends HoldfastError {
  override readonly name = "ClosedError";
  constructor(message: string, facts: ErrorFacts = {}) {
    super("CLOSED", message, facts);
  }
}

/** The caller's signal fired. `cause` is the signal's reason. */
export class AbortedError extends HoldfastError {
  override readonly name = "AbortedError";
  constructor(message: string, facts: ErrorFacts = {}) {
    super("ABORTED", message, facts);
  }
}

/** The deadline passed. A write may have run: see `executed`. */
export class DeadlineError extends HoldfastError {
  override readonly name = "DeadlineError";
  readonly timeoutMs: number;
  constructor(message: string, timeoutMs: number, facts: ErrorFacts = {}) {
    super("DEADLINE", message, facts);
    this.timeoutMs = timeoutMs;
  }
}

/** No endpoint may serve this statement: none has the role, the tags or the access it needs. */
export class NoEndpointError extends HoldfastError {
  override readonly name = "NoEndpointError";
  constructor(message: string, facts: ErrorFacts = {}) {
    super("NO_ENDPOINT", message, facts);
  }
}

/** Every endpoint that could serve this statement has an open circuit; nothing was sent. */
export class CircuitOpenError extends HoldfastError {
  override readonly name = "CircuitOpenError";
  constructor(message: string, facts: ErrorFacts = {}) {
    super("CIRCUIT_OPEN", message, facts);
  }
}

/** No connection came free in time, or the queue for one was full; nothing was sent. */
export class ExhaustedError extends HoldfastError {
  override readonly name = "ExhaustedError";
  constructor(message: string, facts: ErrorFacts = {}) {
    super("EXHAUSTED", message, facts);
  }
}

/** The database cannot be reached, or refuses work just now. Nothing was executed. */
export class UnavailableError extends HoldfastError {
  override readonly name = "UnavailableError";
  constructor(message: string, facts: ErrorFacts = {}) {
    super("UNAVAILABLE", message, facts);
  }
}

/** The line broke after a write was sent: it may or may not be in the database. Check before a retry. */
export class AmbiguousWriteError extends HoldfastError {
  override readonly name = "AmbiguousWriteError";
  constructor(message: string, facts: ErrorFacts = {}) {
    super("AMBIGUOUS_WRITE", message, { ...facts, executed: "unknown" });
  }
}

/** The write is committed on the primary, but no synchronous replica confirmed it: a failover may lose it. */
export class UnreplicatedWriteError extends HoldfastError {
  override readonly name = "UnreplicatedWriteError";
  constructor(message: string, facts: ErrorFacts = {}) {
    super("UNREPLICATED_WRITE", message, { ...facts, executed: "yes" });
  }
}

/** A serialization failure, deadlock or lock timeout: run the whole transaction again. */
export class ConflictError extends HoldfastError {
  override readonly name = "ConflictError";
  /** The database's own code: a SQLSTATE such as `40001`. */
  readonly sqlState: string | undefined;
  constructor(message: string, sqlState: string | undefined, facts: ErrorFacts = {}) {
    super("CONFLICT", message, facts);
    this.sqlState = sqlState;
  }
}

/** The database refused the statement itself. */
export class QueryError extends HoldfastError {
  override readonly name = "QueryError";
  /** The database's own code: a SQLSTATE such as `23505`. */
  readonly sqlState: string | undefined;
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  /** Where in the text, from 1. */
  readonly position: number | undefined;
  readonly schema: string | undefined;
  readonly table: string | undefined;
  readonly column: string | undefined;
  readonly constraint: string | undefined;

  constructor(
    message: string,
    sqlState: string | undefined,
    report: ServerReport = {},
    facts: ErrorFacts = {},
  ) {
    super("QUERY", message, facts);
    this.sqlState = sqlState;
    this.detail = report.detail;
    this.hint = report.hint;
    this.position = report.position;
    this.schema = report.schema;
    this.table = report.table;
    this.column = report.column;
    this.constraint = report.constraint;
  }
}

/** A failover could not be carried out; the message says which step failed and what stands now. */
export class FailoverError extends HoldfastError {
  override readonly name = "FailoverError";
  constructor(message: string, facts: ErrorFacts = {}) {
    super("FAILOVER", message, facts);
  }
}

/** A store of shared beliefs did not do what it was asked. It never fails a query: only commands tell of it. */
export class StoreError extends HoldfastError {
  override readonly name = "StoreError";
  /** It has too much to do: ask again only after a while. */
  readonly overloaded: boolean;
  constructor(message: string, facts: ErrorFacts & { readonly overloaded?: boolean } = {}) {
    super("STORE", message, facts);
    this.overloaded = facts.overloaded ?? false;
  }
}
