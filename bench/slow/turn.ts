/**
 * One reader while a replica becomes slow, in a process of its own.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import { Arrivals, type Read } from "../arrivals.ts";
import type { Reached } from "../child/job.ts";
import type { Target } from "../contestants/readers.ts";
import { mean, quantile } from "../figure.ts";
import { instant } from "../instant.ts";
import { slowReader } from "./contestants.ts";

/** What is to be done. */
export interface SlowJob {
  readonly part: "slow";
  readonly name: string;
  readonly targets: readonly Target[];
  /** The target that the parent slows when it is told "warm". */
  readonly slowed: string;
  readonly perSecond: number;
  /** Not counted. */
  readonly warmUpMs: number;
  readonly fastMs: number;
  readonly slowMs: number;
}

/** When the phases were. */
export interface SlowPhases {
  readonly fastFrom: number;
  readonly fastUntil: number;
  readonly slowFrom: number;
  readonly slowUntil: number;
}

/** One turn's numbers. */
export interface SlowSample {
  /** With all replicas fast: what the machine itself does. */
  readonly before: { readonly p50Ms: number; readonly p99Ms: number };
  /** The rest: from the moment on at which one was slow. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly meanMs: number;
  /** Of the answered reads, those that the slow one answered. */
  readonly slowShare: number;
  /** Reads that ended with an error, or not at all. */
  readonly failed: number;
  readonly firstError?: string | undefined;
}

/** Reads that have no answer so long after the last was called are given up. */
export const SLOW_GRACE_MS = 5_000;
const CLOSE_MS = 2_000;

/** Reads at a steady pace through all phases. */
export async function slowTurn(job: SlowJob, reached: Reached<"warm">): Promise<SlowSample> {
  const reader = slowReader(job.name).open(job.targets, () => {});
  const arrivals = new Arrivals(() => reader.read(), job.perSecond);
  arrivals.start();
  await sleep(job.warmUpMs);
  const fastFrom = instant();
  await sleep(job.fastMs);
  const fastUntil = instant();
  const slowFrom = await reached("warm");
  await sleep(job.slowMs);
  const slowUntil = instant();
  const reads = await arrivals.settle(SLOW_GRACE_MS);
  await Promise.race([reader.close(), sleep(CLOSE_MS)]);
  return describe(reads, { fastFrom, fastUntil, slowFrom, slowUntil }, job.slowed);
}

/** A sample from what became of every read. */
export function describe(
  reads: readonly Read[],
  { fastFrom, fastUntil, slowFrom, slowUntil }: SlowPhases,
  slowed: string,
): SlowSample {
  const between = (from: number, until: number): readonly Read[] =>
    reads.filter(({ calledAt }) => calledAt >= from && calledAt < until);
  const before = answerTimes(between(fastFrom, fastUntil));
  const during = between(slowFrom, slowUntil);
  const answered = during.filter(({ end }) => end === "answered");
  const times = answerTimes(during);
  return {
    before: { p50Ms: quantile(before, 0.5), p99Ms: quantile(before, 0.99) },
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
    meanMs: mean(times),
    slowShare: answered.filter(({ servedBy }) => servedBy === slowed).length / answered.length,
    failed: during.length - answered.length,
    firstError: during.find(({ end }) => end !== "answered")?.error,
  };
}

function answerTimes(reads: readonly Read[]): readonly number[] {
  return reads.filter(({ end }) => end === "answered").map(({ elapsedMs }) => elapsedMs);
}
