/**
 * What holdfast asks of the outside world. Adapters implement them; the core only
 * knows these types.
 *
 * @module
 */

import type { Command, Report, Snapshot } from "./model/belief.ts";
import type { ClusterRules } from "./model/cluster-rules.ts";
import type { Role } from "./model/endpoint.ts";
import type { Answer, Row } from "./model/result.ts";
import type { Dialect } from "./model/statement.ts";
import type { BoundText, TransactionTerms } from "./model/transaction.ts";
import type { AlertEventRecord, HoldfastEvent } from "./model/event.ts";

/** A timer that has not fired yet can be called off; afterwards `cancel` does nothing. */
export interface Timer {
  cancel(): void;
}

/** Time. `now` is monotonic milliseconds from an arbitrary start, and never compared across machines. */
export interface Clock {
  now(): number;
  /** Calls `wake` once after `delayMs`; keeps the process alive where there is one. */
  after(delayMs: number, wake: () => void): Timer;
  /** As `after`, but never keeps a process alive: for housekeeping. */
  background(delayMs: number, wake: () => void): Timer;
}

/** A uniform draw from [0, 1). */
export type Random = () => number;

/** What the place where the code runs allows. */
export interface Runtime {
  readonly clock: Clock;
  readonly random: Random;
  /** Whether a socket opened for one request may serve another (Node, Bun, Deno: yes; Workers: no). */
  readonly persistentIO: boolean;
  /** Whether work may go on between requests. */
  readonly background: boolean;
  /**
   * Whether it is there to look at the endpoints for all, as the Durable Object is that keeps what all believe.
   * @default {false}
   */
  readonly coordinates?: boolean;
  /**
   * Remembers the request it is called in; what it gives tells whether it is called in the same one. Throws
   * where there is no request. Absent: nobody can tell, or I/O belongs to no request.
   */
  readonly here?: () => () => boolean;
}

/** What a connection found out about the database behind it. */
export interface RoleReport {
  readonly role: Role;
  /**
   * The primary's generation where the database has one (PostgreSQL: the timeline); only a primary
   * reports it. A lower generation than the known one is an old primary come back.
   */
  readonly generation?: number;
}

/** How a database does, by its own account. What it cannot or may not tell is left out. */
export interface Vitals {
  /** Connections open on the server just now, whoever's. */
  readonly connectionsUsed?: number;
  /** Connections the server allows (PostgreSQL: `max_connections` but for those kept for superusers). */
  readonly connectionsMax?: number;
  /** How far a replica is behind its primary, measured on the replica; a primary has none. */
  readonly lagMs?: number;
  /**
   * How far it has come in the stream of changes, to compare replicas of one primary with (PostgreSQL: the
   * LSN received or replayed, whichever is higher). Only grows.
   */
  readonly position?: bigint;
}

/** How one statement is to be run. */
export interface RunOptions {
  /** Whether the text may be kept as a prepared statement; scripts of several statements may not. */
  readonly prepare: boolean;
  /**
   * Whether a cache on the way may answer it with what was so some time ago. Absent: it is asked of the database
   * itself. @default {false}
   */
  readonly mayBeOld?: boolean;
}

/**
 * One open line to one database. Used by one caller at a time. Every rejection is a `Failure`.
 */
export interface Connection {
  /** Whether it may be handed out again: false once the line is closed or broken. */
  readonly usable: boolean;
  /** The role the handshake (or a later status message) told, if the protocol tells. */
  readonly toldRole: Role | undefined;
  /** Whether a transaction is open on it, as the database said last. Absent: the connector cannot tell. */
  readonly inTransaction?: boolean;
  /** Runs one text with its parameters in the dialect's own placeholder form. */
  run<R = Row>(text: string, params: readonly unknown[], options: RunOptions): Promise<Answer<R>>;
  /**
   * Runs statements as one transaction, in one message; answers each. Of a rejection with a database's error nothing
   * is kept. Needed where the connector says `batches`.
   */
  runBatch?(
    statements: readonly BoundText[],
    terms: TransactionTerms,
  ): Promise<readonly Answer[]>;
  /** Asks the database who it is; bypasses any query cache on the way. */
  inspect(): Promise<RoleReport>;
  /**
   * Begins a transaction, looks whether it could write, and rolls it back. `writable` is false where the
   * database would refuse a write; a database that cannot even begin or end one rejects with its `Failure`.
   * Changes nothing. Absent: the connector cannot tell.
   */
  rehearse?(): Promise<{ readonly writable: boolean }>;
  /** Asks the database how it does; bypasses any query cache on the way. Absent: the connector cannot tell. */
  measure?(): Promise<Vitals>;
  /** Asks a replica to become the primary; settles when it was asked, not when it is done. */
  promote?(): Promise<void>;
  /**
   * Cuts the line at once: a running statement rejects with a broken `Failure`, and the server is
   * asked, in the background and within a limit, to stop working on it.
   */
  destroy(): void;
  /** Says goodbye properly. Never rejects; bounded by the connector's own limit. */
  close(): Promise<void>;
  /** Set by the pool: told once when the line dies while nobody is using it. */
  onLost: (() => void) | undefined;
}

