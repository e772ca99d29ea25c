import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Cluster, startCluster, startProxy, until, whyNoCluster } from "../cluster/mod.ts";
import type { Deed, Told } from "./orders.ts";
import { type Place, startPlace } from "./place.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

describe.skipIf(missing)(`postgres() in workerd ${missing ?? ""}`, () => {
  let cluster: Cluster;
  let place: Place;
  let quiet = true;
  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0, auth: "scram-sha-256" });
    await cluster.primary.query("create table note (id int primary key, text text)");
    const entry = new URL("postgres-worker.ts", import.meta.url);
    place = await startPlace({ entry, objects: ["Keeper"], isolates: 2 });
  });
  afterEach(() => {
    if (quiet) expect(place.logs).toEqual([]);
    quiet = true;
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
          error: {
            cause: { origin: "server", code: "42P01", phase: "sent", connection: "usable" },
          },
        });
      });

      test("destroy() rejects at once and has the server stop", async () => {
        const text = "select pg_sleep(600)";
        expect(await order({ do: "destroy", text })).toMatchObject({
          error: { origin: "network", code: "CONNECTION_DESTROYED", phase: "sent" },
        });
        await until(async () => {
          const running = await cluster.primary.query(
            "select 1 from pg_stat_activity where state = 'active' and query = $1",
            [text],
          );
          return running.length === 0;
        }, { what: "the server to stop working on it" });
      });

      test("a backend ended in the middle of a statement leaves it in doubt", async () => {
        const { error } = await order({ do: "lose", text: "select pg_sleep(601)" });
        expect(error).toMatchObject({ code: "57P01", phase: "sent", connection: "broken" });
      });

      test("connect() to where nobody listens is refused while connecting", async () => {
        const url = new URL(cluster.primary.url());
        url.port = "9";
        expect(await order({ do: "connect" }, url.href)).toMatchObject({
          error: { origin: "network", phase: "connecting", connection: "broken" },
        });
        expect(await order({ do: "query", text: "select 1" }, url.href)).toMatchObject({
          error: { kind: "unavailable", executed: "no" },
        });
      });

      test("connect() to an unknown host fails while connecting", async () => {
        quiet = false; // workerd itself says that the name is not known
        const url = new URL(cluster.primary.url());
        url.hostname = "nowhere.invalid";
        expect(await order({ do: "connect" }, url.href)).toMatchObject({
          error: { origin: "network", phase: "connecting", connection: "broken" },
        });
      });
    },
  );
});
