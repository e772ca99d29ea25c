/** Types there and back, by the first run of a statement and by those that follow. */

import type { Connector } from "../../../src/ports.ts";
import { same } from "../check.ts";
import type { ConnectorCase } from "./case.ts";
import { onlyFor, withConnection } from "./stage.ts";

/** What it is, its SQL type, what is sent, what comes back (as JSON). */
type Value = readonly [name: string, type: string, sent: unknown, wanted: unknown];

/** They keep neither their prototype nor their functions where values are cloned; there they are refused unsent. */
const NO_CLONES: readonly string[] = [
  "an object without a prototype as a text",
  "an object that has a text of its own",
  "a URL as a text",
];

const INSTANT = "2024-02-29T10:34:56.789Z";
const HARD_TEXTS = ["", "a,b", 'say "no"', "back\\slash", "{}", "NULL", null, "it's"];

const POSTGRES: readonly Value[] = [
  ["null", "text", null, null],
  ["true", "bool", true, true],
  ["false", "bool", false, false],
  ["a text that means true", "bool", "true", true],
  ["a short text that means true", "bool", "t", true],
  ["a text that means false", "bool", "off", false],
  ["1 for true", "bool", 1, true],
  ["0 for false", "bool", 0, false],
  ["texts in an array of booleans", "bool[]", ["yes", false, "no"], [true, false, false]],
  ["a negative integer", "int4", -7, -7],
  ["the greatest int4", "int4", 2_147_483_647, 2_147_483_647],
  ["a bigint beyond 2^53", "int8", 9_007_199_254_740_993n, "9007199254740993"],
  ["the least int8", "int8", -(2n ** 63n), "-9223372036854775808"],
  ["a bigint beyond 64 bits", "numeric", 2n ** 70n, "1180591620717411303424"],
  ["a negative bigint beyond 64 bits", "numeric", -(2n ** 70n), "-1180591620717411303424"],
  [
    "a numeric of many digits",
    "numeric",
    "12345678901234567890.123456789",
    "12345678901234567890.123456789",
  ],
  ["a double", "float8", 0.1, 0.1],
  ["a Date", "timestamptz", new Date(INSTANT), INSTANT],
  ["a timestamp with a zone", "timestamptz", "2024-02-29 12:34:56.789+02", INSTANT],
  ["a timestamp before 1970", "timestamptz", "1901-12-13T20:45:52Z", "1901-12-13T20:45:52.000Z"],
  ["a json object", "json", { a: [1, null, "x"] }, { a: [1, null, "x"] }],
  ["a jsonb object", "jsonb", { b: { c: "'" } }, { b: { c: "'" } }],
  ["an array of integers", "int4[]", [1, 2, 3], [1, 2, 3]],
  ["an empty array", "int4[]", [], []],
  [
    "an array of bigints beyond 64 bits",
    "numeric[]",
    [2n ** 70n, 1n],
    ["1180591620717411303424", "1"],
  ],
  ["an array of hard texts", "text[]", HARD_TEXTS, HARD_TEXTS],
  ["an object as a text", "text", { a: "'", b: [1, null] }, `{"a":"'","b":[1,null]}`],
  ["an object as a varchar", "varchar", { a: 1 }, '{"a":1}'],
  ["objects in an array of texts", "text[]", [{ a: 1 }, "b"], ['{"a":1}', "b"]],
  ["objects in an array of varchars", "varchar[]", [{ a: 1 }], ['{"a":1}']],
  ["objects in an array of jsonb", "jsonb[]", [{ a: 1 }], [{ a: 1 }]],
  ["an array as a text", "text", ["a", 1, null], '{"a","1",NULL}'],
  ["a boolean as a text", "text", true, "true"],
  ["an array in an array", "int4[]", [[1, 2], [3, 4]], [[1, 2], [3, 4]]],
  [
    "an object without a prototype as a text",
    "text",
    Object.assign(Object.create(null), { a: 1 }),
    '{"a":1}',
  ],
  [
    "a uuid",
    "uuid",
    "0B0E1F9C-0000-4000-8000-000000000001",
    "0b0e1f9c-0000-4000-8000-000000000001",
  ],
];

/** What is an instance of a class. */
const ODD: readonly Value[] = [
  ["an object that has a text of its own", "numeric", { toString: () => "1.50" }, "1.50"],
  ["a URL as a text", "text", new URL("https://a.example/b"), "https://a.example/b"],
];

const MYSQL: readonly Value[] = [
  ["null", "char", null, null],
  ["a negative integer", "signed", -7, -7],
  ["a bigint beyond 2^53", "signed", 9_007_199_254_740_993n, "9007199254740993"],
  ["a bigint beyond 63 bits", "unsigned", 2n ** 64n - 1n, "18446744073709551615"],
  [
    "a decimal",
    "decimal(40,9)",
    "12345678901234567890.123456789",
    "12345678901234567890.123456789",
  ],
  ["a Date", "datetime(3)", new Date(INSTANT), "2024-02-29 10:34:56.789"],
  ["an object as a text", "char", { a: 1 }, '{"a":1}'],
  ["true", "signed", true, 1],
  ["false", "signed", false, 0],
];

