/** What is left on the connections of pool objects by code that nobody sees. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Cluster, startCluster, whyNoCluster } from "../cluster/mod.ts";
import type { PoolDeed } from "./pool-orders.ts";
import { type Place, startPlace } from "./place.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

const entry = new URL("pool-worker.ts", import.meta.url);

describe.skipIf(missing)(`pooled() and what is left on a connection ${missing ?? ""}`, () => {
  let cluster: Cluster;
  let place: Place;
  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0, auth: "scram-sha-256" });
    place = await startPlace({
      entry,
      objects: ["HoldfastPool", "Stranger"],
      bindings: {
        DATABASE_URL: cluster.primary.url(),
        SHARDS: 1,
        CONNECTIONS: 2,
        ACQUIRE_MS: 5_000,
        IDLE_MS: 10_000,
      },
    });
  });
  afterAll(async () => {
    await place?.dispose();
    await cluster?.stop();
  });

  async function rowsOf(deed: PoolDeed): Promise<readonly Record<string, unknown>[]> {
    const body = JSON.stringify(deed);
    const told = await (await place.fetch("/", { method: "POST", body })).json();
    const { value } = told as { value?: { rows: Record<string, unknown>[] } };
    if (value === undefined) throw new Error(JSON.stringify(told));
    return value.rows;
  }

  test("what functions and procedures leave is cleared, on the same connection", async () => {
    for (
      const text of [
        "create function lockme() returns void language plpgsql as " +
        "'begin perform pg_advisory_lock(99); end'",
        "create function setme() returns void language plpgsql as " +
        "$$begin perform set_config('search_path', 'elsewhere', false); end$$",
        "create procedure tempme() language plpgsql as " +
        "'begin create temp table leftover (a int); end'",
      ]
    ) await cluster.primary.query(text);
    const look = "select pg_backend_pid() as pid, to_regclass('pg_temp.leftover') as temporary, " +
      "(select count(*)::int from pg_locks where locktype = 'advisory') as locks, " +
      "current_setting('search_path') as path, current_setting('application_name') as name";
    const [before] = await rowsOf({ do: "query", text: look });
    expect(before).toMatchObject({ temporary: null, locks: 0, name: "holdfast" });
    for (const text of ["select lockme()", "select setme()", "call tempme()"]) {
      await rowsOf({ do: "query", text });
      expect(await rowsOf({ do: "query", text: look })).toEqual([before]);
    }
  });
});
