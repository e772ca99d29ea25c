/**
 * The whole demo: cluster, load, timeline, count.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import { postgres } from "../../adapters/connectors/postgres/mod.ts";
import { createHoldfast, type Holdfast, type HoldfastEvent } from "../../mod.ts";
import { type Cluster, type ClusterNode, startCluster } from "../../test/cluster/mod.ts";
import type { DemoOptions } from "./args.ts";
import { play, type ServerState } from "./faults.ts";
import { runLoad, SCHEMA } from "./load.ts";
import { type Meter, rowsOf, totalsOf } from "./meter.ts";
import type { Picture } from "./table.ts";
import { freshTally, reckon, type Verdict } from "./tally.ts";
import { plan } from "./timeline.ts";

/** Something that happened, by the demo's hand or in holdfast. */
export interface DemoEvent {
  /** Milliseconds since the load began. */
  readonly atMs: number;
  readonly by: "demo" | "holdfast";
  readonly what: string;
}

/** Who watches. */
export interface Audience {
  /** How often to be shown a picture; 0: never. */
  readonly everyMs: number;
  readonly show: (picture: Picture) => void;
  readonly hear: (event: DemoEvent) => void;
}

/** What a demo comes to. */
export interface DemoResult extends Verdict {
  readonly seconds: number;
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
  const db = createHoldfast({
    endpoints: cluster.nodes.map((node) => ({
      id: node.name,
      role: node === cluster.primary ? "primary" : "replica",
      connector: postgres(node.url()),
    })),
    readPreference: "secondaryPreferred",
  });
  try {
    for (const statement of SCHEMA) await db.query(statement);
    await cluster.waitCaughtUp();
    return await perform(options, audience, signal, cluster, db);
  } finally {
    // Closing says goodbye to every server, and waits for one that is frozen; Ctrl-C should not.
    if (signal.aborted) await cluster.stop();
    await db.close();
  }
}

async function perform(
  options: DemoOptions,
  audience: Audience,
  signal: AbortSignal,
  cluster: Cluster,
  db: Holdfast,
): Promise<DemoResult> {
  const tally = freshTally();
  const events: DemoEvent[] = [];
  const servers = new Map<string, ServerState>(cluster.nodes.map((node) => [node.name, "up"]));
  const meter: Meter = new Map();
  const steps = plan(options.seconds);
  const totalMs = options.seconds * 1_000;
  const began = performance.now();
  const now = (): number => performance.now() - began;
  let done = 0;

  const record = (by: DemoEvent["by"], what: string): void => {
    const event: DemoEvent = { atMs: Math.round(now()), by, what };
    events.push(event);
    audience.hear(event);
  };
  const look = (): Picture => ({
    endpoints: rowsOf(db.stats(), servers, meter, now()),
    totals: totalsOf(tally, meter, now()),
    progress: { nowMs: now(), totalMs, done, steps },
    events: events.map(line),
  });
  let shownMs = 0;
  const show = (): void => {
    shownMs = now();
    audience.show(look());
  };

  const stop = db.on("*", (event) => {
    const what = inWords(event);
    if (what !== undefined) record("holdfast", what);
  });
  const over = new AbortController();
  const ticker = audience.everyMs > 0 ? setInterval(show, audience.everyMs) : undefined;
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
      db,
      tally,
      servers,
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
    stop();
  }
  // The last picture, unless it has only just been shown.
  if (audience.everyMs > 0 && now() - shownMs > audience.everyMs / 2) show();
  return { seconds: options.seconds, ...reckon(tally, await count(primary)), events };
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

/** An event as a line with its time. */
export function line(event: DemoEvent): string {
  const time = (event.atMs / 1_000).toFixed(1).padStart(6);
  return `${time} s  ${event.by === "demo" ? "▶" : " "} ${event.what}`;
}

/** The events worth a line; retries, probes and connections are too many. */
function inWords(event: HoldfastEvent): string | undefined {
  switch (event.type) {
    case "circuit":
      return `${event.endpoint}: circuit ${event.from} → ${event.to} (${event.because})`;
    case "role":
      return `${event.endpoint}: ${event.from} → ${event.to}`;
    case "failover":
      return `failover ${event.from} → ${event.to}: ${event.phase}`;
    case "endpoint":
      return `${event.endpoint}: ${event.change}`;
    case "health":
      return `${event.endpoint}: ${event.from} → ${event.to} (${event.because})`;
    case "recovery":
      return event.phase === "started"
        ? `${event.endpoint}: recovery, ${event.rung} (attempt ${event.attempt}; ${event.because})`
        : `${event.endpoint}: recovered after ${event.rung}`;
    case "ramp":
      return `${event.endpoint}: ramp ${event.phase} (${event.overMs} ms)`;
    case "ejection":
      return `${event.endpoint}: ${event.change} (${event.because})`;
    case "panic":
      return `panic ${
        event.active ? "begins" : "ends"
      }: ${event.healthy} of ${event.total} are well`;
    case "pool":
      return `${event.endpoint}: limit ${event.from} → ${event.to} (${event.because})`;
    case "alert":
      return `alert ${event.rule} ${event.phase}: ${event.says}`;
    case "retry":
    case "failed":
    case "connection":
    case "probe":
    case "hedge":
      return undefined;
    default:
      return event satisfies never;
  }
}
