/** Values on their way there and back, by each way a statement can take. */

import { Buffer } from "node:buffer";
import postgresjs from "postgres";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { postgres } from "../../../../adapters/connectors/postgres/mod.ts";
import type { Answer } from "../../../../src/model/result.ts";
import type { Connection } from "../../../../src/ports.ts";
import { type Cluster, startCluster, whyNoCluster } from "../../../cluster/mod.ts";
import { WAYS } from "./ways.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

describe.skipIf(missing)(`postgres() ${missing ?? ""}`, () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0 });
  });
  afterAll(() => cluster?.stop());

  describe.each(WAYS)("%s", (_, options) => {
    let connection: Connection;
    beforeEach(async () => {
      const connector = postgres({ url: cluster.primary.url(), ...options });
      connection = await connector.connect({ timeoutMs: 10_000 });
    });
    afterEach(() => connection.close());

    function run(text: string, params: readonly unknown[] = []): Promise<Answer> {
      return connection.run(text, params, { prepare: true });
    }

    /** The first time and the second, which may go another way, must give the same. */
    async function twice(text: string, params: readonly unknown[] = []): Promise<Answer> {
      const first = await run(text, params);
      const second = await run(text, params);
      expect(second).toStrictEqual(first);
      return first;
    }

    test("run() reads every kind of value as postgres.js does", async () => {
      const text = `select 1::int2 as a, 2::int4 as b, 3::int8 as c, 1.5::float8 as d,
        1.50::numeric as e, true as f, false as g, null::int as h, 'grüße 🐘' as i, '' as j,
        '\\xdeadbeef'::bytea as k, '{"a":[1]}'::jsonb as l, '[2]'::json as m,
        '2026-11-23 10:00:00Z'::timestamptz as n, '2026-11-23'::date as o,
        'c0ffee00-0000-4000-8000-000000000000'::uuid as p`;
      const [row] = (await twice(text)).rows;
      const sql = postgresjs(cluster.primary.url(), { max: 1 });
      const [reference] = await sql.unsafe(text);
      await sql.end();
      expect(row).toEqual(Object.fromEntries(Object.entries(reference ?? {})));
    });

    test("run() writes every kind of value", async () => {
      const date = new Date("2026-11-23T10:00:00.123Z");
      const { rows } = await twice(
        `select $1::int as a, $2::int8 as b, $3::text as c, $4::bool as d, $5::timestamptz as e,
         $6::bytea as f, $7::jsonb as g, $8::text as h, $9::numeric as i, $10::float8 as j`,
        [
          7,
          8n,
          "x'\\\"🐘",
          true,
          date,
          Buffer.from([0, 255]),
          { a: [1, null] },
          null,
          "1.50",
          -0.5,
        ],
      );
      expect(rows).toEqual([{
        a: 7,
        b: "8",
        c: "x'\\\"🐘",
        d: true,
        e: date,
        f: Buffer.from([0, 255]),
        g: { a: [1, null] },
        h: null,
        i: "1.50",
        j: -0.5,
      }]);
    });

    test("run() knows arrays both ways", async () => {
      const dates = [new Date(0), new Date("2026-11-23T00:00:00Z")];
      const { rows } = await twice(
        `select $1::int[] as a, $2::text[] as b, $3::timestamptz[] as c, $4::bool[] as d,
         $5::int8[] as e, $6::uuid[] as f, '[0:1]={7,8}'::int[] as g`,
        [
          [1, null, [2, 3]].slice(0, 2),
          ["a,b", 'q"\\', "", "NULL", "{}", null],
          dates,
          [true, false],
          [1n, 2n],
          [],
        ],
      );
      expect(rows).toEqual([{
        a: [1, null],
        b: ["a,b", 'q"\\', "", "NULL", "{}", null],
        c: dates,
        d: [true, false],
        e: ["1", "2"],
        f: [],
        g: [7, 8],
      }]);
      const nested = await twice("select $1::int[] as a", [[[1, 2], [3, 4]]]);
      expect(nested.rows).toEqual([{ a: [[1, 2], [3, 4]] }]);
      expect((await twice("select 1 as one where 2 = any($1)", [[1, 2]])).rows).toHaveLength(1);
    });

    test("run() takes the same text with other types of parameters", async () => {
      const types = [];
      for (const value of [1, 2n, "3", true, null, 4, 5n, "6", new Date(0)]) {
        const { fields } = await run("select $1 as x", [value]);
        types.push(fields[0]?.type);
      }
      expect(types).toEqual([25, 20, 25, 16, 25, 25, 20, 25, 1184]);
    });
  });

  test("run() uses the caller's own types, also inside arrays", async () => {
    const bigint = { to: 20, from: [20], serialize: String, parse: (text: string) => BigInt(text) };
    const connector = postgres({ url: cluster.primary.url(), types: { bigint } });
    const connection = await connector.connect({ timeoutMs: 10_000 });
    for (let i = 0; i < 2; i++) {
      const { rows } = await connection.run("select 5::int8 as a, '{6}'::int8[] as b", [], {
        prepare: true,
      });
      expect(rows).toEqual([{ a: 5n, b: [6n] }]);
    }
    await connection.close();
  });

  test("run() rejects as answered when a parser throws, and gives the connection up", async () => {
    const bad = {
      to: 23,
      from: [23],
      serialize: String,
      parse: (text: string) => {
        if (text === "13") throw new Error("unlucky");
        return Number(text);
      },
    };
    for (const warm of [false, true]) {
      const connector = postgres({ url: cluster.primary.url(), types: { bad } });
      const connection = await connector.connect({ timeoutMs: 10_000 });
      const run = (n: number) =>
        connection.run("select n from generate_series(1, $1::int) n", [n], { prepare: true });
      if (warm) await run(3);
      await expect(run(20)).rejects.toMatchObject({
        message: "unlucky",
        origin: "client",
        phase: "answering",
        connection: "broken",
      });
      expect(connection.usable).toBe(false);
    }
  });

  test("run() names columns through postgres.js's transforms", async () => {
    const connector = postgres({ url: cluster.primary.url(), transform: postgresjs.camel });
    const connection = await connector.connect({ timeoutMs: 10_000 });
    for (let i = 0; i < 2; i++) {
      const { rows } = await connection.run("select 1 as some_name", [], { prepare: true });
      expect(rows).toEqual([{ someName: 1 }]);
    }
    await connection.close();
  });
});
