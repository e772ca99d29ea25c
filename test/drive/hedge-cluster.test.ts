/** What only real servers can show: the loser's backend stops working. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postgres } from "../../adapters/connectors/postgres/mod.ts";
import { type Connector, createHoldfast, type HoldfastEvent } from "../../mod.ts";
import {
  type Cluster,
  type ClusterNode,
  startCluster,
  until,
  whyNoCluster,
} from "../cluster/mod.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

describe.skipIf(missing)(`a hedged read on real replicas ${missing ?? ""}`, () => {
  let cluster: Cluster;
  let slow: ClusterNode;
  let quick: ClusterNode;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 2 });
    const [first, second] = cluster.replicas;
    if (first === undefined || second === undefined) throw new Error("No replicas");
    [slow, quick] = [first, second];
  });
  afterAll(() => cluster?.stop());

  /** Sleeps for longer than any test waits, but only on the slow replica. */
  const READ = "select case when current_setting('port')::int = $1::int " +
    "then pg_sleep(61)::text else 'quick' end as answer";

  async function active(node: ClusterNode): Promise<number> {
    const text = "select 1 from pg_stat_activity where query = $1 and state = 'active'";
    return (await node.query(text, [READ])).length;
  }

  /** The race is only decided when there is a loser at work. */
  function onceTheLoserRuns(real: Connector): Connector {
    const { name, dialect, transport, transactions } = real;
    return {
      name,
      dialect,
      transport,
      transactions,
      connect: async (options) => {
        await until(async () => await active(slow) > 0, { what: "the slow replica to begin" });
        return await real.connect(options);
      },
    };
  }

  test("query() answers from the quick replica, and the slow one stops working on it", async () => {
    const events: HoldfastEvent[] = [];
    await using db = createHoldfast({
      endpoints: [
        { id: "primary", role: "primary", connector: postgres(cluster.primary.url()) },
        { id: "slow", role: "replica", connector: postgres(slow.url()) },
        { id: "quick", role: "replica", connector: onceTheLoserRuns(postgres(quick.url())) },
      ],
      readPreference: "secondary",
      balance: (candidates) => candidates[0] as (typeof candidates)[number], // never empty
      probe: { intervalMs: 0 },
      observer: (event) => events.push(event),
    });
    const { rows, servedBy, attempts } = await db.query<{ answer: string }>(READ, [slow.port], {
      hedge: { afterMs: 20 },
    });
    expect({ rows, servedBy, attempts }).toEqual({
      rows: [{ answer: "quick" }],
      servedBy: "quick",
      attempts: 2,
    });
    expect(events).toContainEqual(
      expect.objectContaining({ type: "connection", endpoint: "slow", because: "overtaken" }),
    );
    await until(async () => await active(slow) === 0, { what: "the loser's backend to stop" });
    const { pool, inFlight } = db.stats().endpoints[1] ?? {};
    expect({ inUse: pool?.inUse, waiting: pool?.waiting, inFlight })
      .toEqual({ inUse: 0, waiting: 0, inFlight: 0 });
    expect((await db.query("select 1 as one")).servedBy).toBe("slow");
  });
});
