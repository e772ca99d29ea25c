import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Cluster, startCluster, whyNoCluster } from "../cluster/mod.ts";
import { type Place, startPlace } from "./place.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

const entry = new URL("pool-contract-worker.ts", import.meta.url);
const options = { entry, objects: ["HoldfastPool"] };

interface Case {
  readonly name: string;
  /** Why it cannot be played. */
  readonly why?: string;
}

/** What each case is called, and whether it is played. */
async function casesOf(): Promise<(readonly [string, Case])[]> {
  const bindings = { DATABASE_URL: "postgres://nobody@127.0.0.1:9/none" };
  await using place = await startPlace({ ...options, bindings });
  const cases = await (await place.fetch("/cases")).json() as Case[];
  return cases.map((one) => {
    return [one.why === undefined ? one.name : `${one.name} (impossible: ${one.why})`, one];
  });
}

describe.skipIf(missing)(`pooled() in workerd keeps the contract ${missing ?? ""}`, async () => {
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

  test.each(await casesOf())("%s", async (_title, { name, why }) => {
    const path = `/run/${encodeURIComponent(name)}`;
    const told = why === undefined ? await (await place.fetch(path)).json() : "passed";
    expect(told).toBe("passed");
    expect(place.takeLogs()).toEqual([]);
  });
});
