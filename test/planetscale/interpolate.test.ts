/**
 * Where parameters go: in step with what the core counts, and with what PlanetScale's own client does.
 */

import { format } from "@planetscale/database";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { interpolate } from "../../adapters/connectors/planetscale/interpolate.ts";
import { Failure } from "../../src/model/failure.ts";
import { analyse } from "../../src/statement/placeholders.ts";

test.each([
  ["select ?", ["a"], "select 'a'"],
  ["select '?', \"?\", `?`, ? -- ?\n, ? # ?", [1, 2], "select '?', \"?\", `?`, 1 -- ?\n, 2 # ?"],
  ["select '\\'?', 'it''s ?', ?", [1], "select '\\'?', 'it''s ?', 1"],
  ["select /* ? */ ? /*+ ? */", [1], "select /* ? */ 1 /*+ ? */"],
  ["select 5--?", [1], "select 5--(1)"],
  ["select 5---?", [-1], "select 5---(-1)"],
  ["select ?--?, 2", [1, "a"], "select 1 --('a'), 2"],
  ["select -?", [-1], "select - -1"],
  ["select * from t limit?", [3], "select * from t limit 3"],
  ["select ?and ?", [1, 2], "select 1 and 2"],
  ["select a from t where b in (?)", [[1, "x"]], "select a from t where b in (1, 'x')"],
  ["select @`?`, ?", [1], "select @`?`, 1"],
  ["select '?", [], "select '?"],
])("%s", (text, params, expected) => {
  expect(interpolate(text, params)).toBe(expected);
});

describe("what cannot be written safely is not sent", () => {
  test.each<[string, string, readonly unknown[]]>([
    ["too few placeholders", "select 1", ["secret"]],
    ["too many", "select ?, ?", ["secret"]],
    ["a comment that is run", "select /*!80000 ?, */ 1", ["secret"]],
    ["MariaDB's comment that is run", "select /*M! ?, */ 1", ["secret"]],
    ["what is a comment to Vitess only", "select 1 // ?\n + ?", ["secret", "secret"]],
    ["a quoted text right behind", "select ? 'alias'", ["secret"]],
    ["a quoted text behind a comment", 'select ? /* x */ -- y\n "alias"', ["secret"]],
    ["a variable with a name in quotes", "select @'a b', ?", ["secret"]],
    ["a quote right behind a variable", "select @a'?', ?", ["secret"]],
    ["an empty list", "select ?", [[]]],
    ["a list in a list", "select ?", [[["secret"]]]],
    ["NaN", "select ?", [Number.NaN]],
    ["an invalid date", "select ?", [new Date(Number.NaN)]],
    ["a year beyond MySQL's", "select ?", [new Date(8.64e15)]],
    ["half a letter", "select ?", ["secret\ud800"]],
    ["a function", "select ?", [(): string => "secret"]],
    ["a symbol", "select ?", [Symbol("secret")]],
    ["undefined", "select ?", [undefined]],
    ["an object with a bigint in it", "select ?", [{ secret: 1n }]],
  ])("%s", (_, text, params) => {
    let thrown: unknown;
    try {
      interpolate(text, params);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(Failure);
    expect(thrown).toMatchObject({ origin: "client", phase: "connecting", connection: "usable" });
    expect((thrown as Failure).message).not.toContain("secret");
  });
});

const piece = fc.constantFrom(
  "?",
  " ? ",
  "a",
  " ",
  ",",
  "(",
  ")",
  "=",
  "'",
  '"',
  "`",
  "\\",
  "''",
  "-- ",
  "--",
  "#",
  "\n",
  "/*",
  "*/",
  "/* ",
  "@",
  "@@",
  ":x",
  "1",
  ".",
  "select ",
  "-",
  "/",
  "*",
  "é",
  "$",
);

test("every ? the core counts is filled, whatever the text; otherwise nothing is sent", () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 25 }).map((all) => all.join("")), (text) => {
      const { expected } = analyse(text, "mysql");
      if (expected === undefined || expected === 0) return;
      let filled: string;
      try {
        filled = interpolate(text, Array.from({ length: expected }, () => 7));
      } catch (error) {
        expect(error).toBeInstanceOf(Failure);
        // Only what Vitess reads otherwise, the end of a comment that never began, and odd variables.
        expect(text).toMatch(/\/\/|\*\/\*|@/);
        return;
      }
      expect(analyse(filled, "mysql").expected ?? 0).toBe(0);
    }),
    { numRuns: 5_000 },
  );
});

test("no parameter, and nothing behind it, becomes part of a comment", () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 25 }).map((all) => all.join("")), (text) => {
      const { expected } = analyse(text, "mysql");
      if (expected === undefined || expected === 0) return;
      let filled: string;
      try {
        filled = interpolate(text, Array.from({ length: expected }, () => 777));
      } catch {
        return;
      }
      expect(analyse(filled.replaceAll("777", "?"), "mysql").expected).toBe(expected);
    }),
    { numRuns: 5_000 },
  );
});

test("where PlanetScale's client fills a ?, so does this, and the other way round", () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 25 }).map((all) => all.join("")), (text) => {
      const expected = analyse(text, "mysql").expected ?? 0;
      if (expected === 0) return;
      const values = Array.from({ length: expected }, (_, at) => 1_000 + at);
      let theirs: string;
      let ours: string;
      try {
        theirs = format(text, values);
        ours = interpolate(text, values);
      } catch {
        return;
      }
      // The same but for blanks around the values, and brackets where a blank would begin a comment.
      const bare = ours.replaceAll(/--\((\d+)\)/g, "--$1");
      expect(bare.replaceAll(" ", "")).toBe(theirs.replaceAll(" ", ""));
    }),
    { numRuns: 5_000 },
  );
});

test("a text of megabytes is read in one go", () => {
  const text = `select '${"a\\'".repeat(1_000_000)}', ?`;
  expect(interpolate(text, [1]).endsWith(", 1")).toBe(true);
});
