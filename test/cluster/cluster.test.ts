import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Cluster, type ClusterNode, startCluster, until, whyNoCluster } from "./mod.ts";
import { alive } from "./processes.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

/** One of the two replicas; there are always two here. */
function replica(cluster: Cluster, index: 0 | 1): ClusterNode {
  const node = cluster.replicas[index];
  if (!node) throw new Error(`No replica ${index}`);
  return node;
}

async function ids(node: ClusterNode): Promise<unknown[]> {
  const rows = await node.query("select id from t order by id");
  return rows.map((row) => row["id"]);
}

describe.skipIf(missing)(`startCluster() ${missing ?? ""}`, { timeout: 60_000 }, () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({ synchronous: true, database: "app" });
    await cluster.primary.query("create table t (id int primary key)");
  }, 60_000);
  afterAll(() => cluster.stop());

  test("startCluster() gives a primary and two standbys that stream", async () => {
    await cluster.primary.query("insert into t values (1)");
    await cluster.waitCaughtUp();
    expect(await cluster.primary.isStandby()).toBe(false);
    for (const node of cluster.replicas) {
      expect(await node.isStandby()).toBe(true);
      expect(await ids(node)).toEqual([1]);
      expect(node.url()).toBe(`postgres://postgres@127.0.0.1:${node.port}/app`);
    }
  });

  test("startCluster() refuses writes on a standby with 25006", async () => {
    const write = replica(cluster, 0).query("insert into t values (2)");
    await expect(write).rejects.toMatchObject({ code: "25006" });
  });

  test("createDatabase() makes it on every node", async () => {
    await cluster.createDatabase("Other One");
    const rows = await replica(cluster, 1).query("select current_database() as name", [], {
      database: "Other One",
    });
    expect(rows).toEqual([{ name: "Other One" }]);
  });

  test("kill() leaves no process and start() brings the node back on its port", async () => {
    const node = replica(cluster, 0);
    const { pid, port } = node;
    await node.kill();
    expect(node.running).toBe(false);
    expect(pid !== undefined && alive(pid)).toBe(false);
    await expect(node.query("select 1")).rejects.toThrow("ECONNREFUSED");
    await cluster.primary.query("insert into t values (2)");
    await node.start();
    await node.waitReady();
    await node.waitStreamingFrom(cluster.primary);
    await cluster.waitCaughtUp();
    expect(node.port).toBe(port);
    expect(await ids(node)).toEqual([1, 2]);
  });

  test("freeze() silences a node and thaw() gives it back", async () => {
    const node = replica(cluster, 1);
    node.freeze();
    await expect(node.query("select 1", [], { timeoutMs: 300 })).rejects.toThrow(/timeout|answer/);
    // ANY 1: the other replica's word is enough.
    await cluster.primary.query("insert into t values (3)");
    node.thaw();
    await node.waitReady();
    await cluster.waitCaughtUp();
    expect(await ids(node)).toEqual([1, 2, 3]);
  });

  test("stop() and start() work on a frozen node as well", async () => {
    const node = replica(cluster, 1);
    node.freeze();
    await node.stop("fast");
    expect(node.running).toBe(false);
    await node.start();
    await node.waitStreamingFrom(cluster.primary);
  });

  test("promote(), follow() and start({ as: 'standby' }) carry out a whole failover", async () => {
    const { primary } = cluster;
    await primary.kill();
    const next = await cluster.mostAdvanced();
    const other = replica(cluster, next === replica(cluster, 0) ? 1 : 0);
    await next.promote();
    await cluster.follow(other, next);
    await next.query("insert into t values (4)");
    await primary.start({ as: "standby", follow: next });
    await primary.waitStreamingFrom(next);
    await cluster.waitCaughtUp(next);
    for (const node of cluster.nodes) expect(await ids(node)).toEqual([1, 2, 3, 4]);
    expect(await primary.isStandby()).toBe(true);
  });

  test("rejoin() brings back a node whose history went another way", async () => {
    const [old, next] = [cluster.primary, replica(cluster, 0)];
    const current = (await next.isStandby()) ? replica(cluster, 1) : next;
    await old.stop();
    await old.start({ as: "primary" });
    await old.query("set synchronous_commit = off; insert into t values (99)");
    await cluster.rejoin(old, current);
    await cluster.waitCaughtUp(current);
    expect(await ids(old)).toEqual([1, 2, 3, 4]);
  });
});

describe.skipIf(missing)(`stop() ${missing ?? ""}`, { timeout: 60_000 }, () => {
  test("stop() leaves no process and no folder, whatever state the nodes are in", async () => {
    const cluster = await startCluster({
      auth: "scram-sha-256",
      user: "owner",
      password: "it's \\ a secret: @/ ",
    });
    const pids = cluster.nodes.map((node) => node.pid);
    expect(await replica(cluster, 1).query("select 1 as one")).toEqual([{ one: 1 }]);
    replica(cluster, 0).freeze();
    await cluster.primary.kill();
    await cluster.stop();
    expect(pids.filter((pid) => pid !== undefined && alive(pid))).toEqual([]);
    expect(existsSync(cluster.folder)).toBe(false);
  });

  test.each(["SIGTERM", "SIGKILL", "exit", "throw"])(
    "stop() is not needed when the process ends by %s",
    async (end) => {
      const program = fileURLToPath(new URL("./lives-briefly.ts", import.meta.url));
      const child = spawn(process.execPath, [program, end], {
        stdio: ["ignore", "pipe", "ignore"],
      });
      let said = "";
      child.stdout.on("data", (chunk) => said += String(chunk));
      const { folder, pids } = await until(
        () => said.endsWith("\n") && (JSON.parse(said) as { folder: string; pids: number[] }),
        { what: "the child's cluster", timeoutMs: 30_000 },
      );
      if (end.startsWith("SIG")) child.kill(end as NodeJS.Signals);
      await until(() => child.exitCode !== null || child.signalCode !== null, {
        what: "the child's end",
      });
      // What SIGKILL leaves is swept by whoever starts a cluster next.
      if (end === "SIGKILL") {
        spawnSync(process.execPath, [program, "sweep"]);
      }
      expect(pids.filter(alive)).toEqual([]);
      expect(existsSync(folder)).toBe(false);
    },
  );
});
