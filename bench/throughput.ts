/**
 * Figure (b): queries per second of a select by primary key, over one endpoint and a bounded pool.
 *
 * @module
 */

import process from "node:process";
import { startCluster } from "../test/cluster/mod.ts";
import { fillAccounts } from "./accounts.ts";
import {
  type Client,
  holdfast,
  pgNamed,
  postgresJsDefault,
  postgresJsUnpipelined,
} from "./contestants/clients.ts";
import { type Figure, figureBeside, figureOf } from "./figure.ts";
import { type Contestant, gather, interleave, type Tally } from "./rounds.ts";

/** At least this share of the best of the others. */
export const THROUGHPUT_AIM = 0.95;
/** Everybody's pool. */
export const CONNECTIONS = 10;
/** How many ask at once. */
export const LEVELS: readonly number[] = [1, 32, 100];

/** For each of them at each level. */
const WARM_UP_MS = 600;

/** How much is measured. */
export interface ThroughputEffort {
  readonly rounds: number;
  /** In each round everybody has so many turns. */
  readonly turns: number;
  readonly turnMs: number;
}

/** One turn, or the turns of a round together. */
export interface Work {
  readonly answers: number;
  readonly elapsedMs: number;
  /** The client process's processor time, user and system. */
  readonly cpuMicros: number;
}

/** One client's figures at one number of callers. */
export interface ClientRate {
  readonly name: string;
  readonly consistsOf: string;
  readonly perSecond: Figure;
  /** Processor time of the client per query: steadier than the rate when the machine is busy. */
  readonly cpuMicros: Figure;
}

/** What was found out at one number of callers. */
export interface LevelResult {
  readonly callers: number;
  readonly clients: readonly ClientRate[];
  /** holdfast's rate over the best of the others in the same round, whoever that was. */
  readonly ofBest: Figure;
  /**
   * Its rate over each of the others in the same round. The best of three noisy numbers is higher
   * than any of them is on average; these have no such bias.
   */
  readonly ofEach: readonly { readonly name: string; readonly ratio: Figure }[];
}

/** Builds a server, fills a table and measures every level on it. */
export async function measureThroughput(
  effort: ThroughputEffort,
): Promise<readonly LevelResult[]> {
  await using cluster = await startCluster({ replicas: 0 });
  const { primary } = cluster;
  await fillAccounts(primary);
  const url = primary.url();
  const clients = [holdfast, postgresJsDefault, postgresJsUnpipelined, pgNamed]
    .map((open) => open(url, CONNECTIONS));
  try {
    const results: LevelResult[] = [];
    for (const callers of LEVELS) results.push(await measureLevel(clients, callers, effort));
    return results;
  } finally {
    for (const client of clients) await client.close();
  }
}

async function measureLevel(
  clients: readonly Client[],
  callers: number,
  { rounds, turns, turnMs }: ThroughputEffort,
): Promise<LevelResult> {
  const contestants = clients.map((client) => asked(client, callers, turnMs));
  // Not counted: connections are opened, statements prepared, code compiled.
  await interleave(contestants, Math.ceil(WARM_UP_MS / turnMs));
  const tally = await interleave(contestants, rounds * turns);
  return summarise(callers, gather(tally, turns, together), clients);
}

/** What several turns come to. */
export function together(turns: readonly Work[]): Work {
  const sum = (read: (work: Work) => number): number =>
    turns.reduce((total, work) => total + read(work), 0);
  return {
    answers: sum(({ answers }) => answers),
    elapsedMs: sum(({ elapsedMs }) => elapsedMs),
    cpuMicros: sum(({ cpuMicros }) => cpuMicros),
  };
}

/** Figures from samples. The first client is the one the others are compared with. */
export function summarise(
  callers: number,
  tally: Tally<Work>,
  clients: readonly Pick<Client, "name" | "consistsOf">[],
): LevelResult {
  const [own = "", ...others] = clients.map(({ name }) => name);
  const ofBest = (names: readonly string[]): Figure =>
    figureBeside(tally, own, names, (mine, theirs) => rate(mine) / Math.max(...theirs.map(rate)));
  return {
    callers,
    clients: clients.map(({ name, consistsOf }) => ({
      name,
      consistsOf,
      perSecond: figureOf(tally, name, rate),
      cpuMicros: figureOf(tally, name, ({ cpuMicros, answers }) => cpuMicros / answers),
    })),
    ofBest: ofBest(others),
    ofEach: others.map((name) => ({ name, ratio: ofBest([name]) })),
  };
}

function rate({ answers, elapsedMs }: Work): number {
  return (answers * 1_000) / elapsedMs;
}

function asked(client: Client, callers: number, turnMs: number): Contestant<Work> {
  return {
    name: client.name,
    measure: async () => {
      const before = process.cpuUsage();
      const startedAt = performance.now();
      const answers = await client.callers(callers, startedAt + turnMs);
      const elapsedMs = performance.now() - startedAt;
      const { user, system } = process.cpuUsage(before);
      return { answers, elapsedMs, cpuMicros: user + system };
    },
  };
}
