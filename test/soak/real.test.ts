import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OPTION_TABLE } from "../../mod.ts";
import { type Cluster, startProxy, until, whyNoCluster } from "../cluster/mod.ts";
import { connectionsOf, connectionsWithin } from "../faults/connections.ts";
import { startThings } from "../faults/scene.ts";
import { seeded } from "../virtual.ts";
import { type Measured, ReaderProcess } from "./orders.ts";
import { type Post, strikeFor } from "./real-faults.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

/** CI gives five minutes. */
const SECONDS = Number(process.env["HOLDFAST_SOAK_SECONDS"] ?? 20);
const SEED = Number(process.env["HOLDFAST_SOAK_SEED"] ?? Date.now() % 1_000_000);
/** Reads before the first measurement: compiled code and full pools count as usual. */
const WARM_UP_MS = 5_000;
/** For starting, warming up, coming back and measuring. */
const MARGIN_MS = 180_000;

/** What may be left of five minutes: compiled code and the collector's grain. */
const MOST_HEAP_MB = 4;
/** Loose: the allocator gives nothing back that it may want again. */
const MOST_RSS_MB = 64;
/** A socket that is just being closed. */
const MOST_DESCRIPTORS = 2;

describe.skipIf(missing)(`a holdfast under real faults ${missing ?? ""}`, () => {
  let cluster: Cluster;
  const posts: Post[] = [];
  beforeAll(async () => {
    cluster = await startThings();
    for (const node of cluster.nodes) posts.push({ node, proxy: await startProxy(node.port) });
  });
  afterAll(async () => {
    for (const { proxy } of posts) await proxy.close();
    await cluster?.stop();
  });

  test("no read fails, and what it holds is what it held before", async () => {
    await using reader = new ReaderProcess();
    const bare = await reader.measure("rest");
    await reader.tell({
      do: "open",
      endpoints: posts.map(({ node, proxy }) => ({
        id: node.name,
        role: node === cluster.primary ? "primary" : "replica",
        url: proxy.via(node.url()),
      })),
    });
    await reader.tell({ do: "read" });
    await sleep(WARM_UP_MS);
    const before = await reader.measure("rest");

    await reader.tell({ do: "read" });
    const faults = await strikeFor(SECONDS * 1_000, posts, seeded(SEED));
    for (const { node } of posts) {
      if (node !== cluster.primary) await servesAgain(reader, node.name);
    }
    const after = await reader.measure("rest");
    const most = OPTION_TABLE["pool.max"].default ?? 0;
    const connections = await connectionsWithin(cluster, most);
    console.log(figures(faults, before, after));

    expect(after.failed).toEqual([]);
    expect(after.busy).toBe(0);
    await until(async () => {
      // Both change while idle connections are closed, a server's word coming later than the pool's.
      const { pooled } = await reader.measure("rest");
      return JSON.stringify(await connectionsOf(cluster)) === JSON.stringify(pooled);
    }, {
      what: "the servers to count what the pools count",
      detail: () => JSON.stringify({ connections, after }),
    });
    expect(after.held.heapMb - before.held.heapMb).toBeLessThan(MOST_HEAP_MB);
    expect(after.held.rssMb - before.held.rssMb).toBeLessThan(MOST_RSS_MB);
    expect(unpooled(after) - unpooled(before)).toBeLessThanOrEqual(MOST_DESCRIPTORS);

    const closed = await reader.measure("close");
    await connectionsWithin(cluster, 0);
    expect(closed.held.descriptors - bare.held.descriptors).toBeLessThanOrEqual(MOST_DESCRIPTORS);
    expect(await reader.leave()).toBe(0);
  }, SECONDS * 1_000 + MARGIN_MS);
});

async function servesAgain(reader: ReaderProcess, endpoint: string): Promise<void> {
  await until(
    async () => (await reader.tell({ do: "served", endpoint, withinMs: 1_000 })).served,
    { what: `${endpoint} to serve reads again`, timeoutMs: 90_000, everyMs: 50 },
  );
}

/** Descriptors that no pooled connection explains. */
function unpooled({ held, pooled }: Measured): number {
  return held.descriptors - Object.values(pooled).reduce((sum, size) => sum + size, 0);
}

function figures(
  faults: Readonly<Record<string, number>>,
  before: Measured,
  after: Measured,
): string {
  const mb = (value: number): string => value.toFixed(1);
  return `${SECONDS} s of real faults (seed ${SEED}): ${JSON.stringify(faults)}; ` +
    `${after.answered} reads, ${after.failed.length} failed, ${after.slow} slow, ` +
    `slowest ${Math.round(after.slowestMs)} ms; before → after: ` +
    `heap ${mb(before.held.heapMb)} → ${mb(after.held.heapMb)} MB, ` +
    `rss ${mb(before.held.rssMb)} → ${mb(after.held.rssMb)} MB, ` +
    `descriptors ${before.held.descriptors} → ${after.held.descriptors}, ` +
    `pooled ${JSON.stringify(before.pooled)} → ${JSON.stringify(after.pooled)}`;
}
