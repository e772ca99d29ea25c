/**
 * What was given as a parameter is what the server has, and nothing else was run: on a real server, under every
 * `sql_mode` and character set that is known to break escaping.
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Connection } from "../../src/ports.ts";
import { planetscaleGround, RUN } from "./ground.ts";
import { whyNoMariadb } from "./mariadb.ts";

const missing = whyNoMariadb();
if (missing) console.error(missing);

const NASTY = [
  "'",
  "''",
  "\\",
  "\\'",
  "\\\\'",
  "' or 1=1 -- ",
  "\\' or 1=1 -- ",
  "\0",
  "a\0b",
  "\x1a",
  "\n",
  "\r\n\t\b",
  '"',
  "`",
  "%_",
  "*/",
  "/*! select 1 */",
  "-- x",
  "# x",
  "?",
  ":v1",
  "@x",
  "{}",
  "\u00bf\\' or 1=1 #",
  "\u{1F4A9}'\\",
  "\u0160'",
  "\ufeffbom",
  "\u2028",
  "ｅ表\\'",
  "null",
  "0x31",
  "x'31'",
  "$1",
  "  ",
];

const hostile = fc.oneof(
  fc.constantFrom(...NASTY),
  fc.string({ unit: "grapheme" }),
  fc.string({
    unit: fc.constantFrom("'", "\\", '"', "\0", "\x1a", "\u00bf", "a", "`", "\n", "表", "/", "*"),
  }),
);

describe.skipIf(missing)(`parameters reach a real server as they are ${missing ?? ""}`, () => {
  const ground = planetscaleGround();

  async function echo(connection: Connection, values: readonly unknown[]): Promise<unknown[]> {
    const text = `select ${
      values.map((_, at) => `hex(convert(? using utf8mb4)) as c${at}`).join(", ")
    }`;
    const { rows: [row] } = await connection.run<Record<string, string>>(text, values, RUN);
    return values.map((_, at) => Buffer.from(row?.[`c${at}`] ?? "", "hex").toString("utf8"));
  }

  test.each([
    ["as the server is", []],
    ["NO_BACKSLASH_ESCAPES", ["set sql_mode = 'NO_BACKSLASH_ESCAPES'"]],
    ["ANSI_QUOTES", ["set sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT'"]],
  ])("any string comes back, %s", async (_, setup) => {
    const connection = await ground.connect();
    // In a transaction the double keeps one session for all.
    for (const text of [...setup, "begin"]) await connection.run(text, [], RUN);
    await fc.assert(
      fc.asyncProperty(fc.array(hostile, { minLength: 1, maxLength: 20 }), async (values) => {
        expect(await echo(connection, values)).toEqual(values);
      }),
      { numRuns: 150 },
    );
    expect(await echo(connection, NASTY)).toEqual(NASTY);
    await connection.close();
  });

  // The server takes the bytes for another alphabet's: what comes back cannot be the same, but must be one value.
  test.each(["gbk", "big5", "sjis", "latin1"])(
    "nothing escapes its quotes under set names %s",
    async (charset) => {
      const connection = await ground.connect();
      for (const text of [`set names ${charset}`, "begin"]) await connection.run(text, [], RUN);
      await fc.assert(
        fc.asyncProperty(fc.array(hostile, { minLength: 1, maxLength: 20 }), async (values) => {
          const text = `select ${values.map(() => "length(?) >= 0").join(" and ")} as fine`;
          const answer = await connection.run<{ fine: number }>(text, values, RUN);
          expect(answer.rows).toEqual([{ fine: 1 }]);
        }),
        { numRuns: 100 },
      );
      await connection.close();
    },
  );

  test("bytes, numbers, bigints, booleans, dates, null and objects come as what they are", async () => {
    const connection = await ground.connect();
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array(),
        fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
        fc.integer(),
        async (bytes, big, int) => {
          const text = "select ? as bytes, ? as big, ? as num, -? as neg, ? as t, ? as f, ? as n";
          const { rows } = await connection.run(
            text,
            [bytes, big, int, int, true, false, null],
            RUN,
          );
          expect(rows[0]).toMatchObject({ bytes, t: 1, f: 0, n: null });
          expect([rows[0]?.["big"], rows[0]?.["num"], rows[0]?.["neg"]].map(String))
            .toEqual([String(big), String(int), String(-int)]);
        },
      ),
      { numRuns: 100 },
    );
    const date = new Date("2024-02-29T12:34:56.789Z");
    const { rows } = await connection.run(
      "select cast(? as datetime(3)) as at, ? in (?) as found, json_extract(?, '$.a') as a, ? as e",
      [date, 2, [1, 2, "x'"], { a: "\\'" }, 1e21],
      RUN,
    );
    expect(rows).toEqual([{ at: "2024-02-29 12:34:56.789", found: 1, a: '"\\\\\'"', e: 1e21 }]);
  });

  test("10,000 parameters, and a text of a megabyte", async () => {
    const connection = await ground.connect();
    const values = Array.from({ length: 10_000 }, (_, at) => `${at}'`);
    const text = `select count(*) as n from (values ${values.map(() => "(?)").join(",")}) as v`;
    expect((await connection.run(text, values, RUN)).rows[0]).toEqual({ n: "10000" });
    const long = "\\'".repeat(500_000);
    expect((await connection.run("select length(?) as n", [long], RUN)).rows[0]).toEqual({
      n: 1_000_000,
    });
  });
});
