/** A second connection does not ask again what the first was told, and is not fooled when it is no longer so. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postgres, type PostgresConnector } from "../../../../adapters/connectors/postgres/mod.ts";
import type { Failure } from "../../../../src/model/failure.ts";
import type { Answer } from "../../../../src/model/result.ts";
import { type Cluster, startCluster, whyNoCluster } from "../../../cluster/mod.ts";
import { countRoundTrips, type RoundTrips } from "../../../workerd/round-trips.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

interface Told {
  readonly answer: Answer | Failure;
  readonly trips: number;
}

describe.skipIf(missing)(`a second connection ${missing ?? ""}`, () => {
  let cluster: Cluster;
  let trips: RoundTrips;
  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0 });
    trips = await countRoundTrips(cluster.primary.port);
  });
  afterAll(async () => {
    await trips?.[Symbol.asyncDispose]();
    await cluster?.stop();
  });

  const connector = (): PostgresConnector => postgres(trips.via(cluster.primary.url()));

  /** The last of the texts, run by a connection of its own. */
  async function runBy(
    by: PostgresConnector,
    texts: readonly string[],
    params: readonly unknown[],
  ): Promise<Told> {
    const connection = await by.connect({ timeoutMs: 10_000 });
    try {
      for (const text of texts.slice(0, -1)) await connection.run(text, [], { prepare: false });
      trips.count = 0;
      const answer = await connection.run(texts.at(-1) ?? "", params, { prepare: true })
        .catch((error: unknown) => error as Failure);
      const told = { answer, trips: trips.count };
      expect((await connection.run("select $1::int as one", [1], { prepare: true })).rows)
        .toEqual([{ one: 1 }]);
      return told;
    } finally {
      await connection.close();
    }
  }

  const asked = (text: string, by: PostgresConnector, ...params: unknown[]): Promise<Told> =>
    runBy(by, [text], params);

  test.each<[string, string, unknown[]]>([
    ["numbers", "select $1::int + 1 as i, $2::float8 as f, $3::numeric as n, 'x' as x", [
      1,
      2.5,
      3,
    ]],
    ["a bigint", "select $1::int8 as i", [2n ** 60n]],
    ["texts", "select $1::text as t, $2::varchar as v", ["ünï", ""]],
    ["a uuid", "select $1::uuid as u", ["0190a0a0-0000-7000-8000-000000000000"]],
    ["a boolean, bytes, null", "select $1::bool as b, $2::bytea as y, $3::int as n", [
      false,
      new Uint8Array([0, 255]),
      null,
    ]],
    ["an instant", "select $1::timestamptz as t", [new Date(0)]],
    ["no rows", "select 1 as one where $1 > 1", [1]],
    ["no columns", "do_nothing", [1]],
  ])("asks once and gets the same: %s", async (_, text, params) => {
    if (text === "do_nothing") {
      await cluster.primary.query("create table if not exists gone (n int)");
      text = "delete from gone where n = $1";
    }
    const by = connector();
    const first = await asked(text, by, ...params);
    const second = await asked(text, by, ...params);
    expect(second.answer).toStrictEqual(first.answer);
    expect([first.trips, second.trips]).toEqual([2, 1]);
  });

  test.each<[string, unknown]>([
    ["json", { a: 1 }],
    ["json", "5"],
    ["date", "2026-01-01"],
    ["int[]", [1, 2]],
    ["int", "5"],
  ])(
    "asks each time where a changed type could make another value of it: %s %j",
    async (type, value) => {
      const by = connector();
      const text = `select $1::${type} as v`;
      expect([(await asked(text, by, value)).trips, (await asked(text, by, value)).trips])
        .toEqual([2, 2]);
    },
  );

  test("asks within a transaction, which an outdated description would undo", async () => {
    const by = connector();
    const text = "select $1::int as n";
    await asked(text, by, 1);
    expect((await runBy(by, ["begin", text], [1])).trips).toBe(2);
  });

  test.each([
    ["before it runs", "select 1 / $1::int as n", 0, "22012", 3],
    ["while it runs", "select 1 / n as n from generate_series($1::int, 1) as n", 0, "22012", 1],
    ["as it is read", "select $1::uuid as u", "no uuid", "22P02", 3],
  ])("is told what is wrong with a value %s", async (_, text, value, code, least) => {
    const by = connector();
    const fitting = typeof value === "string" ? "0190a0a0-0000-7000-8000-000000000000" : 1;
    await asked(text, by, fitting);
    const { answer, trips: count } = await asked(text, by, value);
    expect(answer).toMatchObject({ code, connection: "usable", origin: "server" });
    expect(count).toBe(least);
  });

  test("is not asked twice for what failed while it ran", async () => {
    await cluster.primary.query("create table once (n int unique)");
    await cluster.primary.query("create sequence tries");
    const by = connector();
    const text = "insert into once values ((select $1::int from nextval('tries')))";
    await asked(text, by, 1);
    expect((await asked(text, by, 1)).answer).toMatchObject({ code: "23505" });
    const [row] = await cluster.primary.query("select last_value::int as n from tries");
    expect(row).toEqual({ n: 2 });
  });

  // What a connector that knows nothing does is what has to come of it.
  test.each<[string, string, string, unknown]>([
    ["text", "jsonb using to_jsonb(v)", "text to json", "5"],
    ["text", "timestamptz using now()", "text to an instant", "2026-01-01T00:00:00+02:00"],
    [
      "text",
      "uuid using gen_random_uuid()",
      "text to uuid",
      "0190A0A0-0000-7000-8000-000000000000",
    ],
    ["text", "int using 1", "text to a number", "7"],
    ["uuid", "text", "uuid to text", "0190A0A0-0000-7000-8000-000000000000"],
    ["uuid", "jsonb using to_jsonb(v)", "uuid to json", "0190A0A0-0000-7000-8000-000000000000"],
    ["int", "bigint", "a number to a greater one", 2 ** 40],
    ["int", "text", "a number to text", 7],
    ["int", "jsonb using to_jsonb(v)", "a number to json", 7],
    ["int", "float8", "a number to one with a fraction", 7.5],
    ["boolean", "text", "a boolean to text", true],
    ["timestamptz", "timestamp", "an instant to local time", new Date(0)],
    ["bytea", "text using encode(v, 'hex')", "bytes to text", new Uint8Array([1])],
  ])("stores the same after %s became %s (%s)", async (from, to, _name, value) => {
    const stored: unknown[] = [];
    for (const knows of [true, false]) {
      await cluster.primary.query("drop table if exists changed");
      await cluster.primary.query(`create table changed (v ${from})`);
      const insert = "insert into changed values ($1)";
      const fitting = typeof value === "number" ? 1 : value;
      const by = connector();
      if (knows) await asked(insert, by, fitting);
      await cluster.primary.query(`alter table changed alter v type ${to}`);
      await cluster.primary.query("delete from changed");
      const { answer } = await asked(insert, by, value);
      const failed = answer instanceof Error ? (answer as Failure).code : undefined;
      stored.push([failed, await cluster.primary.query("select v::text as v from changed")]);
    }
    expect(stored[0]).toEqual(stored[1]);
  });

  test("reads the columns as they are now", async () => {
    await cluster.primary.query("create table wide (id int, v text)");
    await cluster.primary.query("insert into wide values (1, '7')");
    const by = connector();
    const text = "select * from wide where id = $1";
    expect((await asked(text, by, 1)).answer).toMatchObject({ rows: [{ id: 1, v: "7" }] });
    await cluster.primary.query(
      "alter table wide alter v type int using v::int, add w bool default true",
    );
    const { answer, trips: count } = await asked(text, by, 1);
    expect(answer).toMatchObject({
      rows: [{ id: 1, v: 7, w: true }],
      fields: [{ name: "id", type: 23 }, { name: "v", type: 23 }, { name: "w", type: 16 }],
    });
    expect(count).toBe(1);
  });

  test("says what the server says when the table is gone", async () => {
    await cluster.primary.query("create table short (id int)");
    const by = connector();
    const text = "select * from short where id = $1";
    await asked(text, by, 1);
    await cluster.primary.query("drop table short");
    expect((await asked(text, by, 1)).answer).toMatchObject({ code: "42P01" });
  });
});
