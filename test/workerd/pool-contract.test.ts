import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Cluster, startCluster, whyNoCluster } from "../cluster/mod.ts";
import { casesOf, play } from "./contract-cases.ts";
import { type Place, startPlace } from "./place.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

const entry = new URL("pool-contract-worker.ts", import.meta.url);
const options = { entry, objects: ["HoldfastPool"] };

describe.skipIf(missing)(`pooled() in workerd keeps the contract ${missing ?? ""}`, async () => {
  const bindings = { DATABASE_URL: "postgres://nobody@127.0.0.1:9/none" };
  const cases = await casesOf({ ...options, bindings });
  let cluster: Cluster;
  let place: Place;
  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0, auth: "scram-sha-256" });
    place = await startPlace({ ...options, bindings: { DATABASE_URL: cluster.primary.url() } });
  });
  afterAll(async () => {
    await place?.dispose();
    await cluster?.stop();
  });

  test.each(cases)("%s", async (_title, told) => {
    await expect(play(place, "/run/", told)).resolves.toBeUndefined();
  });
});
