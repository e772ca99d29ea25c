import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Cluster, startCluster, whyNoCluster } from "../cluster/mod.ts";
import { casesOf, play } from "./contract-cases.ts";
import { type Place, startPlace } from "./place.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

const entry = new URL("contract-worker.ts", import.meta.url);
const options = { entry, objects: ["Contractor"] };

describe.skipIf(missing)(`postgres() in workerd keeps the contract ${missing ?? ""}`, async () => {
  const cases = await casesOf({
    ...options,
    bindings: { DATABASE_URL: "postgres://nobody@127.0.0.1:9/none" },
  });
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

  describe.each([["a request", "/run/"], ["a Durable Object", "/object/run/"]])(
    "in %s",
    (_where, path) => {
      test.each(cases)("%s", async (_title, told) => {
        await expect(play(place, path, told)).resolves.toBeUndefined();
      });
    },
  );
});
