/** The coordinator looks at endpoints, and promotes one, through their pool objects. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Cluster, startCluster, until, whyNoCluster } from "../cluster/mod.ts";
import type { Snapshot } from "../../mod.ts";
import { type Place, startPlace } from "./place.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

describe.skipIf(missing)(`pool objects and a coordinator ${missing ?? ""}`, () => {
  let cluster: Cluster;
  let place: Place;
  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1 });
    await cluster.primary.query("create table note (id serial)");
    await cluster.waitCaughtUp();
    place = await startPlace({
      entry: new URL("pool-shared-worker.ts", import.meta.url),
      isolates: 2,
      objects: ["Coordinator", "HoldfastPool"],
      bindings: { FIRST: cluster.primary.url(), SECOND: cluster.replicas[0]?.url() ?? "" },
    });
  });
  afterAll(async () => {
    await place?.dispose();
    await cluster?.stop();
  });

  async function ask(path: string, isolate = 0): Promise<{ value?: unknown; error?: string }> {
    return await (await place.fetch(path, { isolate })).json() as { value?: unknown };
  }

  test("roles are found out, reads go to the replica, and the coordinator tells of both", async () => {
    expect(await ask("/write")).toEqual({ value: "a" });
    await until(async () => (await ask("/read")).value === "b", {
      what: "the replica to be known",
    });
    const { endpoints } = await until(async () => {
      const { value } = await ask("/snapshot");
      const snapshot = value as Snapshot;
      return snapshot.endpoints.filter(({ role }) => role !== undefined).length === 2 && snapshot;
    }, { what: "the coordinator to know both" });
    const roles = endpoints.map(({ id, role }) => [id, role?.role]);
    expect(roles).toEqual([["a", "primary"], ["b", "replica"]]);
  });

  test("a failover promotes through the pool object, and all write to the new primary", async () => {
    await cluster.primary.stop("fast");
    expect((await ask("/failover")).error).toBe(undefined);
    expect(await cluster.replicas[0]?.isStandby()).toBe(false);
    for (const isolate of [0, 1]) {
      await until(async () => (await ask("/write", isolate)).value === "b", {
        what: "the new primary to be written to",
      });
    }
  });
});
