/** One set of answers: what `holdfast/postgres` gives of the same server, by HTTP and over a WebSocket. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { neon } from "../../adapters/connectors/neon/mod.ts";
import { postgres } from "../../adapters/connectors/postgres/mod.ts";
import type { Connection } from "../../src/ports.ts";
import { type Cluster, startCluster, whyNoCluster } from "../cluster/mod.ts";
import { type Double, startDouble } from "./double.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

const LIMIT = { timeoutMs: 5_000 };
const PREPARE = { prepare: true };

describe.skipIf(missing)(`values ${missing ?? ""}`, () => {
  let cluster: Cluster;
  let double: Double;
  let reference: Connection;
  let http: Connection;
  let line: Connection;
  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0 });
    await cluster.primary.query("create table item (id serial primary key, a int, b jsonb)");
    double = await startDouble(cluster.primary.port);
    const connector = neon(double.options());
    reference = await postgres(cluster.primary.url()).connect(LIMIT);
    http = await connector.connect(LIMIT);
    line = await connector.connect(LIMIT);
    await line.run("begin", [], PREPARE);
  });
  afterAll(async () => {
    await Promise.all([reference, http, line].map((each) => each.close()));
    await double?.close();
    await cluster?.stop();
  });

  /** What comes of it by HTTP and over a WebSocket, and what is to come. */
  async function everywhere(
    text: string,
    params: readonly unknown[] = [],
  ): Promise<{ readonly given: unknown; readonly expected: unknown }> {
    const answer = async (connection: Connection): Promise<unknown> =>
      plain(await connection.run(text, params, PREPARE));
    const expected = await answer(reference);
    return { given: [await answer(http), await answer(line)], expected: [expected, expected] };
  }

  test.each<readonly [string, readonly string[]]>([
    ["null", ["null::int", "null::text", "null::int[]"]],
    ["booleans", ["true", "false", "array[true, null, false]"]],
    ["whole numbers", ["1::int2", "-2::int4", "3::oid", "array[1, null, 2]"]],
    ["beyond 2^53", ["9007199254740993::int8", "array[9007199254740993]"]],
    ["numeric", ["1.50::numeric", "'NaN'::numeric", "array[0.1::numeric]"]],
    ["floats", ["1.5::float4", "'Infinity'::float8", "'-0'::float8"]],
    ["timestamps", [
      "'2026-11-23 10:00:00.123456+02'::timestamptz",
      "'2026-11-23 10:00'::timestamp",
      "'infinity'::timestamptz",
    ]],
    ["dates", [
      "'2026-11-23'::date",
      "array['2026-11-23'::date]",
      "'10:00'::time",
      "'1 day'::interval",
    ]],
    ["json", [
      `'{"a":[1,null,"x"]}'::jsonb`,
      "'[2]'::json",
      "'null'::jsonb",
      `array['{"a":1}'::jsonb]`,
    ]],
    ["bytes", ["'\\x00ff10'::bytea", "''::bytea", "array['\\x01'::bytea]"]],
    ["text", ["'grüße 🐘'", "''", "E'\\n\\t\"'", "array['a,b', 'NULL', null, '{}', '']"]],
    ["nested arrays", ["array[[1,2],[3,4]]", "'[0:1]={7,8}'::int[]", "'{}'::int[]"]],
    ["others", [
      "'c0ffee00-0000-4000-8000-000000000000'::uuid",
      "'10.0.0.1'::inet",
      "'(1,2)'::point",
    ]],
  ])("%s come out as from holdfast/postgres", async (_, columns) => {
    const same = await everywhere(
      `select ${columns.map((column, i) => `${column} as c${i}`).join(", ")}`,
    );
    expect(same.given).toEqual(same.expected);
  });

  test.each<readonly [string, string, unknown]>([
    ["number", "int", 7],
    ["float", "float8", -0.5],
    ["bigint", "int8", 9007199254740993n],
    ["boolean", "bool", true],
    ["text", "text", "x'\\\"🐘\n"],
    ["null", "text", null],
    ["numeric text", "numeric", "1.50"],
    ["date", "timestamptz", new Date("2026-11-23T10:00:00.123Z")],
    ["date without zone", "timestamp", new Date("2026-11-23T10:00:00.123Z")],
    ["bytes", "bytea", new Uint8Array([0, 255, 16])],
    ["object", "jsonb", { a: [1, null, "x"] }],
    ["numbers", "int[]", [1, null, 2]],
    ["texts", "text[]", ["a,b", 'q"\\', "", "NULL", "{}", null]],
    ["dates", "timestamptz[]", [new Date(0)]],
    ["nothing in an array", "int[]", []],
    ["nested", "int[]", [[1, 2], [3, 4]]],
  ])("a parameter goes in as with holdfast/postgres: %s", async (_, type, value) => {
    const same = await everywhere(`select $1::${type} as x`, [value]);
    expect(same.given).toEqual(same.expected);
  });

  test("a text for json is JSON already, an array is PostgreSQL's: the server decides after it was sent", async () => {
    const { rows } = await http.run("select $1::jsonb as x", ['{"a":1}'], PREPARE);
    expect(rows).toEqual([{ x: { a: 1 } }]);
    await expect(http.run("select $1::jsonb as x", [[1, 2]], PREPARE)).rejects.toMatchObject({
      code: "22P02",
    });
  });

  test("rows affected, commands and ids", async () => {
    for (const connection of [http, line, reference]) {
      const inserted = await connection.run(
        "insert into item (a, b) values (1, $1), (2, $1) returning id",
        [{ x: 1 }],
        PREPARE,
      );
      expect(inserted).toMatchObject({ rowsAffected: 2, command: "INSERT" });
      expect(inserted.lastInsertId).toBe(inserted.rows[1]?.["id"]);
      const changed = await connection.run("update item set a = 3 where a = 1", [], PREPARE);
      expect(changed).toMatchObject({ rows: [], fields: [], rowsAffected: 1 });
      if (connection === line) await line.run("commit", [], PREPARE);
    }
    await line.run("begin", [], PREPARE);
  });

  const MANY = Array.from({ length: 10_000 }, (_, i) => i);
  test.each<readonly [string, string, readonly unknown[]]>([
    ["no rows", "select 1 as one where false", []],
    [
      "a thousand columns",
      `select ${MANY.slice(0, 1000).map((i) => `${i} as c${i}`).join(", ")}`,
      [],
    ],
    ["many rows", "select i, repeat('x', 50) as text from generate_series(1, 20000) as i", []],
    [
      "ten thousand parameters",
      `select sum(n)::int as sum from (values ${
        MANY.map((i) => `($${i + 1}::int)`).join(", ")
      }) as t (n)`,
      MANY,
    ],
  ])("%s", async (_, text, params) => {
    const same = await everywhere(text, params);
    expect(same.given).toEqual(same.expected);
  });

  test("two columns of one name: the last one counts", async () => {
    const same = await everywhere("select 1 as x, 2 as x");
    expect(same.given).toEqual(same.expected);
  });

  test("a script runs as one, and its last statement answers", async () => {
    const connection = await neon(double.options()).connect(LIMIT);
    const script = "create temp table t (n int); insert into t values (1), (2); select n from t";
    const answer = await connection.run(script, [], { prepare: false });
    expect(answer.rows).toEqual([{ n: 1 }, { n: 2 }]);
    await connection.close();
  });

  test.each<readonly [string, string, readonly unknown[]]>([
    ["undefined", "select $1::text", [undefined]],
    ["a function", "select $1::text", [() => 1]],
    ["a symbol in an array", "select $1::text[]", [[Symbol("x")]]],
    ["a NUL in the text", "select 1\0", []],
  ])("what cannot be sent is refused on our side: %s", async (_, text, params) => {
    const sent = double.requests;
    await expect(http.run(text, params, PREPARE)).rejects.toMatchObject({
      origin: "client",
      phase: "sent",
      connection: "usable",
    });
    expect(double.requests).toBe(sent);
    expect(http.usable).toBe(true);
  });

  test("a transaction that hides from the connection is refused, not run in pieces", async () => {
    await expect(http.run("/* hidden */ begin", [], PREPARE)).rejects.toMatchObject({
      origin: "client",
      code: "NO_SESSION",
    });
  });
});

/** Without classes: a Buffer is its bytes. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return [...value];
  if (value instanceof Date) return `date ${value.getTime()}`;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
