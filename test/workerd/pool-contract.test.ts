import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Cluster, startCluster, whyNoCluster } from "../cluster/mod.ts";
import { type Place, startPlace } from "./place.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

const entry = new URL("pool-contract-worker.ts", import.meta.url);
const options = { entry, objects: ["HoldfastPool"] };

async function casesOf(): Promise<string[]> {
  await using place = await startPlace(options);
  return await (await place.fetch("/cases")).json() as string[];
}

describe.skipIf(missing)(`pooled() in workerd keeps the contract ${missing ?? ""}`, async () => {
  let cluster: Cluster;
  let place: Place;
  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0, auth: "scram-sha-256" });
    await cluster.primary.query("create table pair (n int)");
    await cluster.primary.query("insert into pair values (0), (0)");
    place = await startPlace({ ...options, bindings: { DATABASE_URL: cluster.primary.url() } });
  });
  afterAll(async () => {
    await place?.dispose();
    await cluster?.stop();
  });

  test.each(await casesOf())("%s", async (name) => {
    const response = await place.fetch(`/run/${encodeURIComponent(name)}`);
    expect(await response.json()).toBe("passed");
    expect(place.takeLogs()).toEqual([]);
  });
});
