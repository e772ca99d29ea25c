import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Cluster, startCluster, startProxy, until, whyNoCluster } from "../cluster/mod.ts";
import type { Deed, Told } from "./orders.ts";
import { type Place, startPlace } from "./place.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

const UNREACHED = { origin: "network", phase: "connecting", connection: "broken" };

function rowsOf({ value, error }: Told): readonly Record<string, unknown>[] {
  if (error !== undefined) throw new Error(JSON.stringify(error));
  return (value as { rows: Record<string, unknown>[] }).rows; // what query() resolves with
}

describe.skipIf(missing)(`postgres() in workerd ${missing ?? ""}`, () => {
  let cluster: Cluster;
  let place: Place;
  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0, auth: "scram-sha-256" });
    await cluster.primary.query("create table note (id int primary key, text text)");
    const entry = new URL("postgres-worker.ts", import.meta.url);
    place = await startPlace({ entry, objects: ["Keeper"] });
  });
  // Nothing of one request is touched by another, nothing is rejected with nobody listening.
  afterEach(() => {
    const logs = place.takeLogs();
    if (logs.length > 0) throw new Error(`workerd said: ${logs.join("; ")}`);
  });
  afterAll(async () => {
    await place?.dispose();
    await cluster?.stop();
  });

  async function send(
    path: string,
    deed: Deed,
    url: string = cluster.primary.url(),
  ): Promise<Told> {
    const body = JSON.stringify({ url, ...deed });
    return await (await place.fetch(path, { method: "POST", body })).json() as Told;
  }

  /** How many work on it on the server. */
  async function working(text: string): Promise<number> {
    const rows = await cluster.primary.query(
      "select 1 from pg_stat_activity where state = 'active' and query = $1",
      [text],
    );
    return rows.length;
  }

  // What waits in the server bears the place's name: another place's is not taken for it.
  describe.each([["a request", "/request"], ["a Durable Object", "/object"]])(
    "in %s",
    (_, path) => {
      const order = (deed: Deed, url?: string): Promise<Told> => send(path, deed, url);

      test("query() answers, with parameters of many kinds", async () => {
        const text =
          "select $1::int as i, $2::text as t, $3::jsonb as j, $4::int[] as a, $5::bool as b";
        const params = [7, "ünï", { k: [1] }, [1, 2], null];
        const row = { i: 7, t: "ünï", j: { k: [1] }, a: [1, 2], b: null };
        for (let i = 0; i < 3; i++) {
          expect(await order({ do: "query", text, params })).toMatchObject({
            value: { rows: [row], servedBy: "main" },
          });
        }
      });

      test("query() reads an answer of many packets whole", async () => {
        const text = "select i, repeat('x', 1000) as t from generate_series(1, 2000) i";
        const { value } = await order({ do: "query", text });
        const { rows } = value as { rows: { i: number; t: string }[] };
        expect(rows.map(({ i }) => i)).toEqual(Array.from({ length: 2000 }, (_, i) => i + 1));
        expect(rows.every(({ t }) => t === "x".repeat(1000))).toBe(true);
      });

      test("transaction() commits, and rolls back when the caller throws", async () => {
        await cluster.primary.query("truncate note");
        const texts = ["insert into note values (1, 'a')", "insert into note values (2, 'b')"];
        expect(await order({ do: "transaction", texts })).toEqual({ value: null });
        const undone = ["insert into note values (3, 'c')"];
        expect(await order({ do: "transaction", texts: undone, fail: true })).toMatchObject({
          error: { message: "The caller wants none of it" },
        });
        expect(await cluster.primary.query("select id from note order by id")).toEqual([
          { id: 1 },
          { id: 2 },
        ]);
      });

      test("query() rejects with the server's SQLSTATE", async () => {
        expect(await order({ do: "query", text: "select * from nowhere" })).toMatchObject({
          error: { name: "QueryError", sqlState: "42P01", executed: "no", position: 15 },
        });
      });

      test("run() rejects with the same facts as on Node", async () => {
        expect(await order({ do: "run", text: "select * from nowhere" })).toMatchObject({
          error: { origin: "server", code: "42P01", phase: "answering", connection: "usable" },
        });
      });

      test("destroy() rejects at once and has the server stop", async () => {
        const text = `select pg_sleep(600) as "${path}"`;
        expect(await order({ do: "destroy", text })).toMatchObject({
          error: { origin: "network", code: "CONNECTION_DESTROYED", phase: "sent" },
        });
        await until(async () => await working(text) === 0, { what: "the server to stop" });
      });

      test("a backend ended in the middle of a statement says so", async () => {
        const text = `select pg_sleep(601) as "${path}"`;
        const running = order({ do: "run", text });
        await until(async () => await working(text) > 0, { what: "the server to begin" });
        await cluster.primary.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where query = $1",
          [text],
        );
        const { error } = await running;
        expect(error).toMatchObject({ origin: "server", code: "57P01", connection: "broken" });
      });

      test("a line reset in the middle of a statement leaves it in doubt", async () => {
        await using proxy = await startProxy(cluster.primary.port);
        // The server goes on with it.
        const text = `select pg_sleep(602) as "${path}"`;
        const running = order({ do: "run", text }, proxy.via(cluster.primary.url()));
        await until(async () => await working(text) > 0, { what: "the server to begin" });
        await proxy.resetOpen();
        expect(await running).toMatchObject({ error: { ...UNREACHED, phase: "sent" } });
      });

      test("connect() to where nobody listens is refused while connecting", async () => {
        const url = new URL(cluster.primary.url());
        url.port = "9";
        expect(await order({ do: "connect" }, url.href)).toMatchObject({ error: UNREACHED });
        // A holdfast of its own: the object keeps the one it has.
        const elsewhere = path === "/request" ? path : "/object/refused";
        expect(await send(elsewhere, { do: "query", text: "select 1" }, url.href)).toMatchObject({
          error: { kind: "unavailable", executed: "no" },
        });
      });

      test("connect() to an unknown host fails while connecting", async () => {
        const url = new URL(cluster.primary.url());
        url.hostname = "nowhere.invalid";
        expect(await order({ do: "connect" }, url.href)).toMatchObject({ error: UNREACHED });
        // workerd says so on its own account.
        expect(place.takeLogs().filter((line) => !line.includes("failed to lookup"))).toEqual([]);
      });

      test("connect() to whoever hangs up on it fails while connecting", async () => {
        await using proxy = await startProxy(cluster.primary.port);
        const url = proxy.via(cluster.primary.url());
        for (const kind of ["acceptThenClose", "reset"] as const) {
          await proxy.behave({ kind });
          expect(await order({ do: "connect" }, url)).toMatchObject({ error: UNREACHED });
        }
      });

      test("connect() to whoever says nothing fails when its time is up", async () => {
        await using proxy = await startProxy(cluster.primary.port);
        await proxy.behave({ kind: "blackHole" });
        const url = proxy.via(cluster.primary.url());
        expect(await order({ do: "connect", timeoutMs: 300 }, url)).toMatchObject({
          error: { ...UNREACHED, code: "CONNECT_TIMEOUT" },
        });
      });
    },
  );

  test("a Durable Object keeps its connections from request to request", async () => {
    const order: Deed = { do: "query", text: "select pg_backend_pid() as pid" };
    const pids = new Set<unknown>();
    for (let i = 0; i < 20; i++) pids.add(rowsOf(await send("/object/pid", order))[0]?.["pid"]);
    // The first look's connection is kept as well as the first statement's.
    expect(pids.size).toBeLessThan(5);
    expect([...pids].every((pid) => typeof pid === "number")).toBe(true);
  });

  test("a Durable Object answers several requests at once", async () => {
    const texts = Array.from({ length: 20 }, (_, i) => `select ${i} as i from pg_sleep(0.02)`);
    const told = await Promise.all(
      texts.map((text) => send("/object/many", { do: "query", text })),
    );
    expect(told.map(rowsOf)).toEqual(texts.map((_, i) => [{ i }]));
  });

  test("a Durable Object connects anew after its connection was ended", async () => {
    const order: Deed = { do: "query", text: "select 1 as one" };
    await send("/object/anew", order);
    await cluster.primary.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'holdfast'",
    );
    for (let i = 0; i < 3; i++) {
      expect(rowsOf(await send("/object/anew", order))).toEqual([{ one: 1 }]);
    }
  });

  test.each([["requests", "/request"], ["objects", "/object/"]])(
    "%s at once in one isolate do not touch each other's connections",
    async (_, path) => {
      const order: Deed = { do: "repeat", text: "select $1::int as i", times: 50 };
      const paths = Array.from({ length: 8 }, (_, i) => path === "/request" ? path : path + i);
      const told = await Promise.all(paths.map((each) => send(each, order)));
      expect(told.map(rowsOf)).toEqual(paths.map(() => [{ i: 50 }]));
    },
  );
});
