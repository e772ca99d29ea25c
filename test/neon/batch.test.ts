/** Batches over Neon's HTTP: one request, one transaction. And the token that stands for a password. */

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { neon } from "../../adapters/connectors/neon/mod.ts";
import { AmbiguousWriteError, createHoldfast, type Holdfast, QueryError } from "../../mod.ts";
import { type Cluster, startCluster, whyNoCluster } from "../cluster/mod.ts";
import { type Double, startDouble } from "./double.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

const INSERT = "insert into note (text) values (?)";

describe.skipIf(missing)(`batch() over neon() ${missing ?? ""}`, () => {
  let cluster: Cluster;
  let double: Double;
  let db: Holdfast;
  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0 });
    await cluster.primary.query(
      "create table note (id serial primary key, text text not null unique deferrable initially deferred)",
    );
    double = await startDouble(cluster.primary.port);
  });
  beforeEach(async () => {
    db = createHoldfast({
      endpoints: [{ id: "main", role: "primary", connector: neon(double.options()) }],
      alerts: false,
    });
    await db.discover();
    await cluster.primary.query("truncate note");
    double.requests = 0;
    double.bodies.length = 0;
  });
  afterEach(async () => {
    double.fault = { kind: "none" };
    await db.close();
  });
  afterAll(async () => {
    await double?.close();
    await cluster?.stop();
  });

  async function notes(): Promise<unknown[]> {
    return (await cluster.primary.query("select text from note order by id")).map(({ text }) =>
      text
    );
  }

  test("is one request, and no WebSocket", async () => {
    const before = double.sockets;
    const results = await db.batch([
      { text: INSERT, params: ["a"] },
      { text: `${INSERT} returning id, text`, params: ["b"] },
      "select count(*) as n from note",
      "select txid_current_if_assigned() is not null as inside",
    ]);
    expect([double.requests, double.sockets - before]).toEqual([1, 0]);
    expect(results).toMatchObject([
      { kind: "command", rowsAffected: 1, servedBy: "main", attempts: 1 },
      { kind: "rows", rows: [{ text: "b" }], rowsAffected: 1 },
      { kind: "rows", rows: [{ n: "2" }] },
      { rows: [{ inside: true }] },
    ]);
    expect(await notes()).toEqual(["a", "b"]);
  });

  test.each(
    [
      [{ isolation: "repeatable read" }, "repeatable read", "off", "off"],
      [{ isolation: "serializable" }, "serializable", "off", "off"],
      [{ readOnly: true }, "read committed", "on", "off"],
      [
        { isolation: "serializable", readOnly: true, deferrable: true },
        "serializable",
        "on",
        "on",
      ],
    ] as const,
  )("begins as %j asks for", async (options, isolation, readOnly, deferrable) => {
    const [result] = await db.batch([
      `select current_setting('transaction_isolation') as isolation,
         current_setting('transaction_read_only') as "readOnly",
         current_setting('transaction_deferrable') as deferrable`,
    ], options);
    expect(result?.rows).toEqual([{ isolation, readOnly, deferrable }]);
  });

  test("keeps nothing of it when a statement fails", async () => {
    const failed = db.batch([{ text: INSERT, params: ["a"] }, "select 1 / 0"]);
    await expect(failed).rejects.toMatchObject({
      name: "QueryError",
      executed: "no",
      sqlState: "22012",
    });
    expect(await notes()).toEqual([]);
  });

  test("keeps nothing of it when the commit is refused", async () => {
    const twice = { text: INSERT, params: ["same"] };
    const error = await db.batch([twice, twice]).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(QueryError);
    expect(error).toMatchObject({ executed: "no", sqlState: "23505" });
    expect(await notes()).toEqual([]);
  });

  test("a read-only one writes nothing", async () => {
    const failed = db.batch([{ text: INSERT, params: ["a"] }], { readOnly: true });
    await expect(failed).rejects.toMatchObject({ executed: "no" });
    expect(await notes()).toEqual([]);
  });

  test("whose answer is lost may be there, and is not sent again", async () => {
    double.fault = { kind: "drop", when: "after" };
    const error = await db.batch([{ text: INSERT, params: ["a"] }]).catch((thrown: unknown) =>
      thrown
    );
    expect(error).toBeInstanceOf(AmbiguousWriteError);
    expect(await notes()).toEqual(["a"]);
    expect(double.bodies.filter((body) => body.includes("insert"))).toHaveLength(1);
  });

  test("whose answer is lost is read again if it is read-only", async () => {
    double.fault = { kind: "drop", when: "after" };
    const reading = db.batch(["select 1 as one"], { readOnly: true });
    while (double.requests === 0) await new Promise((resolve) => setImmediate(resolve));
    double.fault = { kind: "none" };
    expect((await reading)[0]?.rows).toEqual([{ one: 1 }]);
  });

  test("an answer that has not a result for each is nobody's", async () => {
    double.fault = { kind: "answer", status: 200, body: '{"results":[]}' };
    const error = await db.batch([{ text: INSERT, params: ["a"] }]).catch((thrown: unknown) =>
      thrown
    );
    expect(error).toBeInstanceOf(AmbiguousWriteError);
  });

  test("hides its parameters in errors", async () => {
    const failed = db.batch([{ text: "select ?::int", params: ["swordfish"] }]);
    const error = await failed.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(QueryError);
    expect(JSON.stringify([String(error), error])).not.toContain("swordfish");
  });
});

describe("authToken", () => {
  /** What a request would have carried. */
  async function asked(
    authToken: string | (() => string | Promise<string>),
    batch = false,
  ): Promise<{
    readonly url: string;
    readonly authorization: string | null;
    readonly error: unknown;
  }> {
    let seen: { url: string; authorization: string | null } = { url: "", authorization: null };
    const connector = neon({
      url: "postgres://app@ep-main.eu-central-1.aws.neon.tech/shop",
      authToken,
      fetch: (url, init) => {
        seen = { url, authorization: new Headers(init.headers).get("authorization") };
        return Promise.resolve(Response.json(
          batch
            ? { results: [{ fields: [], rows: [], command: "SELECT" }] }
            : { fields: [], rows: [], command: "SELECT" },
        ));
      },
    });
    expect(connector.problems).toEqual([]);
    const connection = await connector.connect({ timeoutMs: 5_000 });
    const terms = { readOnly: false, isolation: undefined, deferrable: false };
    const running: Promise<unknown> = batch
      ? connection.runBatch?.([{ text: "select 1", params: [] }], terms) ?? Promise.resolve()
      : connection.run("select 1", [], { prepare: true });
    const error = await running.then(() => undefined, (thrown: unknown) => thrown);
    return { ...seen, error };
  }

  test.each([false, true])("goes along as a bearer token (batch: %s)", async (batch) => {
    const wanted = {
      url: "https://apiauth.eu-central-1.aws.neon.tech/sql",
      authorization: "Bearer a.b.c",
      error: undefined,
    };
    expect(await asked("a.b.c", batch)).toEqual(wanted);
    expect(await asked(() => Promise.resolve("a.b.c"), batch)).toEqual(wanted);
  });

  test("that is none is refused unsent, and not told", async () => {
    for (const token of ["", "a b", "swordfish\n"]) {
      const { url, error } = await asked(token);
      expect([url, error]).toMatchObject(["", { code: "AUTH_TOKEN", phase: "connecting" }]);
      expect(String(error)).not.toContain("swordfish");
    }
  });
});
