/**
 * One call on its way: what it wants, by when, and what it has been through.
 *
 * @module
 */

import type { ReadPreference } from "../model/read-preference.ts";
import type { Answer } from "../model/result.ts";
import type { Statement } from "../model/statement.ts";
import type { TransactionTerms } from "../model/transaction.ts";
import type { Connection, RunOptions } from "../ports.ts";
import type { Safety } from "../retry/decide.ts";
import type { HedgeStrategy } from "../retry/hedge.ts";
import type { Site } from "./core.ts";
import type { Plan } from "./plan.ts";
import { clientFailure } from "./pool-failure.ts";
import type { Lease } from "./lease.ts";
import type { Scope } from "./scope.ts";

/** A connection kept from statement to statement: a transaction's. */
export interface Hold {
  site: Site | undefined;
  lease: Lease | undefined;
  /** A statement left something on the connection: it is closed afterwards. */
  tainted: boolean;
}

/** Statements that run in one message, in a transaction of their own. */
export interface Batch {
  readonly statements: readonly Statement[];
  readonly terms: TransactionTerms;
  /** What is known of it as a whole. */
  readonly plan: Plan;
}

/** A call's state. Only the drive writes it. */
export interface Trip {
  /** Whose I/O it is. */
  readonly scope: Scope;
  readonly statement: Statement;
  /** Instead of the statement, which then only stands for it. */
  readonly batch: Batch | undefined;
  /** What is remembered of its text. */
  readonly plan: Plan;
  /** Becomes a write when a replica refuses what was taken for a read. */
  work: "read" | "write";
  safety: Safety;
  /** A read that calls a function nobody knows: only a replica makes it one for certain. */
  readonly doubtful: boolean;
  readonly preference: ReadPreference;
  readonly startedAt: number;
  /** The clock as last read on this trip: reading it costs, and between two waits it stands still. */
  now: number;
  readonly timeoutMs: number;
  readonly deadlineAt: number;
  readonly signal: AbortSignal | undefined;
  /** Where the connection is kept, if it is to be kept. */
  readonly hold: Hold | undefined;
  /** When to try elsewhere as well, if at all. */
  readonly hedge: HedgeStrategy | undefined;
  /** Where the attempt under way runs; of two, the one whose end counts. */
  site: Site | undefined;
  attempts: number;
  /** How often the map was corrected on the way. */
  reroutes: number;
  /** Whether the primary was looked for. */
  searched: boolean;
  /** The endpoints that were tried and failed. */
  tried: readonly string[];
  /** The circuit's round when the present attempt began: late results are told by it. */
  round: number;
  /** Whether an attempt may have run it, although none was answered. */
  mayHaveRun: boolean;
  /** How long the successful attempt ran, without its wait for a connection. */
  serviceMs: number;
  /** The last pause, which decorrelated jitter looks back to. */
  delayMs: number;
}

/** What is left until the deadline; never negative. */
export function remainingMs(trip: Trip, now: number): number {
  return Math.max(0, trip.deadlineAt - now);
}

/** A transaction's connection stays with it. */
export function keep({ hold, statement }: Trip, site: Site, lease: Lease): void {
  if (hold === undefined) return;
  hold.lease = lease;
  hold.site = site;
  hold.tainted ||= statement.classification.leavesState;
}

/** Runs what the trip is about. Of a batch, the rows are its statements' answers. */
export function runOn<R>(connection: Connection, trip: Trip): Promise<Answer<R>> {
  const { statement, batch } = trip;
  return batch === undefined
    ? connection.run<R>(statement.text, statement.params, howToRun(trip))
    : runBatchOn<R>(connection, batch);
}

async function runBatchOn<R>(
  connection: Connection,
  { statements, terms }: Batch,
): Promise<Answer<R>> {
  if (connection.runBatch === undefined) {
    throw clientFailure("NO_BATCH", `This endpoint cannot run a batch in one message`);
  }
  const answers = await connection.runBatch(statements, terms);
  // Whoever asks for a batch asks for answers as rows.
  return { rows: [...answers] as R[], fields: [], rowsAffected: 0 };
}

/**
 * A stale prepared statement is prepared and run anew, also by drivers of their own accord. What commits
 * halfway, as a procedure may, could then run twice.
 */
function howToRun(trip: Trip): RunOptions {
  const { statements, queryType } = trip.statement.classification;
  if (statements !== 1 || queryType === "procedure") return SCRIPT;
  return mayBeOld(trip) ? PREPARE_OLD : PREPARE;
}

/**
 * Whether its caller puts up with an older state: not who reads from the primary (after a write, or always), says how
 * old is too old, or is in a transaction. What may write after all must not be answered by a cache in place of it.
 */
function mayBeOld({ work, doubtful, preference: { mode, maxLagMs }, hold }: Trip): boolean {
  return work === "read" && !doubtful && mode !== "primary" && maxLagMs === undefined &&
    hold === undefined;
}

const PREPARE: RunOptions = { prepare: true };
const PREPARE_OLD: RunOptions = { prepare: true, mayBeOld: true };
const SCRIPT: RunOptions = { prepare: false };
