/**
 * The whole path over a PlanetScale branch: a primary and its replicas.
 */

import { afterEach, describe, expect, test } from "vitest";
import { planetscale } from "../../adapters/connectors/planetscale/mod.ts";
import { createHoldfast, type Holdfast } from "../../src/holdfast.ts";
import type { HoldfastOptions } from "../../src/options/types.ts";
import { until } from "../cluster/wait.ts";
import { READER } from "./double.ts";
import { apiError, cloudflarePage } from "./faults.ts";
import { planetscaleGround, RUN } from "./ground.ts";
import { whyNoMariadb } from "./mariadb.ts";

const missing = whyNoMariadb();
if (missing) console.error(missing);

describe.skipIf(missing)(`a primary and its replicas ${missing ?? ""}`, () => {
  const ground = planetscaleGround([
    "create table t (id bigint auto_increment primary key, s varchar(100))",
    "insert into t (s) values ('here')",
  ]);
  const open: Holdfast[] = [];
  afterEach(async () => {
    ground.double.heal();
    ground.double.onArrival = undefined;
    await Promise.all(open.splice(0).map((db) => db.close()));
  });

  function holdfast(options: Partial<HoldfastOptions> = {}): Holdfast {
    const url = ground.double.url();
    const db = createHoldfast({
      endpoints: [
        { id: "primary", role: "primary", connector: planetscale(url) },
        { id: "replica", role: "replica", connector: planetscale({ url, target: "replica" }) },
      ],
      readPreference: "secondaryPreferred",
      probe: { intervalMs: 3_600_000 },
      alerts: false,
      ...options,
    });
    open.push(db);
    return db;
  }

  function sent(pattern: RegExp): number {
    return ground.double.log.filter((text) => pattern.test(text)).length;
  }

  test("reads run on the replica, writes on the primary, each with its id", async () => {
    const db = holdfast();
    // The server's own word, not only the endpoint's name.
    const text = "select s, @@server_id = 2 as replica from t where id = ?";
    const read = await db.query(text, [1]);
    expect(read).toMatchObject({
      kind: "rows",
      rows: [{ s: "here", replica: 1 }],
      servedBy: "replica",
    });
    expect((await db.query(text, [1], { readPreference: "primary" })).rows).toEqual([
      { s: "here", replica: 0 },
    ]);
    const write = await db.execute("insert into t (s) values (?)", ["it's"]);
    expect(write).toMatchObject({
      kind: "command",
      rowsAffected: 1,
      lastInsertId: "2",
      servedBy: "primary",
    });
    await ground.pair.waitCaughtUp();
    const { rows } = await db.sql<{ s: string }>`select s from t where s = ${"it's"}`;
    expect(rows).toEqual([{ s: "it's" }]);
  });

  test("reads one after the other set their session up once", async () => {
    const db = holdfast();
    const before = sent(/^use @replica/);
    for (let i = 0; i < 20; i++) await db.query("select s from t where id = 1");
    // And once for the look that runs beside the first of them.
    expect(sent(/^use @replica/) - before).toBeLessThanOrEqual(2);
    expect(ground.double.log.filter((text) => text.startsWith("use")).length).toBeGreaterThan(0);
  });

  test("who is who is found out where nobody says", async () => {
    const db = holdfast({
      endpoints: [
        { id: "a", connector: planetscale(ground.double.url(READER)) },
        { id: "b", connector: planetscale(ground.double.url()) },
      ],
    });
    await db.discover();
    expect(db.stats().primary).toBe("b");
    expect((await db.execute("insert into t (s) values ('found')")).servedBy).toBe("b");
  });

  test("a write that lands on a read-only server is taken to the primary", async () => {
    const db = holdfast({
      endpoints: [
        { id: "old", role: "primary", connector: planetscale(ground.double.url(READER)) },
        { id: "new", role: "replica", connector: planetscale(ground.double.url()) },
      ],
    });
    const { servedBy } = await db.execute("insert into t (s) values ('rerouted')");
    expect(servedBy).toBe("new");
    expect(db.stats().primary).toBe("new");
  });

  test.each([
    ["a deadlock", apiError("UNKNOWN", "Deadlock found (errno 1213) (sqlstate 40001)")],
    [
      "a reparent",
      apiError(
        "CLUSTER_EVENT",
        "primary is not serving, there is a reparent operation in progress",
      ),
    ],
    ["Cloudflare without its origin", cloudflarePage(521)],
    ["a full pool", apiError("RESOURCE_EXHAUSTED", "pool connection limit exceeded")],
  ])("a write that certainly did not run, for %s, runs again", async (name, fault) => {
    ground.double.fault({ ...fault, on: /insert/, times: 1 });
    const { attempts } = await holdfast().execute("insert into t (s) values (?)", [name]);
    expect(attempts).toBe(2);
    expect(await ground.pair.primary.query(`select count(*) as n from app.t where s = '${name}'`))
      .toEqual([{ n: 1 }]);
  });

  test.each(
    [
      ["the answer dropped", { kind: "drop", afterBytes: 0 }],
      ["the answer cut in two", { kind: "drop", afterBytes: 30 }],
      ["HTTP 504", { kind: "answer", status: 504, body: "" }],
      ["HTTP 522", cloudflarePage(522)],
      ["UNAVAILABLE", apiError("UNAVAILABLE", "vttablet: Connection Closed")],
      ["garbage", { kind: "answer", status: 200, body: "<html>" }],
    ] as const,
  )(
    "a write that may have run, %s, is sent once; marked idempotent, again",
    async (name, fault) => {
      const db = holdfast();
      const text = `insert into t (s) values ('lost ${name}')`;
      ground.double.fault({ ...fault, on: /insert/, times: 1 });
      const before = sent(/insert/);
      await expect(db.execute(text)).rejects.toMatchObject({
        code: "AMBIGUOUS_WRITE",
        executed: "unknown",
      });
      expect(sent(/insert/) - before).toBe(1);
      ground.double.fault({ ...fault, on: /insert/, times: 1 });
      expect((await db.execute(text, [], { idempotent: true })).attempts).toBe(2);
    },
  );

  test("a read that fails on the replica runs on the primary", async () => {
    ground.double.fault({ kind: "reset", on: /^use @replica/ });
    expect((await holdfast().query("select s from t where id = 1")).servedBy).toBe("primary");
  });

  test("a deadline ends the request, and a signal does", async () => {
    const db = holdfast();
    const before = ground.double.abandoned;
    ground.double.fault({ kind: "black hole", on: /sleepless/ });
    await expect(db.query("select 'sleepless'", [], { timeoutMs: 200 })).rejects.toMatchObject({
      code: "DEADLINE",
    });
    const controller = new AbortController();
    ground.double.onArrival = (text) => {
      if (text.includes("sleepless")) controller.abort();
    };
    await expect(db.query("select 'sleepless'", [], { signal: controller.signal }))
      .rejects.toMatchObject({ code: "ABORTED" });
    // Nothing goes on for nobody.
    await until(() => ground.double.abandoned === before + 2, { what: "both requests' end" });
  });

  test("a look finds the replica's lag, and never fails for what is not told", async () => {
    const connector = planetscale(ground.double.url(READER));
    const connection = await connector.connect({ timeoutMs: 5_000 });
    // The user of the tests may not see it.
    expect(await connection.measure?.()).toEqual({});
    await ground.pair.primary.query("grant replica monitor on *.* to app");
    await ground.pair.waitCaughtUp();
    ground.double.dropIdle();
    const other = await connector.renew().connect({ timeoutMs: 5_000 });
    expect(await other.measure?.()).toEqual({ lagMs: 0 });
    expect(await other.rehearse?.()).toEqual({ writable: false });

    ground.double.fault({
      ...apiError("UNKNOWN", "unknown system variable (errno 1193) (sqlstate HY000)"),
      on: /read_only/,
    });
    // It has told before.
    expect(await other.inspect()).toEqual({ role: "replica" });
    const silent = planetscale(ground.double.url());
    const primary = await silent.connect({ timeoutMs: 5_000 });
    expect(await primary.inspect()).toEqual({ role: "primary" });
    expect(await primary.rehearse?.()).toEqual({ writable: true });
    const before = sent(/read_only/);
    await (await silent.connect({ timeoutMs: 5_000 })).inspect();
    expect(sent(/read_only/)).toBe(before);
  });

  test("a large result comes whole", async () => {
    const values = Array.from({ length: 20_000 }, (_, at) => `(${at}, 'row ${at}')`).join(",");
    const { rows } = await holdfast().query(`select * from (values ${values}) as v`);
    expect(rows).toHaveLength(20_000);
  });

  test("a look every interval keeps circuits closed, and statistics whole", async () => {
    const db = holdfast({ probe: { intervalMs: 100 } });
    await db.query("select 1");
    const before = sent(/read_only/);
    await until(() => sent(/read_only/) - before > 6, { what: "looks" });
    expect(db.stats().endpoints.map(({ circuit }) => circuit)).toEqual(["closed", "closed"]);
  });

  test("two statements at once on one connection are refused, not mixed", async () => {
    const connection = await ground.connect();
    const first = connection.run("select 1 as one", [], RUN);
    await expect(connection.run("select 2", [], RUN)).rejects.toMatchObject({ code: "BUSY" });
    expect((await first).rows).toEqual([{ one: 1 }]);
  });
});
