import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Cluster, startCluster, whyNoCluster } from "../cluster/mod.ts";
import { freePort } from "../cluster/place.ts";
import { type Double, startDouble } from "../neon/double.ts";
import { type Place, startPlace } from "./place.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

const options = {
  entry: new URL("neon-contract-worker.ts", import.meta.url),
  objects: ["Contractor"],
};

async function casesOf(): Promise<string[]> {
  await using place = await startPlace(options);
  return await (await place.fetch("/cases")).json() as string[];
}

describe.skipIf(missing)(`neon() in workerd keeps the contract ${missing ?? ""}`, async () => {
  let cluster: Cluster;
  let double: Double;
  let place: Place;
  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0, auth: "scram-sha-256", password: "pw" });
    await cluster.primary.query("create table pair (n int)");
    await cluster.primary.query("insert into pair values (0), (0)");
    double = await startDouble(cluster.primary.port);
    const NOWHERE = `http://127.0.0.1:${await freePort()}/sql`;
    place = await startPlace({ ...options, bindings: { OPTIONS: double.options(), NOWHERE } });
  });
  afterAll(async () => {
    await place?.dispose();
    await double?.close();
    await cluster?.stop();
  });

  describe.each([["a request", "/run/"], ["a Durable Object", "/object/run/"]])(
    "in %s",
    async (_where, path) => {
      test.each(await casesOf())("%s", async (name) => {
        const response = await place.fetch(`${path}${encodeURIComponent(name)}`);
        expect(await response.json()).toBe("passed");
        expect(place.takeLogs()).toEqual([]);
      });
    },
  );
});