/** What a connect attempt is bound by. */
export interface ConnectOptions {
  /** How long the whole of it (name, line, TLS, login) may take. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /**
   * Keeps the place awake for what the connection still has to do after its caller was answered, such as
   * asking the server to stop (Workers: `ctx.waitUntil`). Absent: the place stays awake by itself.
   */
  readonly waitUntil?: (work: Promise<unknown>) => void;
}

/** Something wrong with how a connector was made; reported with all other option problems. */
export interface ConnectorProblem {
  readonly path: string;
  /** The offending value, with nothing secret in it. */
  readonly value: string;
  readonly allowed: string;
}

/** Opens connections to one endpoint with one driver. */
export interface Connector {
  /** The driver's name, for messages: `postgres`. */
  readonly name: string;
  readonly dialect: Dialect;
  readonly transport: "http" | "socket";
  /** Whether a connection can hold a transaction over several statements. */
  readonly transactions: boolean;
  /** Whether its connections have `runBatch`. @default {false} */
  readonly batches?: boolean;
  /** What is wrong with its own options; empty or absent when nothing is. */
  readonly problems?: readonly ConnectorProblem[];
  /**
   * Whether the database falls asleep when nobody uses it, and is paid for while it is awake: it is not
   * looked at by the clock then. @default {false}
   */
  readonly scalesToZero?: boolean;
  /** The same connector made anew, with nothing of what this one remembers. Absent: there is nothing to renew. */
  renew?(): Connector;
  /** Rejects with a `Failure` in phase `connecting`. */
  connect(options: ConnectOptions): Promise<Connection>;
}

/** Hears what happens. Called synchronously; what it throws is swallowed. */
export type Observer = (event: HoldfastEvent) => void;

/** An alert that began or is over, as it is handed on. */
export interface Alert extends Omit<AlertEventRecord, "type"> {
  /** How long ago that was: it may have waited for the alerts before it. */
  readonly agoMs: number;
}

/**
 * Where alerts are delivered. One at a time, in their order; what it throws or rejects with is counted and
 * goes no further. `signal` fires when it has taken too long, or the holdfast is closed.
 */
export type AlertSink = (alert: Alert, signal: AbortSignal) => void | Promise<void>;

/** What a store is told with each call. */
export interface StoreTerms {
  /** How it judges what it hears. A coordinator that has options of its own ignores them. */
  readonly rules: ClusterRules;
  /** A uniform draw from [0, 1), for jitter. */
  readonly random: number;
  /** Fires when nobody waits for the answer any more. */
  readonly signal?: AbortSignal;
}

/** Who asks to make the one trial of an endpoint that is out for everybody. */
export interface ClaimRequest {
  readonly endpoint: string;
  readonly reporter: string;
}

/** Whether it is granted: to one at a time, for so long. */
export type ClaimAnswer =
  | { readonly granted: true; readonly token: number; readonly forMs: number }
  | { readonly granted: false; readonly retryAfterMs: number };

/** Who wants to be the one that does something for all, such as looking at the endpoints. */
export interface LeaseRequest {
  /** What for: `prober`. */
  readonly name: string;
  readonly holder: string;
  /** How long it holds unless it is asked for again. */
  readonly ttlMs: number;
}

/** Who has the lease. `token` rises with each new holder: who acts by an older one is refused (fencing). */
export type LeaseAnswer =
  | { readonly held: true; readonly token: number; readonly forMs: number }
  | { readonly held: false; readonly retryAfterMs: number };

/**
 * Keeps what all isolates believe of the endpoints. Every call may be late, fail or never settle: whoever
 * calls bounds it, and goes on by itself meanwhile. Without `terms` a store takes the defaults.
 */
export interface Store {
  /** For messages: `durable-object`. */
  readonly name: string;
  /** `advisory`: it cannot compare and set; what it says may be a minute old. */
  readonly consistency: "advisory" | "strong";
  /** Tells and asks in one call. Doing it twice with one report does no harm. Rejects with a `StoreError`. */
  sync(report: Report, terms?: StoreTerms): Promise<Snapshot>;
}

/** A store that can compare and set. */
export interface StrongStore extends Store {
  readonly consistency: "strong";
  claim(request: ClaimRequest, terms?: StoreTerms): Promise<ClaimAnswer>;
  /** Does what a person wants, for everybody; they follow with their next sync. Answers what is believed then. */
  command(command: Command, terms?: StoreTerms): Promise<Snapshot>;
}

/** A store where several can elect one among them. */
export interface LeasingStore extends StrongStore {
  lease(request: LeaseRequest): Promise<LeaseAnswer>;
  /** Gives it back at once, if it is still held. */
  unlease(request: Pick<LeaseRequest, "name" | "holder">): Promise<void>;
}
