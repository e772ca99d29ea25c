import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Cluster, startCluster, until, whyNoCluster } from "../cluster/mod.ts";
import { type Double, startDouble } from "../hyperdrive/double.ts";
import { type Place, startPlace } from "./place.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

interface Answer {
  readonly rows: readonly Record<string, unknown>[];
  readonly servedBy?: string;
}

interface Told {
  readonly value?: readonly Answer[];
  readonly error?: { readonly code: string; readonly message: string; readonly executed: string };
}

const COUNT = "select count(*)::int as n from note";
const ADD = "insert into note (text) values ('x')";

describe.skipIf(missing)(`Hyperdrive bindings in workerd ${missing ?? ""}`, () => {
  let cluster: Cluster;
  let main: Double;
  let copy: Double;
  let place: Place;
  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1 });
    await cluster.primary.query("create table note (id serial primary key, text text)");
    await cluster.primary.query(
      "create function add_note() returns int language sql as $$ insert into note (text) values ('f') returning 1 $$",
    );
    await cluster.waitCaughtUp();
  });
  beforeEach(async () => {
    await cluster.primary.query("truncate note");
    await cluster.waitCaughtUp();
    main = await startDouble(cluster.primary.port);
    copy = await startDouble(cluster.replicas[0]?.port ?? 0);
    await Promise.all([main.warm(2), copy.warm(2)]);
    place = await startPlace({
      entry: new URL("hyperdrive-worker.ts", import.meta.url),
      hyperdrives: { MAIN: main.connectionString, COPY: copy.connectionString },
    });
  });
  afterEach(async () => {
    const logs = place.takeLogs();
    await place.dispose();
    await main.close();
    await copy.close();
    // Nothing of one request is touched by another: workerd would say so.
    if (logs.length > 0) throw new Error(`workerd said: ${logs.join("; ")}`);
  });
  afterAll(() => cluster?.stop());

  async function ask(texts: string | readonly string[], how: object = {}): Promise<Told> {
    const body = JSON.stringify({ texts: [texts].flat(), ...how });
    return await (await place.fetch("/", { method: "POST", body })).json() as Told;
  }

  async function rowsOf(texts: string | readonly string[], how: object = {}): Promise<unknown> {
    const { value, error } = await ask(texts, how);
    if (error !== undefined) throw new Error(JSON.stringify(error));
    return value?.at(-1)?.rows;
  }

  const KNOWN = [["main", "primary"], ["copy", "replica"]];

  async function roles(): Promise<unknown> {
    return (await (await place.fetch("/")).json() as Told).value;
  }

  /** Who is who is known. */
  async function settled(): Promise<void> {
    await until(async () => {
      await ask("select 1 as one", { options: { readPreference: "primary" } });
      await ask("select 1 as one");
      return JSON.stringify(await roles()) === JSON.stringify(KNOWN);
    }, { what: "the roles to be known" });
    for (const double of [main, copy]) double.cache.clear();
  }

  test("who is who is found out, whatever role the login claims", async () => {
    await settled();
    expect(await rowsOf(ADD)).toEqual([]);
  });

  test("a read that may be old comes from the cache, and nothing else does", async () => {
    await settled();
    expect(await rowsOf(COUNT)).toEqual([{ n: 0 }]);
    await cluster.primary.query(ADD);
    await cluster.waitCaughtUp();
    expect(await rowsOf(COUNT)).toEqual([{ n: 0 }]);
    expect(copy.cache.hits).toBe(1);
    for (const readPreference of ["primary", { mode: "nearest", maxLagMs: 60_000 }]) {
      for (let i = 0; i < 2; i++) {
        expect(await rowsOf(COUNT, { options: { readPreference } })).toEqual([{ n: 1 }]);
      }
    }
    expect([main.cache.hits, copy.cache.hits]).toEqual([0, 1]);
  });

  test("a cached read with parameters is found under them", async () => {
    await settled();
    const text = "select $1::int + count(*)::int as n from note";
    // The first asks for the types apart; to the double that is another question.
    for (const params of [[3], [1], [2], [1]]) {
      expect(await rowsOf(text, { params })).toEqual([{ n: params[0] }]);
    }
    expect(copy.cache.hits).toBe(1);
  });

  test("a session reads what it wrote, although the cache knows better", async () => {
    for (const double of [main, copy]) double.leadTo(cluster.primary.port);
    // Both caches know the table as it was.
    await ask(COUNT, { options: { readPreference: "nearest" } });
    expect(await rowsOf([COUNT, ADD, COUNT])).toEqual([{ n: 1 }]);
  });

  test("a function that writes is called each time, although its text is a read's", async () => {
    for (let i = 0; i < 3; i++) {
      await ask("select add_note() as n", { options: { intent: "write" } });
    }
    await ask("select add_note() as n");
    await ask("select add_note() as n");
    expect(await cluster.primary.query("select 1 from note")).toHaveLength(5);
  });

  test("a transaction keeps its session, sees what it wrote, and commits", async () => {
    const texts = [
      COUNT,
      ADD,
      COUNT,
      "select pg_backend_pid() as pid",
      "select pg_backend_pid() as pid",
    ];
    await ask(COUNT, { options: { readPreference: "primary" } });
    const { value = [] } = await ask(texts, { transaction: true });
    expect(value[2]?.rows).toEqual([{ n: 1 }]);
    expect(value[3]?.rows).toEqual(value[4]?.rows);
    expect(await cluster.primary.query("select 1 from note")).toHaveLength(1);
  });

  test("a look is not fooled: what was promoted behind a binding takes the writes", async () => {
    await settled();
    // The two change places, as DNS or a load balancer would have it.
    main.leadTo(cluster.replicas[0]?.port ?? 0);
    copy.leadTo(cluster.primary.port);
    await until(async () => {
      const { value } = await ask(ADD);
      return value?.[0]?.servedBy === "copy";
    }, { what: "writes to go by COPY" });
    await until(async () => {
      await ask(COUNT);
      return JSON.stringify(await roles()) === '[["main","replica"],["copy","primary"]]';
    }, { what: "the roles to be known" });
    expect((await ask(COUNT)).value?.[0]?.servedBy).toBe("main");
  });

  test("reads go elsewhere when a Hyperdrive reaches no database; a write certainly did not run", async () => {
    await settled();
    copy.fault = {
      kind: "answer",
      when: "before",
      message: "Server connection attempt failed: connection_refused",
    };
    expect((await ask(COUNT)).value).toEqual([{ rows: [{ n: 0 }], servedBy: "main" }]);
    main.fault = { ...copy.fault, message: "Failed to acquire a connection from the pool." };
    expect((await ask(ADD)).error?.executed).toBe("no");
  });

  test.each(
    [
      ["Hyperdrive's internal error", {
        kind: "answer",
        when: "after",
        message: "Internal error.",
      }],
      ["a line that is cut", { kind: "drop", when: "after" }],
    ] as const,
  )("after %s a write may have run, and is not sent again", async (_, fault) => {
    await settled();
    main.fault = fault;
    expect((await ask(ADD)).error).toMatchObject({
      name: "AmbiguousWriteError",
      executed: "unknown",
    });
    expect(await cluster.primary.query("select 1 from note")).toHaveLength(1);
  });

  test("what is destroyed asks nobody to cancel: the key is not the server's", async () => {
    const slow = "select pg_sleep(600)";
    const told = await ask(slow, { options: { timeoutMs: 300 } });
    expect(told.error).toMatchObject({ name: "DeadlineError" });
    expect([main.cancels, copy.cancels]).toEqual([0, 0]);
  });
});
