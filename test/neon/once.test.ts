/** The driver runs a statement with every `then` of its promise. Ours runs once, and ends when its caller says so. */

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { neon as driver, neonConfig } from "@neondatabase/serverless";
import { neon } from "../../adapters/connectors/neon/mod.ts";
import { createHoldfast, type Holdfast } from "../../mod.ts";
import { type Cluster, startCluster, until, whyNoCluster } from "../cluster/mod.ts";
import { type Double, startDouble } from "./double.ts";
import { LIMIT, PREPARE, untilRunning } from "./outcome.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

const INSERT = "insert into note values ('x')";

describe.skipIf(missing)(`a statement ${missing ?? ""}`, () => {
  let cluster: Cluster;
  let double: Double;
  let db: Holdfast;
  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0 });
    await cluster.primary.query("create table note (text text)");
    double = await startDouble(cluster.primary.port);
  });
  beforeEach(async () => {
    await cluster.primary.query("truncate note");
    db = createHoldfast({
      endpoints: [{ id: "main", role: "primary", connector: neon(double.options()) }],
      alerts: false,
    });
  });
  afterEach(() => db.close());
  afterAll(async () => {
    await double?.close();
    await cluster?.stop();
  });

  async function written(): Promise<number> {
    return (await cluster.primary.query("select 1 from note")).length;
  }

  /** Three times, in the ways there are. */
  async function awaited(work: PromiseLike<unknown>): Promise<void> {
    await work;
    await Promise.all([work, work]);
    await new Promise((resolve) => void work.then(resolve));
  }

  test("of the driver itself is run once for every await: that is what is kept away", async () => {
    const before = neonConfig.fetchEndpoint;
    neonConfig.fetchEndpoint = () => double.options().sqlUrl;
    try {
      await awaited(driver(double.options().url).query(INSERT));
    } finally {
      neonConfig.fetchEndpoint = before;
    }
    expect(await written()).toBe(4);
  });

  test("is run once however often it is awaited: by HTTP, in a transaction, and from the tag", async () => {
    await awaited(db.query(INSERT));
    expect(await written()).toBe(1);
    await awaited(db.sql`insert into note values (${"x"})`);
    expect(await written()).toBe(2);
    await awaited(db.transaction(async (tx) => {
      await awaited(tx.query(INSERT));
    }));
    expect(await written()).toBe(3);
  });

  test("is run once however often it is awaited: on the connector's own connection", async () => {
    const connection = await neon(double.options()).connect(LIMIT);
    await awaited(connection.run(INSERT, [], PREPARE));
    expect(await written()).toBe(1);
    await connection.run("begin", [], PREPARE);
    await awaited(connection.run(INSERT, [], PREPARE));
    await connection.run("commit", [], PREPARE);
    await connection.close();
    expect(await written()).toBe(2);
  });

  test("that nobody awaits is run as well", async () => {
    void db.query(INSERT);
    await until(async () => await written() > 0, { what: "the row" });
    expect(await written()).toBe(1);
  });

  test.each(["a request", "a transaction"])(
    "of %s is ended in the server by its deadline, and by a signal",
    async (place) => {
      const text = `select pg_sleep(600) as ended_in_${place.replace(" ", "_")}`;
      const run = (options: { timeoutMs?: number; signal?: AbortSignal }): Promise<unknown> =>
        place === "a request"
          ? db.query(text, [], options)
          : db.transaction((tx) => tx.query(text), options);
      await expect(run({ timeoutMs: 400 })).rejects.toMatchObject({ code: "DEADLINE" });
      await untilRunning(cluster, text.slice(-12), 0);
      const controller = new AbortController();
      const running = run({ signal: controller.signal }).catch((error: unknown) => error);
      await untilRunning(cluster, text.slice(-12), 1);
      controller.abort();
      expect(await running).toMatchObject({ code: "ABORTED" });
      await untilRunning(cluster, text.slice(-12), 0);
      await until(() => double.open === 0, { what: "the end of the line" });
    },
  );
});