/** Texts that have to come back letter by letter, in every dialect. */
const TEXTS: readonly (readonly [name: string, text: string])[] = [
  ["an empty text", ""],
  ["spaces at both ends", "  a  "],
  ["letters of many scripts", "Zażółć gęślą jaźń 日本語 עברית"],
  ["letters beyond 16 bits", "🦊👩‍👩‍👧\u{10FFFF}"],
  ["quotes that would end a literal", "'; drop table users; --"],
  ["doubled quotes and backslashes", "\\'' \\\\ \" ` \\"],
  ["comments", "/* -- # */ --"],
  ["placeholders", "$1 ? ?? :name $$ %s"],
  ["line ends and control characters", "a\r\nb\tc\u0001\u001a\u007f"],
  ["a decomposed accent", "e\u0301"],
  ["a byte order mark", "\uFEFFx"],
  ["100,000 letters", "aé".repeat(50_000)],
];

const BYTES: readonly (readonly [name: string, bytes: readonly number[]])[] = [
  ["no bytes", []],
  ["every byte", Array.from({ length: 256 }, (_, i) => i)],
];

export const values: readonly ConnectorCase[] = [
  ...POSTGRES.map((value) => thereAndBack("postgres", value)),
  ...ODD.map((value) => {
    const all = thereAndBack("postgres", value);
    const impossible = (connector: Connector): string | undefined =>
      connector.name === "pooled"
        ? "only plain objects travel to a pool object"
        : all.impossible?.(connector);
    return { ...all, impossible };
  }),
  ...MYSQL.map((value) => thereAndBack("mysql", value)),
  ...TEXTS.map(([name, text]) =>
    withConnection(`text: ${name} is kept`, async ({ run, words }) => {
      for (let i = 0; i < 3; i++) {
        const { rows } = await run(`select ${words.text(1)} as v`, [text]);
        same(rows, [{ v: text }], "what came back");
      }
    })
  ),
  ...BYTES.map(([name, bytes]) =>
    withConnection(`bytes: ${name} are kept`, async ({ run, words, ground }) => {
      const isMysql = ground.connector.dialect === "mysql";
      const type = isMysql ? `cast(${words.place(1)} as binary)` : `${words.place(1)}::bytea`;
      for (let i = 0; i < 3; i++) {
        const { rows: [row] } = await run(`select ${type} as v`, [Uint8Array.from(bytes)]);
        same(Array.from(row?.["v"] as Uint8Array), bytes, "what came back");
      }
    })
  ),
  withConnection("a column named __proto__ is the row's own", async ({ run }) => {
    for (const [literal, value] of [["'x'", "x"], ["null", null]]) {
      for (let i = 0; i < 3; i++) {
        const { rows: [row] } = await run(`select ${literal} as "__proto__", 1 as one`);
        same(Object.entries(row ?? {}), [["__proto__", value], ["one", 1]], "the row");
      }
    }
    // test/planetscale/types.test.ts tries it on an answer of its own.
  }, onlyFor("postgres", "the double's own driver cannot read such a column")),
  ...[true, false].map((prepare) =>
    withConnection(
      `a column named __proto__ with JSON in it, ${prepare ? "prepared" : "a script"}`,
      async ({ connection }) => {
        const text = `select '{"a":1}'::json as "__proto__", '{}'::json as "__proto__", 1 as one`;
        for (let i = 0; i < 3; i++) {
          const { rows, fields } = await connection.run(text, [], { prepare });
          const names = fields.map(({ name }) => name);
          same(names, ["__proto__", "__proto__", "one"], "the fields");
          const [row] = rows;
          same(Object.keys(row ?? {}), ["__proto__", "one"], "the row's columns");
          const is = Object.getOwnPropertyDescriptor(row ?? {}, "__proto__")?.value as unknown;
          same(is, {}, "the column");
        }
      },
      onlyFor("postgres", "the double's own driver cannot read such a column"),
    )
  ),
];

function thereAndBack(
  dialect: "postgres" | "mysql",
  [name, type, sent, wanted]: Value,
): ConnectorCase {
  const text = dialect === "postgres"
    ? `select $1::${type} as v`
    : `select cast(? as ${type}) as v`;
  return withConnection(`${dialect}: ${name} comes back`, async ({ run }) => {
    for (let i = 0; i < 3; i++) {
      same((await run(text, [sent])).rows, [{ v: wanted }], `run ${i + 1}`);
    }
  }, (connector) => {
    if (connector.name === "pooled" && NO_CLONES.includes(name)) {
      return "it does not travel to a pool object: refused unsent";
    }
    return onlyFor(dialect, `a type of ${dialect}'s`)?.(connector);
  });
}
