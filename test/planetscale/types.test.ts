/**
 * Every type's values there and back, compared with what `@planetscale/database` makes of the same answer.
 */

import { connect } from "@planetscale/database";
import { describe, expect, test } from "vitest";
import { castValue, planetscale } from "../../adapters/connectors/planetscale/mod.ts";
import { answerOf } from "../../adapters/connectors/planetscale/reply.ts";
import { planetscaleGround, RUN } from "./ground.ts";
import { whyNoMariadb } from "./mariadb.ts";

const missing = whyNoMariadb();
if (missing) console.error(missing);

const COLUMNS: Readonly<Record<string, readonly [type: string, given: unknown, read: unknown]>> = {
  tiny: ["tinyint", -128, -128],
  bool: ["boolean", true, 1],
  small: ["smallint unsigned", 65_535, 65_535],
  medium: ["mediumint", -8_388_608, -8_388_608],
  whole: ["int unsigned", 4_294_967_295, 4_294_967_295],
  big: ["bigint", -(2n ** 63n), "-9223372036854775808"],
  ubig: ["bigint unsigned", 2n ** 64n - 1n, "18446744073709551615"],
  exact: ["decimal(30,10)", "12345678901234567890.0123456789", "12345678901234567890.0123456789"],
  single: ["float", 0.5, 0.5],
  real: ["double", 1e-300, 1e-300],
  day: ["date", "2024-02-29", "2024-02-29"],
  at: ["datetime(6)", new Date("2024-02-29T01:02:03.004Z"), "2024-02-29 01:02:03.004000"],
  stamp: ["timestamp(3) null", "2024-02-29 01:02:03.004", "2024-02-29 01:02:03.004"],
  span: ["time(3)", "-838:59:58.999", "-838:59:58.999"],
  year: ["year", 2024, 2024],
  bits: ["bit(10)", 5, new Uint8Array([0, 5])],
  text: ["text", "üñí\u{1F600}\ud7ff", "üñí\u{1F600}\ud7ff"],
  chars: ["char(10)", "abc", "abc"],
  latin: ["varchar(20) character set latin1", "é", "é"],
  empty: ["varchar(5)", "", ""],
  blob: ["blob", new Uint8Array([0, 255, 39, 92]), new Uint8Array([0, 255, 39, 92])],
  fixed: ["binary(4)", new Uint8Array([1, 2]), new Uint8Array([1, 2, 0, 0])],
  choice: ["enum('a','b')", "b", "b"],
  choices: ["set('a','b','c')", "a,c", "a,c"],
  nothing: ["int", null, null],
};
const NAMES = Object.keys(COLUMNS);

describe.skipIf(missing)(`types there and back ${missing ?? ""}`, () => {
  const ground = planetscaleGround([
    `create table kinds (${NAMES.map((name) => `\`${name}\` ${COLUMNS[name]?.[0]}`).join(", ")})`,
    "create table numbered (id bigint auto_increment primary key, n int unique)",
  ]);

  test("each type's values are read as documented, and as @planetscale/database reads them", async () => {
    const connection = await ground.connect();
    const insert = `insert into kinds (${NAMES.map((name) => `\`${name}\``).join(", ")}) values (${
      NAMES.map(() => "?").join(", ")
    })`;
    await connection.run(insert, NAMES.map((name) => COLUMNS[name]?.[1]), RUN);
    const { rows, fields } = await connection.run("select * from kinds", [], RUN);
    expect(rows).toEqual([Object.fromEntries(NAMES.map((name) => [name, COLUMNS[name]?.[2]]))]);
    expect(fields.map(({ name }) => name)).toEqual(NAMES);
    const types = Object.fromEntries(fields.map(({ name, type }) => [name, type]));
    expect(types).toMatchObject({
      tiny: 1,
      small: 2,
      medium: 9,
      whole: 3,
      ubig: 8,
      exact: 246,
      real: 5,
    });
    expect(types).toMatchObject({
      at: 12,
      stamp: 7,
      year: 13,
      bits: 16,
      text: 252,
      blob: 252,
      latin: 253,
      choice: 247,
    });
    const theirs = await connect({ url: ground.double.url() }).execute("select * from kinds");
    expect(rows).toEqual(theirs.rows);
  });

  test("a BOM is kept, which @planetscale/database drops", async () => {
    const query = "select '\ufeffx' as s";
    expect((await (await ground.connect()).run(query, [], RUN)).rows).toEqual([{ s: "\ufeffx" }]);
    expect((await connect({ url: ground.double.url() }).execute(query)).rows).toEqual([{ s: "x" }]);
  });

  test("a cast made for @planetscale/database is heard for every value, NULL too", async () => {
    const connector = planetscale({
      url: ground.double.url(),
      cast: (field, value) =>
        field.type === "INT64" && value !== null ? BigInt(value) : castValue(field, value),
    });
    const connection = await connector.connect({ timeoutMs: 5_000 });
    const { rows } = await connection.run(
      "select 9007199254740993 as big, 'ü' as s, null as n",
      [],
      RUN,
    );
    expect(rows).toEqual([{ big: 9_007_199_254_740_993n, s: "ü", n: null }]);
  });

  test("a command tells its rows and the first id it gave, as text beyond 2^53", async () => {
    const connection = await ground.connect();
    const run = (text: string): Promise<unknown> => connection.run(text, [], RUN);
    expect(await run("insert into numbered (n) values (1), (2)")).toEqual({
      rows: [],
      fields: [],
      rowsAffected: 2,
      lastInsertId: "1",
    });
    await run("alter table numbered auto_increment = 9007199254740993");
    expect(await run("insert into numbered (n) values (3)")).toMatchObject({
      lastInsertId: "9007199254740993",
    });
    expect(await run("update numbered set n = n + 10 where n < 3")).toEqual({
      rows: [],
      fields: [],
      rowsAffected: 2,
    });
    expect(await run("delete from numbered where n > 100")).toMatchObject({ rowsAffected: 0 });
  });
});

describe("an answer's parts", () => {
  const row = (lengths: readonly string[], values: string): unknown => ({
    lengths,
    values: btoa(values),
  });

  test("JSON is parsed; a column may be called __proto__; NULL has no type", () => {
    const { rows } = answerOf({
      fields: [{ name: "doc", type: "JSON", charset: 63 }, { name: "__proto__", type: "INT64" }, {
        name: "n",
      }],
      rows: [row(["7", "1", "-1"], '{"a":1}5')],
    }, undefined);
    expect(Object.entries(rows[0] ?? {})).toEqual([["doc", { a: 1 }], ["__proto__", "5"], [
      "n",
      null,
    ]]);
    expect(Object.getPrototypeOf(rows[0])).toBe(Object.prototype);
  });

  test.each([
    ["shorter than it says", [row(["5"], "ab")]],
    ["longer than it says", [row(["1"], "ab")]],
    ["of another width", [row(["1", "1"], "ab")]],
    ["no row", [7]],
    ["of no number", [row(["x"], "ab")]],
  ])("a row that is %s is no row", (_, rows) => {
    expect(() => answerOf({ fields: [{ name: "a", type: "VARCHAR" }], rows }, undefined)).toThrow(
      /^(?:a row|something)/,
    );
  });

  test("a field without a name, or a list that is none, is no answer", () => {
    expect(() => answerOf({ fields: [{}] }, undefined)).toThrow("a field without a name");
    expect(() => answerOf({ fields: "x" }, undefined)).toThrow("else than a list");
  });
});
