/** What a person commands is done by the coordinator, in the database first, and followed by every isolate. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until, whyNoCluster } from "../cluster/mod.ts";
import { type Ground, type SharedPlace, startGround, startShared } from "./shared-place.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

describe.skipIf(missing)(`commands to a coordinator ${missing ?? ""}`, () => {
  let ground: Ground;
  let shared: SharedPlace;
  beforeAll(async () => {
    ground = await startGround();
    const sharing = { quietSyncMs: 500, busySyncMs: 100, coldWaitMs: 10_000, timeoutMs: 10_000 };
    shared = await startShared({ urls: ground.urls, options: { sharing } }, 3);
    for (const isolate of [0, 1]) await shared.query(isolate);
  });
  afterAll(async () => {
    await shared?.[Symbol.asyncDispose]();
    await ground?.[Symbol.asyncDispose]();
  });

  test("isolate and release are followed by isolates that nobody told", async () => {
    const circuitIn = async (isolate: number): Promise<string | undefined> => {
      await shared.query(isolate);
      const { endpoints } = await shared.stats(isolate);
      return endpoints.find(({ id }) => id === "replica1")?.circuit;
    };
    for (const [type, circuit] of [["isolate", "isolated"], ["release", "closed"]] as const) {
      const { error } = await shared.command({ type, endpoint: "replica1" });
      expect(error).toBeUndefined();
      const what = `isolate 1 to follow ${type}`;
      await until(async () => await circuitIn(1) === circuit, { what });
    }
  });

  test("a failover that cannot be is refused in its own words, and nobody is told of it", async () => {
    const { error } = await shared.command({ type: "failover", from: "primary", to: "nobody" });
    expect(error).toMatchObject({ code: "USAGE", message: expect.stringContaining("nobody") });
    expect((await shared.snapshot()).assignment).toBeUndefined();
  });

  test("a failover that has taken place already is no news, and is not taken back by a failback", async () => {
    const { error } = await shared.command({ type: "failover", from: "replica1", to: "primary" });
    expect(error).toBeUndefined();
    const { error: nothing } = await shared.command({ type: "failback" });
    expect(nothing).toMatchObject({ code: "USAGE" });
    expect((await shared.snapshot()).assignment).toBeUndefined();
    const [row] = await ground.cluster.replicas[0]?.query("select pg_is_in_recovery() as it") ?? [];
    expect(row).toEqual({ it: true });
  });

  test("an endpoint that nobody knows is not isolated, and the command says so", async () => {
    const { error } = await shared.command({ type: "isolate", endpoint: "repilca1" });
    expect(error).toMatchObject({
      code: "USAGE",
      message: expect.stringContaining("known are primary, replica1"),
    });
    const { endpoints } = await shared.snapshot();
    expect(endpoints.map(({ id }) => id)).not.toContain("repilca1");
  });

  test("a failover promotes the replica; a new isolate writes there at once", async () => {
    const told = await shared.command({ type: "failover", from: "primary", to: "replica1" });
    expect(told.assignment).toMatchObject({ from: "primary", to: "replica1" });
    const [row] = await ground.cluster.replicas[0]?.query("select pg_is_in_recovery() as it") ?? [];
    expect(row).toEqual({ it: false });
    expect(await shared.query(2, "create table after_failover (id int)")).toMatchObject({
      servedBy: "replica1",
      attempts: 1,
    });
    expect(shared.place.takeLogs()).toEqual([]);
  });
});
