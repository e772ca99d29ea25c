/** Computes that are asleep: they are cold, not down. */

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { neon } from "../../adapters/connectors/neon/mod.ts";
import { createHoldfast, type Holdfast, type HoldfastOptions } from "../../mod.ts";
import { type Cluster, startCluster, until, whyNoCluster } from "../cluster/mod.ts";
import { type Double, startDouble } from "./double.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

/** Well below what a compute takes to wake up. */
const NO_TIME_MS = 300;
/** And so many looks in that time that would open a circuit, if each of them had no more than this. */
const LOOK_MS = 30;

describe.skipIf(missing)(`computes that are asleep ${missing ?? ""}`, () => {
  let cluster: Cluster;
  let main: Double;
  let copy: Double;
  let wake: () => void;
  const open: Holdfast[] = [];
  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1 });
    await cluster.primary.query("create table note (text text)");
    await cluster.waitCaughtUp();
    main = await startDouble(cluster.primary.port);
    copy = await startDouble(cluster.replicas[0]?.port ?? 0);
  });
  beforeEach(async () => {
    await cluster.primary.query("truncate note");
  });
  afterEach(async () => {
    wake();
    for (const double of [main, copy]) {
      double.fault = { kind: "none" };
      double.upgrade = "none";
    }
    await Promise.all(open.splice(0).map((db) => db.close()));
  });
  afterAll(async () => {
    await main?.close();
    await copy?.close();
    await cluster?.stop();
  });

  /** Every request and every WebSocket waits until `wake()`. */
  function fallAsleep(): void {
    const awake = new Promise<void>((resolve) => wake = resolve);
    for (const double of [main, copy]) {
      double.fault = { kind: "asleep", awake };
      double.upgrade = { awake };
    }
  }

  function holdfast(options: Partial<HoldfastOptions> = {}): Holdfast {
    const db = createHoldfast({
      endpoints: [
        { id: "main", connector: neon(main.options()) },
        { id: "copy", connector: neon(copy.options()) },
      ],
      probe: { timeoutMs: LOOK_MS, doubtAfterMs: LOOK_MS },
      alerts: false,
      ...options,
    });
    open.push(db);
    return db;
  }

  function beliefs(db: Holdfast): string[] {
    return db.stats().endpoints.map(({ circuit, health }) => `${circuit} ${health}`);
  }

  const WELL = ["closed alive", "closed alive"];

  const note = (db: Holdfast, timeoutMs: number): Promise<unknown> =>
    db.transaction((tx) => tx.query("insert into note values ('x')"), { timeoutMs });

  test("who is who is waited for at the very first contact", async () => {
    fallAsleep();
    const db = holdfast();
    const { requests } = main;
    const found = db.discover();
    // The looks themselves wait: longer than a probe of what is awake would.
    await until(() => main.requests > requests && copy.requests > 0, { what: "the questions" });
    await expect(db.query("select 1", [], { timeoutMs: NO_TIME_MS })).rejects.toMatchObject({
      code: "DEADLINE",
    });
    wake();
    await found;
    expect(db.stats().primary).toBe("main");
    expect(beliefs(db)).toEqual(WELL);
  });

  test("a transaction wakes one up through its WebSocket, and no circuit opens", async () => {
    const db = holdfast();
    await db.discover();
    fallAsleep();
    const { sockets, requests } = main;
    const writing = note(db, 20_000);
    // The line, and after the doubt the question whether the endpoint lives.
    await until(() => main.sockets > sockets && main.requests > requests, { what: "the question" });
    wake();
    await writing;
    expect(await cluster.primary.query("select * from note")).toHaveLength(1);
    expect(beliefs(db)).toEqual(WELL);
  });

  test("transactions that had no time to wait open no circuit, and call nobody down", async () => {
    const db = holdfast();
    await db.discover();
    fallAsleep();
    const told = await Promise.allSettled(
      Array.from({ length: 10 }, () => note(db, NO_TIME_MS)),
    );
    expect(told).toMatchObject(told.map(() => ({ reason: { code: "DEADLINE", executed: "no" } })));
    expect(beliefs(db)).toEqual(WELL);
    wake();
    await note(db, 20_000);
    expect(await cluster.primary.query("select * from note")).toHaveLength(1);
    expect(beliefs(db)).toEqual(WELL);
  });

  test("looks by the clock reach what is awake anyway, and leave asleep what may sleep", async () => {
    const db = holdfast({
      endpoints: [
        {
          id: "main",
          role: "primary",
          connector: neon({ ...main.options(), scalesToZero: false }),
        },
        { id: "copy", role: "replica", connector: neon(copy.options()) },
      ],
      probe: { intervalMs: 50 },
      readPreference: "secondaryPreferred",
    });
    await db.discover();
    const { servedBy } = await db.query("select 1");
    expect(servedBy).toBe("copy");
    const [awake, asleep] = [main.requests, copy.requests];
    await until(() => main.requests >= awake + 20, { what: "looks at what is awake" });
    expect(copy.requests).toBe(asleep);
    expect(beliefs(db)).toEqual(WELL);
  });

  test("a transaction that is over leaves no line that would keep one awake", async () => {
    const db = holdfast();
    await note(db, 20_000);
    await until(() => main.open === 0, { what: "the end of the line" });
    expect(main.sockets).toBeGreaterThan(0);
  });
});
