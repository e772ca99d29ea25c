/**
 * The whole demo: cluster, load, timeline, count.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import { postgres } from "../../adapters/connectors/postgres/mod.ts";
import { createHoldfast, type Holdfast } from "../../mod.ts";
import {
  type Cluster,
  type ClusterNode,
  startCluster,
  startProxy,
  type TcpProxy,
} from "../../test/cluster/mod.ts";
import type { DemoOptions } from "./args.ts";
import {
  type Chronicle,
  chronicle,
  emptyChronicle,
  readShares,
  SHARES_EVERY_MS,
} from "./chronicle.ts";
import { play, type ServerState } from "./faults.ts";
import { runLoad, SCHEMA } from "./load.ts";
import { type Meter, rowsOf, totalsOf } from "./meter.ts";
import { type Pace, paceFor, paceInWords } from "./pace.ts";
import type { Picture } from "./table.ts";
import { freshTally, reckon, type Verdict } from "./tally.ts";
import { plan } from "./timeline.ts";
import { createTeller, type DemoEvent, line } from "./words.ts";

/** Who watches. */
export interface Audience {
  /** How often to be shown a picture; 0: never. */
  readonly everyMs: number;
  readonly show: (picture: Picture) => void;
  readonly hear: (event: DemoEvent) => void;
}

/** What a demo comes to. */
export interface DemoResult extends Verdict, Chronicle {
  readonly seconds: number;
  /** What holdfast was told beside its defaults. */
  readonly settings: Pace;
  readonly events: readonly DemoEvent[];
}

/** Runs it; rejects when the signal fires or a server cannot be handled as planned. */
export async function runDemo(
  options: DemoOptions,
  audience: Audience,
  signal: AbortSignal,
): Promise<DemoResult> {
  // A commit waits for one replica, so whichever takes over has all that was acknowledged.
  await using cluster = await startCluster({ replicas: 2, synchronous: true });
  signal.throwIfAborted();
  const [, slowed] = cluster.replicas;
  if (slowed === undefined) throw new Error("The demo needs two replicas");
  await using proxy = await startProxy(slowed.port);
  const db = createHoldfast({
    endpoints: cluster.nodes.map((node) => ({
      id: node.name,
      role: node === cluster.primary ? "primary" : "replica",
      connector: postgres(node === slowed ? proxy.via(node.url()) : node.url()),
    })),
    readPreference: "secondaryPreferred",
    ...paceFor(options.seconds),
  });
  try {
    for (const statement of SCHEMA) await db.query(statement);
    await cluster.waitCaughtUp();
    return await perform(options, audience, signal, { cluster, proxy, db });
  } finally {
    // Closing says goodbye to every server, and waits for one that is frozen; Ctrl-C should not.
    if (signal.aborted) await cluster.stop();
    await db.close();
  }
}

/** What was built, for as long as the demo lasts. */
interface Scene {
  readonly cluster: Cluster;
  readonly proxy: TcpProxy;
  readonly db: Holdfast;
}

async function perform(
  options: DemoOptions,
  audience: Audience,
  signal: AbortSignal,
  { cluster, proxy, db }: Scene,
): Promise<DemoResult> {
  const tally = freshTally();
  const events: DemoEvent[] = [];
  const servers = new Map<string, ServerState>(cluster.nodes.map((node) => [node.name, "up"]));
  const meter: Meter = new Map();
  const steps = plan(options.seconds);
  const settings = paceFor(options.seconds);
  const hint = paceInWords(settings);
  const totalMs = options.seconds * 1_000;
  const began = performance.now();
  const now = (): number => performance.now() - began;
  let done = 0;
  let kept = emptyChronicle;

  const record = (by: DemoEvent["by"], what: string): void => {
    const event: DemoEvent = { atMs: Math.round(now()), by, what };
    events.push(event);
    audience.hear(event);
  };
  const look = (): Picture => ({
    endpoints: rowsOf(db.stats(), servers, meter, now()),
    totals: totalsOf(tally, meter, now()),
    progress: { nowMs: now(), totalMs, done, steps },
    hint,
    events: events.map(line),
  });
  let shownMs = 0;
  const show = (): void => {
    shownMs = now();
    audience.show(look());
  };

  const tell = createTeller();
  const stop = db.on("*", (event) => {
    kept = chronicle(kept, event, Math.round(now()));
    const what = tell(event);
    if (what !== undefined) record("holdfast", what);
  });
  const over = new AbortController();
  const ticker = audience.everyMs > 0 ? setInterval(show, audience.everyMs) : undefined;
  const reading = setInterval(() => {
    kept = readShares(kept, db.stats().endpoints);
  }, SHARES_EVERY_MS);
  const { readers, writers } = options;
  // The rates' first reading.
  look();
  const load = runLoad({
    db,
    tally,
    readers,
    writers,
    now,
    signal: over.signal,
    cancel: signal,
  });
  let primary: ClusterNode;
  try {
    const stage = {
      cluster,
      proxy,
      db,
      tally,
      servers,
      wasEjected: (id: string): boolean => kept.ejections.some(({ endpoint }) => endpoint === id),
      now,
      signal,
      say: (what: string): void => record("demo", what),
      onStep: (count: number): void => void (done = count),
    };
    primary = await play(steps, stage);
    await sleep(Math.max(0, totalMs - now()), undefined, { signal });
  } finally {
    over.abort();
    await load;
    clearInterval(ticker);
    clearInterval(reading);
    stop();
  }
  // The last picture, unless it has only just been shown.
  if (audience.everyMs > 0 && now() - shownMs > audience.everyMs / 2) show();
  const verdict = reckon(tally, await count(primary));
  return { seconds: options.seconds, settings, ...verdict, ...kept, events };
}

/** Asks the database itself, past holdfast. */
async function count(primary: ClusterNode): Promise<Parameters<typeof reckon>[1]> {
  const ids = await primary.query<{ id: string }>("select id from transfer");
  const [sums] = await primary.query<{ balance: string; transferred: string }>(
    `select (select sum(balance) from account)::text as balance,
            (select coalesce(sum(amount), 0) from transfer)::text as transferred`,
  );
  return {
    ids: ids.map((row) => row.id),
    balance: Number(sums?.balance),
    transferred: Number(sums?.transferred),
  };
}
