/**
 * One contestant with a thousand callers, in a process of its own.
 *
 * @module
 */

import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { anyKey, checkBalance } from "../accounts.ts";
import type { Reached } from "../child/job.ts";
import { quantile } from "../figure.ts";
import { poolClient } from "./contestants.ts";

/** What is to be done. */
export interface PoolJob {
  readonly part: "pool";
  readonly name: string;
  readonly url: string;
  readonly connections: number;
  readonly callers: number;
  readonly warmUpMs: number;
  readonly turnMs: number;
}

/** One turn's numbers. */
export interface PoolSample {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The longest that anybody waited. */
  readonly maxMs: number;
  readonly cpuMicros: number;
  readonly failed: number;
  /** Calls that had no answer long after the turn. */
  readonly unanswered: number;
  readonly firstError?: string | undefined;
  /** Bytes reachable with all callers waiting, over those with none. */
  readonly heapBytes: number;
  /** Bytes the process took from the machine at most, over what it had before the crowd came. */
  readonly rssBytes: number;
}

/** How the caller who got an error waits before the next call: one that fails at once would fail a million times. */
const AFTER_ERROR_MS = 10;
/** How long calls may take past the end of a turn. */
const GRACE_MS = 10_000;
/** One caller asks for so long before memory is looked at: the driver's own code and tables are loaded. */
const ALONE_MS = 200;
const RSS_EVERY_MS = 25;
/** How long the crowd has stood when the heap is looked at. */
const CROWDED_AFTER_MS = 300;
const CLOSE_MS = 2_000;

/** What a crowd went through. */
interface Crowd {
  readonly latencies: readonly number[];
  readonly elapsedMs: number;
  readonly failed: number;
  readonly unanswered: number;
  readonly firstError: string | undefined;
}

/** Opens the client, lets the crowd at it and looks at the memory. */
export async function poolTurn(job: PoolJob, reached: Reached<"crowded">): Promise<PoolSample> {
  const { callers } = job;
  const client = poolClient(job.name)(job.url, job.connections);
  const ask: Ask = (aid) => client.balanceOf(aid);
  await crowdFor(ask, 1, ALONE_MS);
  collect();
  const rssAtRest = process.memoryUsage.rss();
  const highestRss = watchRss();
  await crowdFor(ask, callers, job.warmUpMs);
  const before = process.cpuUsage();
  const { latencies, elapsedMs, ...rest } = await crowdFor(ask, callers, job.turnMs);
  const { user, system } = process.cpuUsage(before);
  const rssBytes = highestRss() - rssAtRest;
  const heapBytes = await heapOfCrowd(ask, callers, reached);
  await Promise.race([client.close(), sleep(CLOSE_MS)]);
  return {
    ...rest,
    perSecond: (latencies.length * 1_000) / elapsedMs,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    maxMs: quantile(latencies, 1),
    cpuMicros: (user + system) / latencies.length,
    heapBytes,
    rssBytes,
  };
}

type Ask = (aid: number) => Promise<number | undefined>;

async function crowdFor(ask: Ask, callers: number, forMs: number): Promise<Crowd> {
  const until = performance.now() + forMs;
  const over = (): boolean => performance.now() >= until;
  return crowd(ask, callers, over, sleep(forMs + GRACE_MS));
}

/** @param tooLate settles when those who have no answer yet are not waited for any longer */
async function crowd(
  ask: Ask,
  callers: number,
  over: () => boolean,
  tooLate: Promise<unknown>,
): Promise<Crowd> {
  const latencies: number[] = [];
  let failed = 0;
  let unanswered = 0;
  let firstError: string | undefined;
  const startedAt = performance.now();
  const caller = async (): Promise<void> => {
    while (!over()) {
      const aid = anyKey();
      const calledAt = performance.now();
      unanswered++;
      try {
        checkBalance(aid, await ask(aid));
        latencies.push(performance.now() - calledAt);
      } catch (error) {
        failed++;
        firstError ??= error instanceof Error ? error.message : String(error);
        await sleep(AFTER_ERROR_MS);
      }
      unanswered--;
    }
  };
  await Promise.race([Promise.all(Array.from({ length: callers }, caller)), tooLate]);
  const elapsedMs = performance.now() - startedAt;
  return { latencies: [...latencies], elapsedMs, failed, unanswered, firstError };
}

/** A crowd of its own: looking stops everybody for a moment. */
async function heapOfCrowd(
  ask: Ask,
  callers: number,
  reached: Reached<"crowded">,
): Promise<number> {
  let looked = false;
  const tooLate = sleep(CROWDED_AFTER_MS + GRACE_MS);
  const around = crowd(ask, callers, () => looked, tooLate);
  await sleep(CROWDED_AFTER_MS);
  await reached("crowded");
  collect();
  const crowded = process.memoryUsage().heapUsed;
  looked = true;
  await around;
  collect();
  return crowded - process.memoryUsage().heapUsed;
}

function watchRss(): () => number {
  let highest = 0;
  const look = (): void => {
    highest = Math.max(highest, process.memoryUsage.rss());
  };
  const timer = setInterval(look, RSS_EVERY_MS);
  return () => {
    clearInterval(timer);
    look();
    return highest;
  };
}

function collect(): void {
  if (globalThis.gc === undefined) throw new Error("The process was started without --expose-gc");
  globalThis.gc();
}
