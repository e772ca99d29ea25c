/**
 * What the callers were told, to be held against what the database has in the end.
 *
 * @module
 */

/** What a failed call knew about its statement: holdfast's `executed`. */
export type Executed = "no" | "unknown" | "yes";

/** One failed write, with its whole lifetime. */
export interface WriteFailure {
  readonly id: string;
  readonly code: string;
  readonly executed: Executed;
  readonly startedMs: number;
  readonly endedMs: number;
}

/** The time in which no primary was there, by the demo's own doing. */
export interface Outage {
  readonly fromMs: number;
  /** `undefined` while it lasts. */
  readonly toMs: number | undefined;
}

/** Everything counted; grows in place, because every call touches it. */
export interface Tally {
  reads: number;
  readErrors: number;
  readonly readErrorsByCode: Record<string, number>;
  writes: number;
  readonly acknowledged: Set<string>;
  readonly failures: WriteFailure[];
  /** Errors that were not holdfast's: there must be none. */
  untyped: number;
  /** When a read last succeeded, and the longest time between two successes. */
  lastReadMs: number | undefined;
  longestReadGapMs: number;
  /** The first acknowledged write after the outage began that also started after it. */
  firstWriteBackMs: number | undefined;
  outage: Outage | undefined;
}

/** Nothing counted yet. */
export function freshTally(): Tally {
  return {
    reads: 0,
    readErrors: 0,
    readErrorsByCode: {},
    writes: 0,
    acknowledged: new Set(),
    failures: [],
    untyped: 0,
    lastReadMs: undefined,
    longestReadGapMs: 0,
    firstWriteBackMs: undefined,
    outage: undefined,
  };
}

/** Counts a read that was answered. */
export function readDone(tally: Tally, nowMs: number): void {
  tally.reads++;
  const gapMs = nowMs - (tally.lastReadMs ?? nowMs);
  tally.longestReadGapMs = Math.max(tally.longestReadGapMs, gapMs);
  tally.lastReadMs = nowMs;
}

/** Counts a read that failed for good. */
export function readFailed(tally: Tally, code: string): void {
  tally.reads++;
  tally.readErrors++;
  tally.readErrorsByCode[code] = (tally.readErrorsByCode[code] ?? 0) + 1;
}

/** Counts a write that was acknowledged. */
export function writeDone(tally: Tally, id: string, startedMs: number, nowMs: number): void {
  tally.writes++;
  tally.acknowledged.add(id);
  const { outage } = tally;
  if (outage && startedMs >= outage.fromMs) tally.firstWriteBackMs ??= nowMs;
}

/** Counts a write that failed for good. */
export function writeFailed(tally: Tally, failure: WriteFailure): void {
  tally.writes++;
  tally.failures.push(failure);
}

/** Whether a failed write's life touched the time without a primary. */
export function withinOutage(failure: WriteFailure, outage: Outage | undefined): boolean {
  if (outage === undefined) return false;
  return failure.endedMs >= outage.fromMs &&
    failure.startedMs <= (outage.toMs ?? Number.POSITIVE_INFINITY);
}

/** What the database says at the end. */
export interface Found {
  readonly ids: readonly string[];
  /** What all accounts hold together, and what all transfers say they should. */
  readonly balance: number;
  readonly transferred: number;
}

/** The end's arithmetic. */
export interface Verdict {
  readonly reads: number;
  readonly writes: number;
  readonly readErrors: number;
  readonly writeErrors: number;
  readonly acknowledged: number;
  /** Rows in the database. */
  readonly found: number;
  /** Acknowledged but not in the database. */
  readonly lost: number;
  /** In the database though the caller was told that it certainly did not run. */
  readonly unexpected: number;
  /** The caller was told "unknown" (or "committed, but not replicated"): how many, and how many are there. */
  readonly ambiguous: { readonly total: number; readonly found: number };
  readonly readErrorsByCode: Readonly<Record<string, number>>;
  readonly writeErrorsByCode: Readonly<Record<string, number>>;
  readonly writeErrorsOutsideOutage: number;
  readonly untypedErrors: number;
  /** Whether every transaction is there as a whole or not at all. */
  readonly balanced: boolean;
  /** From the primary's death to the failover's end. */
  readonly outageMs: number | undefined;
  /** From the primary's death to the first new write acknowledged. */
  readonly writableAfterMs: number | undefined;
  readonly longestReadGapMs: number;
}

/** Holds what callers were told against what the database has. */
export function reckon(tally: Tally, found: Found): Verdict {
  const there = new Set(found.ids);
  const { acknowledged, failures, outage } = tally;
  const writeErrorsByCode: Record<string, number> = {};
  for (const { code } of failures) writeErrorsByCode[code] = (writeErrorsByCode[code] ?? 0) + 1;
  const certainlyNot = failures.filter((failure) => failure.executed === "no");
  const maybe = failures.filter((failure) => failure.executed !== "no");
  const known = new Set([...acknowledged, ...failures.map((failure) => failure.id)]);
  const strangers = found.ids.filter((id) => !known.has(id)).length;
  const since = (ms: number | undefined): number | undefined =>
    outage && ms !== undefined ? Math.round(ms - outage.fromMs) : undefined;
  return {
    reads: tally.reads,
    writes: tally.writes,
    readErrors: tally.readErrors,
    writeErrors: failures.length,
    acknowledged: acknowledged.size,
    found: there.size,
    lost: [...acknowledged].filter((id) => !there.has(id)).length,
    unexpected: certainlyNot.filter(({ id }) => there.has(id)).length + strangers,
    ambiguous: {
      total: maybe.length,
      found: maybe.filter(({ id }) => there.has(id)).length,
    },
    readErrorsByCode: tally.readErrorsByCode,
    writeErrorsByCode,
    writeErrorsOutsideOutage: failures.filter((each) => !withinOutage(each, outage)).length,
    untypedErrors: tally.untyped,
    balanced: found.balance === found.transferred,
    outageMs: since(outage?.toMs),
    writableAfterMs: since(tally.firstWriteBackMs),
    longestReadGapMs: Math.round(tally.longestReadGapMs),
  };
}

/** Whether the database keeps what callers were promised. */
export function promisesKept(verdict: Verdict): boolean {
  return verdict.lost === 0 && verdict.unexpected === 0 && verdict.balanced;
}
