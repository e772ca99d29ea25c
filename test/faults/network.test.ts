import { createHoldfast } from "../../mod.ts";
import { postgres } from "../../adapters/connectors/postgres/mod.ts";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  type Cluster,
  type ProxyBehaviour,
  startProxy,
  type TcpProxy,
  until,
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

  test("each connect takes 1.5 s: roles are found out, and the endpoint stays in service", async () => {
    await using far = await startProxy(cluster.primary.port);
    await far.behave({ kind: "lateConnect", ms: 1_500 });
    await using db = createHoldfast({
      endpoints: [{ id: "far", connector: postgres({ url: far.via(cluster.primary.url()) }) }],
      probe: { intervalMs: 500 },
    });
    const looked: string[] = [];
    db.on("probe", ({ ok, failed }) => looked.push(failed ?? String(ok)));
    const written = await db.execute("create temporary table roles_are_known (n int)");
    expect(written.servedBy).toBe("far");
    // Its own first look may still be asking, and must not be cut.
    await until(() => looked.length >= 1, { what: "the first look" });
    // No line lies idle any more: the next looks have to connect.
    await far.resetOpen();
    const before = looked.length;
    await until(() => looked.length >= before + 4, { what: "four more looks" });
    expect(looked).not.toContain("connectivity");
    expect(looked).not.toContain("query");
    expect(db.stats().endpoints[0]?.health).toBe("alive");
  });
});
