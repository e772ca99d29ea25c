/**
 * Figure (c): reads from three replicas while one of them answers late.
 *
 * @module
 */

import { type Cluster, startCluster, startProxy, type TcpProxy } from "../../test/cluster/mod.ts";
import { fillAccounts } from "../accounts.ts";
import { runInChild } from "../child/run-in-child.ts";
import type { ReaderKind, Target } from "../contestants/readers.ts";
import { type Figure, figureBeside, figureOf, firstErrorOf } from "../figure.ts";
import { instant } from "../instant.ts";
import { type Contestant, interleave, type Tally } from "../rounds.ts";
import { SLOW_READERS } from "./contestants.ts";
import { SLOW_GRACE_MS, type SlowSample } from "./turn.ts";

/** How much later the slow one answers. */
export const SLOWED_BY_MS = 50;
/** Far from what the machine can do, so that the waiting is that of the slow replica. */
export const SLOW_PER_SECOND = 400;

const REPLICAS = 3;
/** Past a turn's own time: its process starts and ends. */
const SPARE_MS = 20_000;

/** How much is measured. */
export interface SlowEffort {
  readonly rounds: number;
  /** Not counted. */
  readonly warmUpMs: number;
  readonly fastMs: number;
  readonly slowMs: number;
}

/** One reader's figures. */
export interface SlowResult {
  readonly name: string;
  readonly consistsOf: string;
  readonly p50Ms: Figure;
  readonly p99Ms: Figure;
  readonly meanMs: Figure;
  readonly slowShare: Figure;
  /** Its mean over that of plain round robin in the same round. */
  readonly meanOfPlain: Figure;
  readonly beforeP50Ms: Figure;
  readonly beforeP99Ms: Figure;
  readonly failed: Figure;
  readonly firstError?: string;
}

/** What the numbers are, for whoever reads them without this file. */
export const SLOW_MEANS: Readonly<Record<string, string>> = {
  p50Ms:
    "of the time from the call to the answer, from the moment on at which one replica was slow",
  meanMs: "the mean of the same times",
  meanOfPlain: "the mean over that of plain round robin in the same round",
  slowShare: "share of the answers that came from the slow replica",
  beforeP50Ms: "the same time while all replicas were fast",
  failed: "reads of a round that ended with an error or had no answer in the end",
};

/**
 * Builds a cluster whose nodes are all behind proxies and lets everybody read from it in turn, each turn in
 * a process of its own. Another replica is the slow one from round to round.
 */
export async function measureSlow(effort: SlowEffort): Promise<readonly SlowResult[]> {
  await using cluster = await startCluster({ replicas: REPLICAS });
  await fillAccounts(cluster.primary);
  await cluster.waitCaughtUp();
  const proxies: TcpProxy[] = [];
  try {
    for (const { port } of cluster.nodes) proxies.push(await startProxy(port));
    const contestants = SLOW_READERS.map((kind) => reading(kind, cluster, proxies, effort));
    return summarise(await interleave(contestants, effort.rounds), SLOW_READERS);
  } finally {
    for (const proxy of proxies) await proxy.close();
  }
}

/** Figures from samples. The first reader is the one the others are compared with. */
export function summarise(
  tally: Tally<SlowSample>,
  readers: readonly Pick<ReaderKind, "name" | "consistsOf">[],
): readonly SlowResult[] {
  const plain = readers[0]?.name ?? "";
  return readers.map(({ name, consistsOf }) => {
    const of = (read: (sample: SlowSample) => number): Figure => figureOf(tally, name, read);
    return {
      name,
      consistsOf,
      p50Ms: of(({ p50Ms }) => p50Ms),
      p99Ms: of(({ p99Ms }) => p99Ms),
      meanMs: of(({ meanMs }) => meanMs),
      slowShare: of(({ slowShare }) => slowShare),
      meanOfPlain: figureBeside(
        tally,
        name,
        [plain],
        (own, [other]) => other === undefined ? Number.NaN : own.meanMs / other.meanMs,
      ),
      beforeP50Ms: of(({ before }) => before.p50Ms),
      beforeP99Ms: of(({ before }) => before.p99Ms),
      failed: of(({ failed }) => failed),
      ...firstErrorOf(tally, name),
    };
  });
}

function reading(
  { name }: ReaderKind,
  cluster: Cluster,
  proxies: readonly TcpProxy[],
  { warmUpMs, fastMs, slowMs }: SlowEffort,
): Contestant<SlowSample> {
  const targets = cluster.nodes.map((node, index): Target => ({
    id: node.name,
    url: proxies[index]?.via(node.url()) ?? "",
    role: node === cluster.primary ? "primary" : "replica",
  }));
  let turn = 0;
  return {
    name,
    measure: async () => {
      // The primary is the first.
      const chosen = 1 + turn++ % REPLICAS;
      const proxy = proxies[chosen];
      const slowed = targets[chosen]?.id ?? "";
      try {
        return await runInChild<SlowSample>({
          part: "slow",
          name,
          targets,
          slowed,
          perSecond: SLOW_PER_SECOND,
          warmUpMs,
          fastMs,
          slowMs,
        }, {
          deadlineMs: warmUpMs + fastMs + slowMs + SLOW_GRACE_MS + SPARE_MS,
          reached: async () => {
            await proxy?.behave({ kind: "delay", ms: SLOWED_BY_MS });
            return instant();
          },
        });
      } finally {
        await proxy?.behave({ kind: "pass" });
      }
    },
  };
}
