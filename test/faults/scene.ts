/**
 * A real cluster, a holdfast over it with hardly an option, readers, and a fault from outside.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { createHoldfast, type Holdfast, type HoldfastEvent, OPTION_TABLE } from "../../mod.ts";
import { type Cluster, type ClusterNode, startCluster, until } from "../cluster/mod.ts";
import { connectionsWithin, counted } from "./connections.ts";
import { type FailedRead, Readers, SLOW_MS, THINGS } from "./readers.ts";

/** How long a fault lasts. */
const FAULT_MS = 3_000;
/** A cold pool and a cold plan cache make the first reads slow. */
const WARM_READS = 300;
/** Against a hang. An open circuit pauses for half a minute at most. */
const PATIENCE_MS = 60_000;

/** The most connections a holdfast of default options may have on one server. */
const MOST_CONNECTIONS = OPTION_TABLE["pool.max"].default ?? 0;

/** Something done from outside to the struck replica, and its undoing. Each resolves when it is done. */
export interface Fault {
  readonly name: string;
  begin(): Promise<void> | void;
  end(): Promise<void> | void;
}

/** How a fault is played. */
export interface PlayOptions {
  /** The way to the struck replica, where it is not the straight one. */
  readonly url?: string;
  /** The fault is there before holdfast has a single connection. */
  readonly cold?: boolean;
  /** So many callers come on top while the fault lasts. */
  readonly moreCallers?: number;
}

/** What came of it. */
export interface Ended {
  /** What the readers were refused, in words. */
  readonly failed: readonly string[];
  /** Whether every caller got an answer to a read that began after the fault did, while it lasted. */
  readonly progressed: boolean;
  /** What holdfast told of itself. */
  readonly events: readonly HoldfastEvent[];
}

/** A cluster with the table the readers read. */
export async function startThings(): Promise<Cluster> {
  const cluster = await startCluster({ replicas: 2 });
  await cluster.primary.query(THINGS);
  await cluster.waitCaughtUp();
  return cluster;
}

/** The replica that all faults strike. */
export function struckOf(cluster: Cluster): ClusterNode {
  const [struck] = cluster.replicas;
  if (struck === undefined) throw new Error("A fault needs a replica");
  return struck;
}

/**
 * Readers read, the fault comes and goes, the replica serves again, holdfast's connections are within
 * `pool.max` on every server, and none is left after `close()`. Throws where it waited in vain.
 */
export async function play(
  cluster: Cluster,
  fault: Fault,
  options: PlayOptions = {},
): Promise<Ended> {
  const struck = struckOf(cluster);
  const events: HoldfastEvent[] = [];
  await using undo = new AsyncDisposableStack();
  const begin = async (): Promise<number> => {
    const beganAt = performance.now();
    undo.defer(async () => fault.end());
    await fault.begin();
    return beganAt;
  };
  let beganAt = options.cold ? await begin() : 0;
  const db = undo.use(open(cluster, options.url, events));
  const readers = undo.use(new Readers(db));
  if (!options.cold) {
    await until(() => readers.answered >= WARM_READS && readers.servedSince(struck.name, 0), {
      what: "the first reads",
    });
    readers.forgetSlow();
    beganAt = await begin();
  }
  const begunAt = performance.now();
  readers.call(options.moreCallers ?? 0);
  await sleep(FAULT_MS);
  const progressed = await isSoon(() => readers.progressedSince(begunAt));
  await fault.end();
  const endedAt = performance.now();
  await until(() => readers.servedSince(struck.name, endedAt), {
    what: `${struck.name} to serve reads again`,
    timeoutMs: PATIENCE_MS,
    detail: () => JSON.stringify({ stats: db.stats(), failed: readers.failed.slice(0, 3) }),
  });
  const backMs = performance.now() - endedAt;
  await readers.stop();
  await connectionsWithin(cluster, MOST_CONNECTIONS);
  await db.close();
  await connectionsWithin(cluster, 0);
  console.log(
    `${figures(fault.name, readers, beganAt)}; back ${Math.round(backMs)} ms after its end`,
  );
  return { failed: readers.failed.map((read) => words(read, beganAt)), progressed, events };
}

function open(cluster: Cluster, url: string | undefined, events: HoldfastEvent[]): Holdfast {
  const struck = struckOf(cluster);
  return createHoldfast({
    endpoints: cluster.nodes.map((node) => ({
      id: node.name,
      role: node === cluster.primary ? "primary" : "replica",
      connector: counted(node === struck ? (url ?? node.url()) : node.url()),
    })),
    readPreference: "secondaryPreferred",
    observer: (event) => events.push(event),
  });
}

/** False, and no error, when it does not come. */
async function isSoon(check: () => boolean): Promise<boolean> {
  try {
    return await until(check, { what: "it" });
  } catch {
    return false;
  }
}

function figures(name: string, readers: Readers, beganAt: number): string {
  const { answered, failed, slow, slowestMs } = readers;
  return `${name}: time from fault to the last slow read (> ${SLOW_MS} ms): ` +
    `${readers.lastSlowAfter(beganAt)}; ` +
    `slowest read ${Math.round(slowestMs)} ms ` +
    `(${answered} reads, ${slow.length} slow, ${failed.length} failed)`;
}

function words({ error, beganAt, endedAt }: FailedRead, faultAt: number): string {
  const [asked, told] = [beganAt, endedAt].map((instant) => Math.round(instant - faultAt));
  return `${String(error)} (asked at ${asked} ms, told at ${told} ms)`;
}
