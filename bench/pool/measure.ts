/**
 * Figure (d): a thousand callers on ten connections.
 *
 * @module
 */

import { type Cluster, startCluster } from "../../test/cluster/mod.ts";
import { fillAccounts } from "../accounts.ts";
import { runInChild } from "../child/run-in-child.ts";
import { type Figure, figureBeside, figureOf, firstErrorOf } from "../figure.ts";
import { instant } from "../instant.ts";
import { type Contestant, interleave, type Tally } from "../rounds.ts";
import { POOL_CLIENTS } from "./contestants.ts";
import type { PoolSample } from "./turn.ts";

/** How many ask at once. */
export const POOL_CALLERS = 1_000;
/** Everybody's pool. */
export const POOL_CONNECTIONS = 10;

/** How much is measured. */
export interface PoolEffort {
  readonly rounds: number;
  /** Not counted: connections are opened, statements prepared, code compiled. */
  readonly warmUpMs: number;
  readonly turnMs: number;
}

/** A turn, and what the server saw of it. */
export interface SeenPoolSample extends PoolSample {
  /** Connections the server had from the client with all callers waiting. */
  readonly connections: number;
}

/** One pool's figures. */
export interface PoolResult {
  readonly name: string;
  readonly perSecond: Figure;
  readonly p50Ms: Figure;
  readonly p99Ms: Figure;
  readonly maxMs: Figure;
  readonly cpuMicros: Figure;
  readonly heapMb: Figure;
  readonly rssMb: Figure;
  readonly connections: Figure;
  readonly failed: Figure;
  readonly unanswered: Figure;
  readonly firstError?: string;
}

/** What was found out. */
export interface PoolResults {
  readonly pools: readonly PoolResult[];
  /** holdfast's rate over each of the others' in the same round. */
  readonly ofEach: readonly { readonly name: string; readonly ratio: Figure }[];
}

/** What the numbers are, for whoever reads them without this file. */
export const POOL_MEANS: Readonly<Record<string, string>> = {
  perSecond: "answers a second to all callers together; each asks again when it was answered",
  p50Ms: "of the time from a caller's call to its answer, waiting for a connection included",
  maxMs: "the longest that any caller waited",
  heapMb:
    "reachable bytes (after a forced collection) with all callers waiting, over those with none",
  rssMb: "the most the process took from the machine with the crowd, over what it had before",
  connections: "as the server counted them while all callers waited",
  failed: "calls of a round that ended with an error; such a caller pauses for 10 ms",
  unanswered: "calls without an answer 10 s after the round",
};

/** Past a turn's own time: its process starts, those who hang are waited for. */
const SPARE_MS = 40_000;
const MB = 1024 * 1024;

/** Builds a server and lets everybody at it in turn, each turn in a process of its own. */
export async function measurePool(effort: PoolEffort): Promise<PoolResults> {
  await using cluster = await startCluster({ replicas: 0 });
  await fillAccounts(cluster.primary);
  const names = [...POOL_CLIENTS.keys()];
  const contestants = names.map((name) => asked(cluster, name, effort));
  return summarise(await interleave(contestants, effort.rounds), names);
}

/** Figures from samples. The first name is the one the others are compared with. */
export function summarise(tally: Tally<SeenPoolSample>, names: readonly string[]): PoolResults {
  const [own = "", ...others] = names;
  return {
    pools: names.map((name) => {
      const of = (read: (sample: SeenPoolSample) => number): Figure => figureOf(tally, name, read);
      return {
        name,
        perSecond: of(({ perSecond }) => perSecond),
        p50Ms: of(({ p50Ms }) => p50Ms),
        p99Ms: of(({ p99Ms }) => p99Ms),
        maxMs: of(({ maxMs }) => maxMs),
        cpuMicros: of(({ cpuMicros }) => cpuMicros),
        heapMb: of(({ heapBytes }) => heapBytes / MB),
        rssMb: of(({ rssBytes }) => rssBytes / MB),
        connections: of(({ connections }) => connections),
        failed: of(({ failed }) => failed),
        unanswered: of(({ unanswered }) => unanswered),
        ...firstErrorOf(tally, name),
      };
    }),
    ofEach: others.map((name) => ({
      name,
      ratio: figureBeside(
        tally,
        own,
        [name],
        (mine, [theirs]) => theirs === undefined ? Number.NaN : mine.perSecond / theirs.perSecond,
      ),
    })),
  };
}

function asked(
  { primary }: Cluster,
  name: string,
  { warmUpMs, turnMs }: PoolEffort,
): Contestant<SeenPoolSample> {
  return {
    name,
    measure: async () => {
      let connections = 0;
      const sample = await runInChild<PoolSample>({
        part: "pool",
        name,
        url: primary.url(),
        connections: POOL_CONNECTIONS,
        callers: POOL_CALLERS,
        warmUpMs,
        turnMs,
      }, {
        deadlineMs: warmUpMs + turnMs + SPARE_MS,
        reached: async () => {
          const [row] = await primary.query<{ n: number }>(
            `select count(*)::int as n from pg_stat_activity
              where backend_type = 'client backend' and application_name <> 'holdfast-admin'`,
          );
          connections = row?.n ?? 0;
          return instant();
        },
      });
      return { ...sample, connections };
    },
  };
}
