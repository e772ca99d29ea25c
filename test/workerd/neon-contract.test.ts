import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Cluster, startCluster, whyNoCluster } from "../cluster/mod.ts";
import { freePort } from "../cluster/place.ts";
import { type Double, startDouble } from "../neon/double.ts";
import { casesOf, play } from "./contract-cases.ts";
import { type Place, startPlace } from "./place.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

const options = {
  entry: new URL("neon-contract-worker.ts", import.meta.url),
  objects: ["Contractor"],
};

describe.skipIf(missing)(`neon() in workerd keeps the contract ${missing ?? ""}`, async () => {
  const cases = await casesOf({
    ...options,
    bindings: {
      OPTIONS: { url: "postgres://nobody@nowhere.invalid/none" },
      NOWHERE: "http://127.0.0.1:9/sql",
    },
  });
  let cluster: Cluster;
  let double: Double;
  let place: Place;
  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0, auth: "scram-sha-256", password: "pw" });
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
    (_where, path) => {
      test.each(cases)("%s", async (_title, told) => {
        await expect(play(place, path, told)).resolves.toBeUndefined();
      });
    },
  );
});
