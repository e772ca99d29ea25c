/**
 * One reader while a replica goes away, in a process of its own.
 *
 * @module
 */

import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { Arrivals, type Read } from "../arrivals.ts";
import type { Reached } from "../child/job.ts";
import type { Target } from "../contestants/readers.ts";
import { instant } from "../instant.ts";
import { awayReader } from "./contestants.ts";

/** What is to be done. */
export interface AwayJob {
  readonly part: "away";
  readonly name: string;
  readonly targets: readonly Target[];
  /** The target that the parent kills or freezes when it is told "warm". */
  readonly victim: string;
  readonly perSecond: number;
  /** Not counted. */
  readonly warmUpMs: number;
  readonly watchMs: number;
}

/** One turn's numbers, in milliseconds from the signal where they are instants. */
export interface AwaySample {
  /** When a read last went there; 0: never after the signal. Absent: the client does not tell. */
  readonly lastWentMs?: number;
  /** When the last read was called that noticed: it failed, had no answer, or took {@link NOTICED_MS}. */
  readonly lastNoticedMs: number;
  /** The slowest read after the signal, or how long it had been waiting in the end. */
  readonly slowestMs: number;
  /** Reads that were answered at a second try. */
  readonly retried: number;
  readonly failed: number;
  /** Reads without an answer when the replica came back. */
  readonly unanswered: number;
  /** Errors nobody caught: each would have ended the process. */
  readonly crashes: number;
  readonly firstError?: string | undefined;
}

/** Far more than a read takes on a busy machine, far less than any time limit of a contestant. */
export const NOTICED_MS = 250;
/** Reads that have no answer so long after the last was called are not waited for. */
export const AWAY_GRACE_MS = 2_500;

/** Reads at a steady pace, before the signal and after it. */
export async function awayTurn(job: AwayJob, reached: Reached<"warm">): Promise<AwaySample> {
  const kind = awayReader(job.name);
  let crashes = 0;
  process.on("uncaughtException", () => crashes++);
  let lastWentAt = 0;
  const reader = kind.open(job.targets, (id, at = instant()) => {
    if (id === job.victim) lastWentAt = Math.max(lastWentAt, at);
  });
  const arrivals = new Arrivals(() => reader.read(), job.perSecond);
  arrivals.start();
  await sleep(job.warmUpMs);
  if (kind.tellsWhere && lastWentAt === 0) throw new Error(`no read went to ${job.victim}`);
  const signalledAt = await reached("warm");
  await sleep(Math.max(0, signalledAt + job.watchMs - instant()));
  arrivals.stop();
  const reads = await arrivals.settle(AWAY_GRACE_MS);
  const lastWent = kind.tellsWhere ? { lastWentMs: Math.max(0, lastWentAt - signalledAt) } : {};
  // No goodbye: the replica is still away, and this process ends.
  return { ...describe(reads, signalledAt), ...lastWent, crashes };
}

/** A sample from what became of every read. */
export function describe(
  reads: readonly Read[],
  signalledAt: number,
): Omit<AwaySample, "lastWentMs" | "crashes"> {
  const after = reads.filter(({ calledAt, elapsedMs }) => calledAt + elapsedMs >= signalledAt);
  const noticed = after.filter(({ end, elapsedMs }) =>
    end !== "answered" || elapsedMs >= NOTICED_MS
  );
  const highest = (values: readonly number[]): number =>
    values.reduce((most, value) => Math.max(most, value), 0);
  const count = (end: Read["end"]): number => after.filter((read) => read.end === end).length;
  return {
    lastNoticedMs: highest(noticed.map(({ calledAt }) => calledAt - signalledAt)),
    slowestMs: highest(after.map(({ elapsedMs }) => elapsedMs)),
    retried: after.filter(({ attempts = 1 }) => attempts > 1).length,
    failed: count("failed"),
    unanswered: count("unanswered"),
    firstError: after.find(({ end }) => end === "failed")?.error,
  };
}
