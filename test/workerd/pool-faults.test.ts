/** Pool objects whose database or network fails, several of them, and their idle connections. */

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  type Cluster,
  startCluster,
  startProxy,
  type TcpProxy,
  until,
  whyNoCluster,
} from "../cluster/mod.ts";
import type { Told } from "./orders.ts";
import type { PoolDeed } from "./pool-orders.ts";
import { type Place, startPlace } from "./place.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

const entry = new URL("pool-worker.ts", import.meta.url);

describe.skipIf(missing)(`pooled() where something fails ${missing ?? ""}`, () => {
  let cluster: Cluster;
  let proxy: TcpProxy;
  let place: Place;
  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0, auth: "scram-sha-256" });
  });
  afterAll(() => cluster?.stop());
  beforeEach(async () => {
    proxy = await startProxy(cluster.primary.port);
    place = await startPlace({
      entry,
      objects: ["HoldfastPool", "Stranger"],
      bindings: {
        DATABASE_URL: proxy.via(cluster.primary.url()),
        SHARDS: 2,
        CONNECTIONS: 2,
        ACQUIRE_MS: 400,
        IDLE_MS: 500,
      },
    });
  });
  afterEach(async () => {
    const logs = place.takeLogs();
    await place.dispose();
    await proxy[Symbol.asyncDispose]();
    if (logs.length > 0) throw new Error(`workerd said: ${logs.join("; ")}`);
  });

  async function order(deed: PoolDeed): Promise<Told> {
    const body = JSON.stringify(deed);
    return await (await place.fetch("/", { method: "POST", body })).json() as Told;
  }

  async function stats(): Promise<readonly { size: number; created: number }[]> {
    const { value } = await order({ do: "stats" });
    return value as { size: number; created: number }[]; // one for each object
  }

  /** How many writes the server works on. */
  async function underWay(): Promise<number> {
    const all = await cluster.primary.query(
      "select 1 from pg_stat_activity where state = 'active' and query like 'insert into ledger%'",
    );
    return all.length;
  }

  const ONE: PoolDeed = { do: "query", text: "select 1 as one" };
  const DONE = { value: { rows: [{ one: 1 }] } };

  test("several objects share the statements, each with its own limit", async () => {
    const texts = Array.from({ length: 24 }, () => "select pg_sleep(0.005)::text");
    expect((await order({ do: "many", texts })).error).toBe(undefined);
    // By chance all go to one of two once in eight million times.
    const told = await stats();
    expect(told.map(({ created }) => created)).toEqual([1, 1]);
  });

  test("connections that nobody needs are closed", async () => {
    expect(await order(ONE)).toMatchObject(DONE);
    await until(async () => {
      const all = await cluster.primary.query(
        "select 1 from pg_stat_activity where application_name = 'holdfast'",
      );
      return all.length === 0;
    }, { what: "the pools to close their idle connections" });
    expect((await stats()).map(({ size }) => size)).toEqual([0, 0]);
    expect(await order(ONE)).toMatchObject(DONE);
  });

  test("who finds no connection free in time is told so, and nothing was run", async () => {
    const texts = Array.from({ length: 8 }, () => "select pg_sleep(1)::text");
    const { error } = await order({ do: "many", texts });
    expect(error).toMatchObject({ executed: "no", kind: "exhausted" });
  });

  test("a binding of another class, or an endpoint that the object does not know, is misconfigured", async () => {
    for (const how of ["class", "endpoint"] as const) {
      expect(await order({ do: "misbound", how })).toMatchObject({
        error: { code: "POOL_MISBOUND", phase: "connecting", connection: "broken" },
      });
    }
  });

  test("a database that refuses is unavailable, and serves again when it is back", async () => {
    expect(await order(ONE)).toMatchObject(DONE);
    await proxy.behave({ kind: "refuse" });
    await proxy.resetOpen();
    expect(await order({ ...ONE, timeoutMs: 1_500 })).toMatchObject({ error: { executed: "no" } });
    await proxy.behave({ kind: "pass" });
    await until(async () => (await order(ONE)).error === undefined, {
      what: "the endpoint to be back",
    });
  });

  test("a database that falls silent costs a deadline, and its silent connections are not used again", async () => {
    expect(await order(ONE)).toMatchObject(DONE);
    await proxy.behave({ kind: "blackHole" });
    expect(await order({ ...ONE, timeoutMs: 800 })).toMatchObject({ error: {} });
    await proxy.behave({ kind: "pass" });
    await until(async () => (await order(ONE)).error === undefined, {
      what: "the endpoint to be back",
    });
  });

  test("a server that is killed and started again", async () => {
    expect(await order(ONE)).toMatchObject(DONE);
    await cluster.primary.kill();
    expect(await order({ ...ONE, timeoutMs: 1_500 })).toMatchObject({ error: { executed: "no" } });
    await cluster.primary.start();
    await until(async () => (await order(ONE)).error === undefined, {
      what: "the endpoint to be back",
    });
  });

  test("an object that dies under many statements takes no endpoint out that is well", async () => {
    await cluster.primary.query("create table if not exists ledger (n int)");
    const text = "insert into ledger select $1::int from pg_sleep(0.05)";
    const writing = Array.from(
      { length: 8 },
      (_, n) => order({ do: "query", text, params: [-1 - n] }),
    );
    await until(async () => await underWay() > 0, { what: "a write to be under way" });
    await order({ do: "abort" });
    const told = await Promise.all(writing);
    expect(told.some(({ error }) => error?.["executed"] === "unknown")).toBe(true);
    for (let i = 0; i < 8; i++) expect(await order(ONE)).toMatchObject(DONE);
  });

  test("whatever dies, what was answered is there once, and what did not run is not", async () => {
    // No key: what is written twice is to be seen.
    await cluster.primary.query("create table if not exists ledger (n int)");
    const told = new Map<number, Told>();
    for (let round = 0; round < 6; round++) {
      const numbers = Array.from({ length: 8 }, (_, i) => round * 8 + i);
      const text = "insert into ledger select $1::int from pg_sleep(0.05)";
      const writing = numbers.map(async (n) => {
        told.set(n, await order({ do: "query", text, params: [n], timeoutMs: 5_000 }));
      });
      await until(async () => await underWay() > 0 || told.size === (round + 1) * 8, {
        what: "a write to be under way",
      });
      if (round % 2 === 0) await order({ do: "abort" });
      else await proxy.resetOpen();
      await Promise.all(writing);
    }
    await until(async () => await underWay() === 0, { what: "the server to be done" });
    const rows = await cluster.primary.query(
      "select n, count(*)::int as times from ledger where n >= 0 group by n",
    );
    const times = new Map(rows.map(({ n, times: found }) => [Number(n), Number(found)]));
    const counts = { answered: 0, unknown: 0, no: 0 };
    for (const [n, { error }] of told) {
      const found = times.get(n) ?? 0;
      const how = error === undefined ? "answered" : error["executed"] === "no" ? "no" : "unknown";
      counts[how]++;
      const allowed = { answered: [1], no: [0], unknown: [0, 1] }[how];
      if (!allowed.includes(found)) {
        throw new Error(`Write ${n} is there ${found} times: ${JSON.stringify(error)}`);
      }
    }
    expect(counts.answered).toBeGreaterThan(0);
    expect(counts.unknown).toBeGreaterThan(0);
  });
});
