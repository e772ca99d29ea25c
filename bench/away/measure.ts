/**
 * Figure (e): the time from a replica's end until nothing goes there any more.
 *
 * @module
 */

import { type Cluster, type ClusterNode, startCluster } from "../../test/cluster/mod.ts";
import { fillAccounts } from "../accounts.ts";
import { runInChild } from "../child/run-in-child.ts";
import type { ReaderKind, Target } from "../contestants/readers.ts";
import { type Figure, figureOf, firstErrorOf } from "../figure.ts";
import { instant } from "../instant.ts";
import { type Contestant, interleave, type Tally } from "../rounds.ts";
import { AWAY_READERS } from "./contestants.ts";
import { AWAY_GRACE_MS, type AwaySample, NOTICED_MS } from "./turn.ts";

/** What happens to the replica. */
export type Fault = "SIGKILL" | "SIGSTOP";

/** How many reads come a second, to all endpoints together. */
export const AWAY_PER_SECOND = 200;
/** Who still went there so shortly before the end of the watch has not stopped. */
export const STILL_MS = 500;

const FAULTS: readonly Fault[] = ["SIGKILL", "SIGSTOP"];
/** Past a turn's own time: its process starts and ends. */
const SPARE_MS = 20_000;

/** How much is measured. */
export interface AwayEffort {
  readonly rounds: number;
  /** Not counted. */
  readonly warmUpMs: number;
  /** How long is looked after the signal. */
  readonly watchMs: number;
}

/** One reader's figures under one fault. */
export interface AwayResult {
  readonly name: string;
  readonly consistsOf: string;
  /** Absent: the client does not tell where reads go. */
  readonly lastWentMs?: Figure;
  readonly lastNoticedMs: Figure;
  readonly slowestMs: Figure;
  readonly retried: Figure;
  readonly failed: Figure;
  readonly unanswered: Figure;
  readonly crashes: Figure;
  readonly firstError?: string;
}

/** What was found out about one fault. */
export interface FaultResult {
  readonly fault: Fault;
  readonly readers: readonly AwayResult[];
}

/** What the numbers are, for whoever reads them without this file. */
export const AWAY_MEANS: Readonly<Record<string, string>> = {
  lastWentMs:
    "from the signal until a read last went to the replica, sent or tried in vain; probes do not count; " +
    `within ${STILL_MS} ms of the watch's end: it never stopped`,
  lastNoticedMs: "from the signal until the last read was called that failed, had no answer or " +
    `took ${NOTICED_MS} ms`,
  slowestMs: "the slowest read after the signal, or how long it had waited in the end",
  retried: "reads of a round that were tried elsewhere and answered there",
  failed: "reads of a round that ended with an error",
  unanswered: `reads without an answer ${AWAY_GRACE_MS} ms after the watch`,
  crashes: "errors nobody caught: each would have ended the process",
};

/** Builds a cluster and does the same to its first replica over and over, each turn read by one process. */
export async function measureAway(effort: AwayEffort): Promise<readonly FaultResult[]> {
  await using cluster = await startCluster({ replicas: 2 });
  await fillAccounts(cluster.primary);
  await cluster.waitCaughtUp();
  const results: FaultResult[] = [];
  for (const fault of FAULTS) {
    const contestants = AWAY_READERS.map((kind) => reading(kind, cluster, fault, effort));
    const tally = await interleave(contestants, effort.rounds);
    results.push({ fault, readers: summarise(tally, AWAY_READERS) });
  }
  return results;
}

/** Figures from samples. */
export function summarise(
  tally: Tally<AwaySample>,
  readers: readonly Pick<ReaderKind, "name" | "consistsOf" | "tellsWhere">[],
): readonly AwayResult[] {
  return readers.map(({ name, consistsOf, tellsWhere }) => {
    const of = (read: (sample: AwaySample) => number): Figure => figureOf(tally, name, read);
    return {
      name,
      consistsOf,
      ...(tellsWhere ? { lastWentMs: of(({ lastWentMs }) => lastWentMs ?? Number.NaN) } : {}),
      lastNoticedMs: of(({ lastNoticedMs }) => lastNoticedMs),
      slowestMs: of(({ slowestMs }) => slowestMs),
      retried: of(({ retried }) => retried),
      failed: of(({ failed }) => failed),
      unanswered: of(({ unanswered }) => unanswered),
      crashes: of(({ crashes }) => crashes),
      ...firstErrorOf(tally, name),
    };
  });
}

function reading(
  { name }: ReaderKind,
  cluster: Cluster,
  fault: Fault,
  { warmUpMs, watchMs }: AwayEffort,
): Contestant<AwaySample> {
  return {
    name,
    measure: async () => {
      const [victim] = cluster.replicas;
      if (victim === undefined) throw new Error("There is no replica");
      const targets = cluster.nodes.map((node): Target => ({
        id: node.name,
        url: node.url(),
        role: node === cluster.primary ? "primary" : "replica",
      }));
      try {
        return await runInChild<AwaySample>({
          part: "away",
          name,
          targets,
          victim: victim.name,
          perSecond: AWAY_PER_SECOND,
          warmUpMs,
          watchMs,
        }, {
          deadlineMs: warmUpMs + watchMs + AWAY_GRACE_MS + SPARE_MS,
          reached: () => strike(victim, fault),
        });
      } finally {
        await mend(victim, fault, cluster);
      }
    },
  };
}

/** Gives the instant just before the signal. */
async function strike(victim: ClusterNode, fault: Fault): Promise<number> {
  const at = instant();
  switch (fault) {
    case "SIGKILL":
      await victim.kill();
      return at;
    case "SIGSTOP":
      victim.freeze();
      return at;
    default:
      return fault satisfies never;
  }
}

async function mend(victim: ClusterNode, fault: Fault, { primary }: Cluster): Promise<void> {
  if (fault === "SIGSTOP") victim.thaw();
  else if (!victim.running) await victim.start();
  await victim.waitReady();
  await victim.waitStreamingFrom(primary);
}
