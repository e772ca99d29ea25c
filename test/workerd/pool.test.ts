/** Workers over pool objects: real workerd, real PostgreSQL. */

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Cluster, startCluster, until, whyNoCluster } from "../cluster/mod.ts";
import type { Told } from "./orders.ts";
import type { PoolDeed } from "./pool-orders.ts";
import { type Place, startPlace } from "./place.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

const entry = new URL("pool-worker.ts", import.meta.url);

describe.skipIf(missing)(`pooled() in workerd ${missing ?? ""}`, () => {
  let cluster: Cluster;
  let place: Place;
  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0, auth: "scram-sha-256" });
    await cluster.primary.query("create table note (id int primary key, text text)");
    place = await startPlace({
      entry,
      isolates: 2,
      objects: ["HoldfastPool", "Stranger"],
      bindings: {
        DATABASE_URL: cluster.primary.url(),
        SHARDS: 1,
        CONNECTIONS: 6,
        ACQUIRE_MS: 5_000,
        IDLE_MS: 10_000,
      },
    });
  });
  beforeEach(() => cluster.primary.query("truncate note"));
  afterEach(() => {
    const logs = place.takeLogs();
    if (logs.length > 0) throw new Error(`workerd said: ${logs.join("; ")}`);
  });
  afterAll(async () => {
    await place?.dispose();
    await cluster?.stop();
  });

  async function order(deed: PoolDeed, isolate = 0): Promise<Told> {
    const body = JSON.stringify(deed);
    return await (await place.fetch("/", { method: "POST", body, isolate })).json() as Told;
  }

  async function rowsOf(deed: PoolDeed, isolate = 0): Promise<readonly Record<string, unknown>[]> {
    const { value, error } = await order(deed, isolate);
    if (error !== undefined) throw new Error(JSON.stringify(error));
    return (value as { rows: Record<string, unknown>[] }).rows; // what query() resolves with
  }

  /** The server's sessions that are the pool's. */
  async function sessions(): Promise<readonly { pid: number; state: string; query: string }[]> {
    return await cluster.primary.query(
      "select pid, state, query from pg_stat_activity where application_name = 'holdfast'",
    ) as unknown as { pid: number; state: string; query: string }[]; // the columns asked for
  }

  const open = async (): Promise<number> => {
    return (await sessions()).filter(({ state }) => state.startsWith("idle in")).length;
  };

  test("requests of all isolates use the same few connections", async () => {
    const pids = new Set<unknown>();
    for (let i = 0; i < 20; i++) {
      const [row] = await rowsOf({ do: "query", text: "select pg_backend_pid() as pid" }, i % 2);
      pids.add(row?.["pid"]);
    }
    expect(pids.size).toBeLessThan(4);
  });

  test("parameters and answers of many kinds travel", async () => {
    const text =
      "select $1::int as i, $2::text as t, $3::jsonb as j, $4::int[] as a, $5::bool as b";
    const params = [7, "ünï", { k: [1] }, [1, 2], null];
    const row = { i: 7, t: "ünï", j: { k: [1] }, a: [1, 2], b: null };
    for (let i = 0; i < 3; i++) expect(await rowsOf({ do: "query", text, params })).toEqual([row]);
  });

  test.each([
    ["date", "select $1::timestamptz as v", /^object Fri Jan 02 1970/],
    ["bytes", "select $1::bytea as v", /^object 0,255$/],
    ["big", "select $1::int8 as v", /^string 1152921504606846976$/],
  ])("a %s travels", async (value, text, expected) => {
    const { value: row, error } = await order({ do: "values", text, value });
    expect(error).toBe(undefined);
    expect((row as { v: string }).v).toMatch(expected);
  });

  test.each(["function", "instance", "huge"])(
    "a parameter with a %s in it is refused unsent",
    async (value) => {
      expect(await order({ do: "values", text: "select $1::json as v", value })).toMatchObject({
        error: { name: "QueryError", executed: "no", message: expect.stringMatching(/travel/) },
      });
    },
  );

  test("an answer that is too large for the hop says so, and the pool goes on", async () => {
    const text = "select repeat('x', 34 * 1024 * 1024) as t";
    expect(await order({ do: "query", text })).toMatchObject({
      error: { executed: "unknown", message: expect.stringMatching(/32 MiB/) },
    });
    expect(await rowsOf({ do: "query", text: "select 1 as one" })).toEqual([{ one: 1 }]);
  });

  test("transaction() commits, and rolls back when its function throws", async () => {
    const texts = ["insert into note values (1, 'a')", "insert into note values (2, 'b')"];
    expect(await order({ do: "transaction", texts })).toMatchObject({ value: [[], []] });
    const undone = ["insert into note values (3, 'c')"];
    expect(await order({ do: "transaction", texts: undone, fail: true })).toMatchObject({
      error: { message: "The caller wants none of it" },
    });
    const kept = await cluster.primary.query("select id from note order by id");
    expect(kept).toEqual([{ id: 1 }, { id: 2 }]);
    expect(await open()).toBe(0);
  });

  test("a transaction keeps one connection, and gives it back", async () => {
    const pid = "select pg_backend_pid() as pid";
    const { value } = await order({ do: "transaction", texts: [pid, pid, pid] });
    const [first, ...rest] = (value as { pid: number }[][]).map(([row]) => row?.pid);
    expect(rest).toEqual([first, first]);
    const { value: [stats] } = await order({ do: "stats" }) as { value: Record<string, number>[] };
    expect(stats).toMatchObject({ inUse: 0, waiting: 0 });
  });

  test("an error inside tells the server's SQLSTATE; the rest of the transaction goes on to its end", async () => {
    const texts = ["insert into note values (1, 'a')", "select * from nowhere"];
    expect(await order({ do: "transaction", texts })).toMatchObject({
      error: { name: "QueryError", sqlState: "42P01", executed: "no", position: 15 },
    });
    expect(await cluster.primary.query("select 1 from note")).toEqual([]);
    expect(await open()).toBe(0);
  });

  test("what a statement leaves on its connection no other caller finds", async () => {
    await order({ do: "run", texts: ["set search_path = 'elsewhere'"] });
    for (let i = 0; i < 5; i++) {
      const [row] = await rowsOf({
        do: "query",
        text: "select current_setting('search_path') as p",
      });
      expect(row?.["p"]).not.toContain("elsewhere");
    }
  });

  test("however many ask, there are six connections at most", async () => {
    const texts = Array.from({ length: 40 }, (_, i) => `select ${i} as i, pg_sleep(0.05)::text`);
    const [one, other] = await Promise.all([
      order({ do: "many", texts }, 0),
      order({ do: "many", texts }, 1),
      until(async () => (await sessions()).length >= 3, { what: "the pool to be busy" }),
    ]);
    const wanted = texts.map((_, i) => [expect.objectContaining({ i })]);
    expect([one.value, other.value]).toEqual([wanted, wanted]);
    expect((await sessions()).length).toBeLessThanOrEqual(6);
  });

  test("destroy() has the server stop", async () => {
    const text = "select pg_sleep(600)";
    expect(await order({ do: "destroy", text })).toMatchObject({
      error: { origin: "network", code: "CONNECTION_DESTROYED", phase: "sent" },
    });
    await until(async () =>
      (await sessions()).every(({ query, state }) => {
        return query !== text || state !== "active";
      }), { what: "the server to stop" });
  });

  test("a deadline ends what runs, also on the server", async () => {
    const text = "select pg_sleep(601)";
    expect(await order({ do: "query", text, timeoutMs: 300 })).toMatchObject({
      error: { name: "DeadlineError" },
    });
    await until(async () =>
      (await sessions()).every(({ query, state }) => {
        return query !== text || state !== "active";
      }), { what: "the server to stop" });
  });

  test("a request that ends in the middle of a transaction rolls it back", async () => {
    const texts = ["begin", "insert into note values (1, 'a')"];
    expect(await order({ do: "leave", texts })).toEqual({ value: "left" });
    await until(async () => await open() === 0, { what: "the transaction to be over" });
    expect(await cluster.primary.query("select 1 from note")).toEqual([]);
  });

  test.each([
    ["its first statement", []],
    ["a transaction's statement", ["begin", "insert into note values (1, 'a')"]],
  ])("a request that ends in the middle of %s has it stopped", async (_, texts) => {
    const last = "select pg_sleep(602)";
    expect(await order({ do: "leave", texts, last })).toEqual({ value: "left" });
    await until(async () => (await sessions()).every(({ query }) => query !== last), {
      what: "the server to stop",
    });
    expect(await cluster.primary.query("select 1 from note")).toEqual([]);
  });

  test("looks are answered, with all numbers", async () => {
    expect(await order({ do: "look" })).toMatchObject({
      value: {
        role: "primary",
        rehearsed: { writable: true },
        used: expect.any(Number),
        position: expect.stringMatching(/^\d+$/),
      },
    });
  });

  test("the database's own end of a connection is found out and made good", async () => {
    await rowsOf({ do: "query", text: "select 1" });
    await cluster.primary.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'holdfast'",
    );
    for (let i = 0; i < 3; i++) {
      expect(await rowsOf({ do: "query", text: "select 1 as one" })).toEqual([{ one: 1 }]);
    }
  });

  describe("an object that dies", () => {
    test("under a COMMIT leaves it in doubt", async () => {
      for (
        const text of [
          "create or replace function nap() returns trigger language plpgsql as " +
          "'begin perform pg_sleep(1); return null; end'",
          "create constraint trigger slow_commit after insert on note initially deferred " +
          "for each row execute function nap()",
        ]
      ) await cluster.primary.query(text);
      try {
        const texts = ["insert into note values (1, 'a')"];
        const working = order({ do: "transaction", texts });
        await until(async () =>
          (await sessions()).some(({ query, state }) => {
            return state === "active" && query === "commit";
          }), { what: "the commit to be under way" });
        await order({ do: "abort" }, 1);
        expect(await working).toMatchObject({
          error: { name: "AmbiguousWriteError", executed: "unknown" },
        });
      } finally {
        await until(async () => (await sessions()).every(({ state }) => state !== "active"), {
          what: "the server to be done",
        });
        await cluster.primary.query("drop trigger slow_commit on note");
      }
    });

    test("between two statements is not noticed", async () => {
      await rowsOf({ do: "query", text: "select 1" });
      await order({ do: "abort" }, 1);
      expect(await rowsOf({ do: "query", text: "select 1 as one" })).toEqual([{ one: 1 }]);
    });

    test("under a read has it run again", async () => {
      const reading = rowsOf({ do: "query", text: "select 1 as one from pg_sleep(1)" });
      await until(async () =>
        (await sessions()).some(({ query, state }) => {
          return state === "active" && query.includes("pg_sleep(1)");
        }), { what: "the statement to run" });
      await order({ do: "abort" }, 1);
      expect(await reading).toEqual([{ one: 1 }]);
    });

    test("under a write leaves it in doubt", async () => {
      const text = "insert into note select 1, 'a' from pg_sleep(1)";
      const writing = order({ do: "query", text });
      await until(async () =>
        (await sessions()).some(({ query, state }) => {
          return state === "active" && query === text;
        }), { what: "the statement to run" });
      await order({ do: "abort" }, 1);
      expect(await writing).toMatchObject({
        error: { name: "AmbiguousWriteError", executed: "unknown", kind: "disconnected" },
      });
    });

    test("under a transaction loses it: nothing of it is kept", async () => {
      const texts = ["insert into note values (1, 'a')", "select pg_sleep(1)"];
      const working = order({ do: "transaction", texts });
      await until(async () =>
        (await sessions()).some(({ query, state }) => {
          return state === "active" && query === texts[1];
        }), { what: "the statement to run" });
      await order({ do: "abort" }, 1);
      expect(await working).toMatchObject({ error: { executed: "no" } });
      await until(async () => (await sessions()).every(({ query }) => query !== texts[1]), {
        what: "the server to notice",
      });
      expect(await cluster.primary.query("select 1 from note")).toEqual([]);
    });
  });
});
