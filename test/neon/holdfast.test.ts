/** A holdfast over two Neon endpoints, each the double of one over a server of a real cluster. */

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { neon } from "../../adapters/connectors/neon/mod.ts";
import { createHoldfast, type Holdfast } from "../../mod.ts";
import { type Cluster, startCluster, until, whyNoCluster } from "../cluster/mod.ts";
import { type Double, startDouble } from "./double.ts";
import { refused } from "./sql.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

const WHO = "select pg_is_in_recovery() as copy";

describe.skipIf(missing)(`a holdfast over neon() ${missing ?? ""}`, () => {
  let cluster: Cluster;
  let main: Double;
  let copy: Double;
  let db: Holdfast;
  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1 });
    await cluster.primary.query("create table note (id serial primary key, text text)");
    await cluster.waitCaughtUp();
    main = await startDouble(cluster.primary.port);
    copy = await startDouble(cluster.replicas[0]?.port ?? 0);
  });
  beforeEach(async () => {
    db = createHoldfast({
      endpoints: [
        { id: "main", role: "primary", connector: neon(main.options()) },
        { id: "copy", role: "replica", connector: neon(copy.options()) },
      ],
      readPreference: "secondaryPreferred",
      probe: { timeoutMs: 300, doubtAfterMs: 100 },
      alerts: false,
    });
    await db.discover();
    await cluster.primary.query("truncate note");
  });
  afterEach(async () => {
    for (const double of [main, copy]) {
      double.fault = { kind: "none" };
      double.upgrade = "none";
    }
    await db.close();
  });
  afterAll(async () => {
    await main?.close();
    await copy?.close();
    await cluster?.stop();
  });

  function circuits(): string[] {
    return db.stats().endpoints.map(({ circuit }) => circuit);
  }

  async function written(): Promise<number> {
    return (await cluster.primary.query("select 1 from note")).length;
  }

  const insert = (): Promise<unknown> => db.query("insert into note (text) values ('x')");

  test("reads go to the copy, writes to the main one", async () => {
    expect(await db.query(WHO)).toMatchObject({ servedBy: "copy", rows: [{ copy: true }] });
    await insert();
    expect(await written()).toBe(1);
    expect(db.stats().primary).toBe("main");
  });

  test.each([
    [
      "whose compute cannot be reached",
      refused(500, { message: "Couldn't connect to compute node" }),
    ],
    ["behind a gateway that fails", { status: 502, body: "" }],
    ["that is someone else", { status: 200, body: "<html>" }],
    ["that limits the rate", { status: 429, body: "", headers: { "retry-after": "1" } }],
  ])("reads fail over from an endpoint %s", async (_, answer) => {
    copy.fault = { kind: "answer", ...answer };
    expect(await db.query(WHO)).toMatchObject({ servedBy: "main", attempts: 2 });
  });

  test.each(["before", "after", "midAnswer"] as const)(
    "a write whose connection is cut %s it ran is not sent again",
    async (when) => {
      await insert();
      main.bodies.length = 0;
      main.fault = { kind: "drop", when };
      await expect(insert()).rejects.toMatchObject({ executed: "unknown" });
      expect(await written()).toBe(when === "before" ? 1 : 2);
      // Whether the endpoint lives may have been asked as well.
      expect(main.bodies.filter((body) => body.includes("insert"))).toHaveLength(1);
    },
  );

  test("a write that Neon did not take is tried again", async () => {
    main.fault = { kind: "answer", ...refused(500, { message: "Control plane request failed" }) };
    const { requests } = main;
    const writing = insert();
    await until(() => main.requests > requests, { what: "the first attempt" });
    main.fault = { kind: "none" };
    await writing;
    expect(await written()).toBe(1);
  });

  test("a transaction keeps what it wrote, with its isolation, and undoes what failed", async () => {
    const level = await db.transaction(async (tx) => {
      await tx.query("insert into note (text) values ($1)", ["kept"]);
      const { rows } = await tx.query("select current_setting('transaction_isolation') as level");
      return rows[0]?.["level"];
    }, { isolation: "serializable" });
    expect(level).toBe("serializable");
    await expect(db.transaction(async (tx) => {
      await tx.query("insert into note (text) values ('undone')");
      throw new Error("no");
    })).rejects.toThrow("no");
    expect(await written()).toBe(1);
  });

  test("a transaction that loses its line before COMMIT kept nothing", async () => {
    await expect(db.transaction(async (tx) => {
      await tx.query("insert into note (text) values ('lost')");
      main.cutSockets();
      await tx.query("select 1");
    }, { timeoutMs: 5_000 })).rejects.toMatchObject({ executed: "no" });
    expect(await written()).toBe(0);
  });

  test("a transaction that loses its line under COMMIT may have been kept", async () => {
    // A deferred trigger makes COMMIT itself take long.
    await cluster.primary.query(
      "create or replace function slow() returns trigger language plpgsql as 'begin perform pg_sleep(600); return null; end'",
    );
    await cluster.primary.query(
      "create constraint trigger slow after insert on note deferrable initially deferred for each row execute function slow()",
    );
    const work = db.transaction((tx) => tx.query("insert into note (text) values ('perhaps')"));
    const told = work.then(() => "kept", (error: unknown) => error);
    await until(async () => {
      const rows = await cluster.primary.query(
        "select 1 from pg_stat_activity where query = 'commit' and state = 'active'",
      );
      return rows.length === 1;
    }, { what: "COMMIT to run" });
    main.cutSockets();
    expect(await told).toMatchObject({ executed: "unknown" });
    await cluster.primary.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where query = 'commit'",
    );
    await cluster.primary.query("drop function slow cascade");
  });

  test("a compute that is asleep wakes up for its first caller, and no circuit opens", async () => {
    let wake = (): void => {};
    const awake = new Promise<void>((resolve) => wake = resolve);
    for (const double of [main, copy]) double.fault = { kind: "asleep", awake };
    const { requests } = main;
    const writing = insert();
    // The write, and after the doubt the question whether the endpoint lives: it waits as well.
    await until(() => main.requests >= requests + 2, { what: "the question" });
    wake();
    await writing;
    expect(circuits()).toEqual(["closed", "closed"]);
    expect(await written()).toBe(1);
  });

  test("callers that had no time to wait for it open no circuit either", async () => {
    let wake = (): void => {};
    const awake = new Promise<void>((resolve) => wake = resolve);
    main.fault = { kind: "asleep", awake };
    const calls = Array.from({ length: 10 }, () =>
      db.query(WHO, [], {
        readPreference: "primary",
        timeoutMs: 400,
      }));
    const told = await Promise.allSettled(calls);
    expect(told.map(({ status }) => status)).toEqual(calls.map(() => "rejected"));
    expect(circuits()).toEqual(["closed", "closed"]);
    wake();
    main.fault = { kind: "none" };
    const { servedBy } = await db.query(WHO, [], { readPreference: "primary" });
    expect(servedBy).toBe("main");
    expect(circuits()).toEqual(["closed", "closed"]);
  });

  test("nobody looks at them by the clock", () => {
    for (const { options } of [main, copy].map((double) => ({ options: double.options() }))) {
      expect(neon(options).scalesToZero).toBe(true);
      expect(neon({ ...options, scalesToZero: false }).scalesToZero).toBe(false);
    }
  });
});
