import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  type Cluster,
  type ProxyBehaviour,
  startProxy,
  type TcpProxy,
  whyNoCluster,
} from "../cluster/mod.ts";
import { type Ended, play, startThings, struckOf } from "./scene.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

describe.skipIf(missing)(`reads survive the network of a replica ${missing ?? ""}`, () => {
  let cluster: Cluster;
  let proxy: TcpProxy;
  beforeAll(async () => {
    cluster = await startThings();
  });
  beforeEach(async () => {
    proxy = await startProxy(struckOf(cluster).port);
  });
  afterEach(() => proxy?.close());
  afterAll(() => cluster?.stop());

  function strike(name: string, behaviour: ProxyBehaviour, cold = false): Promise<Ended> {
    const fault = {
      name,
      begin: () => proxy.behave(behaviour),
      end: () => proxy.behave({ kind: "pass" }),
    };
    return play(cluster, fault, { cold, url: proxy.via(struckOf(cluster).url()) });
  }

  test.each<[string, ProxyBehaviour]>([
    ["connection refused", { kind: "refuse" }],
    ["accept, then close", { kind: "acceptThenClose" }],
    ["reset", { kind: "reset" }],
    ["black hole", { kind: "blackHole" }],
    ["answers 300 ms late", { kind: "delay", ms: 300 }],
    ["lines cut after 200 bytes of answers", { kind: "cut", afterBytes: 200 }],
  ])("%s: no read fails, and the replica comes back", async (name, behaviour) => {
    const { failed, progressed } = await strike(name, behaviour);
    expect(failed).toEqual([]);
    expect(progressed).toBe(true);
  });

  test("black hole before the first connection: no read fails", async () => {
    const { failed, progressed } = await strike("black hole, cold", { kind: "blackHole" }, true);
    expect(failed).toEqual([]);
    expect(progressed).toBe(true);
  });
});
