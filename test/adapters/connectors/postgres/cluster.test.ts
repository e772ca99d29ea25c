/** What only a primary with a standby, a frozen server or a password can show. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postgres, type PostgresNotice } from "../../../../adapters/connectors/postgres/mod.ts";
import { judgeAnswer } from "../../../../src/judge/answer.ts";
import type { Connection } from "../../../../src/ports.ts";
import {
  type Cluster,
  type ClusterNode,
  startCluster,
  until,
  whyNoCluster,
} from "../../../cluster/mod.ts";
import { ending } from "./ending.ts";
import { naive } from "./facade.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

const PREPARE = { prepare: true };

describe.skipIf(missing)(`postgres() ${missing ?? ""}`, () => {
  let cluster: Cluster;
  let standby: ClusterNode;
  const open: Connection[] = [];
  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1, synchronous: true, auth: "scram-sha-256" });
    const [replica] = cluster.replicas;
    if (replica === undefined) throw new Error("No replica");
    standby = replica;
    await cluster.primary.query("create table t (n int)");
  });
  afterAll(async () => {
    for (const connection of open) connection.destroy();
    await cluster?.stop();
  });

  async function connect(node: ClusterNode): Promise<Connection> {
    const connection = await postgres(node.url()).connect({ timeoutMs: 10_000 });
    open.push(connection);
    return connection;
  }

  async function backends(query: string): Promise<number> {
    const text = "select 1 from pg_stat_activity where query = $1 and state = 'active'";
    return (await cluster.primary.query(text, [query])).length;
  }

  async function started(query: string): Promise<void> {
    await until(async () => await backends(query) > 0, { what: `${query} to run` });
  }

  test("connect() is told 28P01 for a wrong password, and never shows it", async () => {
    const url = cluster.primary.url().replace(/:[^:@]*@/, ":hunter2secret@");
    const error: unknown = await postgres(url).connect({ timeoutMs: 10_000 }).catch((e) => e);
    expect(error).toMatchObject({ origin: "server", phase: "connecting", code: "28P01" });
    expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain("hunter2secret");
  });

  test("connect() asks a password function anew each time", async () => {
    const url = new URL(cluster.primary.url());
    const password = decodeURIComponent(url.password);
    url.password = "";
    let asked = 0;
    const connector = postgres({
      url: url.href,
      password: () => {
        asked++;
        return Promise.resolve(password);
      },
    });
    for (let i = 0; i < 2; i++) await (await connector.connect({ timeoutMs: 10_000 })).close();
    expect(asked).toBe(2);
  });

  test("connect() rejects when the password function does, and the process lives on", async () => {
    const connector = postgres({
      url: cluster.primary.url(),
      password: () => Promise.reject(new Error("no vault")),
    });
    const failed = connector.connect({ timeoutMs: 10_000 });
    await expect(failed).rejects.toMatchObject({ name: "Failure", phase: "connecting" });
  });

  test("toldRole is known from the handshake alone", async () => {
    expect((await connect(cluster.primary)).toldRole).toBe("primary");
    expect((await connect(standby)).toldRole).toBe("replica");
  });

  test("inspect() tells the role, and on a primary the timeline", async () => {
    expect(await (await connect(cluster.primary)).inspect()).toEqual({
      role: "primary",
      generation: 1,
    });
    expect(await (await connect(standby)).inspect()).toEqual({ role: "replica" });
  });

  test("inspect() tells the role alone to who may not read the timeline", async () => {
    await cluster.primary.query("revoke execute on function pg_current_wal_lsn() from public");
    await cluster.primary.query("create role poor login password 'poor'");
    await cluster.waitCaughtUp();
    const url = new URL(cluster.primary.url());
    url.username = url.password = "poor";
    const connection = await postgres(url.href).connect({ timeoutMs: 10_000 });
    expect(await connection.inspect()).toEqual({ role: "primary" });
    expect(await connection.inspect()).toEqual({ role: "primary" });
    await connection.close();
  });

  test("destroy() asks the server to stop, and its backend does", async () => {
    const connection = await connect(cluster.primary);
    const text = "select pg_sleep(61) as ours";
    const running = ending(connection.run(text, [], PREPARE));
    await started(text);
    connection.destroy();
    expect(await running).toEqual({ error: "CONNECTION_DESTROYED" });
    await until(async () => await backends(text) === 0, { what: "the backend to stop" });
  });

  test("naively the server works on for a caller that has gone", async () => {
    const client = naive(cluster.primary.url());
    const text = "select pg_sleep(61) as naive";
    const running = ending(client.query(text));
    await started(text);
    await client.end();
    expect(await running).toEqual({ error: "CONNECTION_DESTROYED" });
    // As long as ours takes and much more; a cancel is a matter of milliseconds.
    expect(await ending(until(async () => await backends(text) === 0, { what: "it" }), 1_000))
      .toBe("pending");
    await cluster.primary.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where query = $1",
      [text],
    );
  });

  test("run() marks a commit whose wait for the replica was cancelled", async () => {
    const notices: PostgresNotice[] = [];
    const connector = postgres({
      url: cluster.primary.url(),
      onNotice: (notice) => {
        notices.push(notice);
        throw new Error("an observer's own trouble");
      },
    });
    const connection = await connector.connect({ timeoutMs: 10_000 });
    const client = naive(cluster.primary.url());
    await client.query("select 1");
    await standby.stop();
    try {
      for (const prepared of [1, 2]) {
        // The second time it goes the fast way.
        const write = connection.run(`insert into t values (1)`, [], PREPARE);
        await cancelSyncWait();
        const answer = await write;
        expect([prepared, judgeAnswer(answer)?.kind]).toEqual([prepared, "unreplicated"]);
      }
      expect(notices.map(({ routine }) => routine)).toContain("SyncRepWaitForLSN");
      // The warning belongs to one statement.
      const read = await connection.run("select 1", [], PREPARE);
      expect(read).not.toHaveProperty("warning");
      const unaware = client.query("insert into t values (2)");
      await cancelSyncWait();
      expect(await ending(unaware)).toEqual({ rows: [] });
    } finally {
      await standby.start({ as: "standby", follow: cluster.primary });
      await client.end();
      await connection.close();
    }
  });

  async function cancelSyncWait(): Promise<void> {
    const text = "select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'";
    await until(async () => (await cluster.primary.query(text)).length > 0, {
      what: "a commit to wait for the replica",
    });
  }

  test("destroy() frees the caller of a frozen server at once", async () => {
    const connection = await connect(cluster.primary);
    await connection.run("select 1", [], PREPARE);
    const client = naive(cluster.primary.url());
    await client.query("select 1");
    cluster.primary.freeze();
    try {
      const stuck = connection.run("select 1", [], PREPARE);
      connection.destroy();
      expect(await ending(stuck)).toEqual({ error: "CONNECTION_DESTROYED" });
      expect(connection.usable).toBe(false);
      expect(await ending(client.query("select 1"))).toBe("pending");
    } finally {
      cluster.primary.thaw();
      await client.end();
    }
  });

  test("connect() to a frozen server ends with its time", async () => {
    cluster.primary.freeze();
    try {
      const late = postgres(cluster.primary.url()).connect({ timeoutMs: 200 });
      expect(await ending(late)).toEqual({ error: "CONNECT_TIMEOUT" });
      const controller = new AbortController();
      const aborted = postgres(cluster.primary.url()).connect({
        timeoutMs: 10_000,
        signal: controller.signal,
      });
      controller.abort();
      expect(await ending(aborted)).toEqual({ error: "ABORT_ERR" });
    } finally {
      cluster.primary.thaw();
    }
  });

  test("onLost is told of a death while idle, and run() then rejects unsent", async () => {
    const connection = await connect(cluster.primary);
    const { rows } = await connection.run("select pg_backend_pid() as pid", [], PREPARE);
    const lost = new Promise<void>((resolve) => connection.onLost = resolve);
    await cluster.primary.query("select pg_terminate_backend($1)", [rows[0]?.["pid"]]);
    await lost;
    expect(connection.usable).toBe(false);
    await expect(connection.run("select 1", [], PREPARE)).rejects.toMatchObject({
      phase: "connecting",
      code: "57P01",
      connection: "broken",
    });
  });

  // Last: afterwards there is no standby any more.
  test("promote() makes a replica the primary, and its open connections are told", async () => {
    const [asker, listener] = [await connect(standby), await connect(standby)];
    await asker.promote?.();
    await until(async () => (await asker.inspect()).role === "primary", {
      what: "the standby to be the primary",
    });
    expect(await asker.inspect()).toEqual({ role: "primary", generation: 2 });
    expect(listener.toldRole).toBe("replica");
    await listener.run("select 1", [], PREPARE);
    // The server tells with the next reply; which one that is depends on when it heard itself.
    await until(async () => {
      await listener.run("select 1", [], PREPARE);
      return listener.toldRole === "primary";
    }, { what: "the open connection to be told" });
  });
});
