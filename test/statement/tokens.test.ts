import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import type { Dialect } from "../../src/model/statement.ts";
import { tokenize } from "../../src/statement/tokens.ts";
import { loadModule, scanPlaces } from "./oracle.ts";

function spell(text: string, dialect: Dialect = "postgres"): string {
  const { tokens, complete } = tokenize(text, dialect);
  const spelled = tokens.map((token) => `${token.kind}:${text.slice(token.start, token.end)}`);
  return [...spelled, ...(complete ? [] : ["…"])].join(" ");
}

beforeAll(loadModule);

test.each<[string, string]>([
  ["a /* b /* c */ d */ e", "word:a word:e"],
  ["a -- b\rc", "word:a word:c"],
  ["a-1", "word:a operator:- number:1"],
  ["'it''s'", "string:'it''s'"],
  ["'\\' x", "string:'\\' word:x"],
  ["E'\\' x'", "string:E'\\' x'"],
  ["e'a'\n'\\''", "string:e'a'\n'\\''"],
  ["'a' 'b'", "string:'a' string:'b'"],
  ["'a' -- c\n 'b'", "string:'a' -- c\n 'b'"],
  ["U&'\\' x", "string:U&'\\' word:x"],
  ['U&"a" "b""c"', 'encoded:U&"a" quoted:"b""c"'],
  ["$$a$b$$ $q$ $$ $q$", "string:$$a$b$$ string:$q$ $$ $q$"],
  ["a$b$c$1", "word:a$b$c$1"],
  ["$1::int", "param:$1 punctuation::: word:int"],
  ["a=-1", "word:a operator:= operator:- number:1"],
  ["a@-1", "word:a operator:@- number:1"],
  ["a->>?", "word:a operator:->>?"],
  ["1..2 1.5e-3 0x1F .5", "number:1 punctuation:.. number:2 number:1.5e-3 number:0x1F number:.5"],
  ["日本\u00a0x", "word:日本\u00a0x"],
  ["'open", "…"],
  ["a $x$ b", "word:a …"],
  ["a /* /* */", "word:a …"],
  ["a\0b", "…"],
])("tokenize() cuts PostgreSQL's %j", (text, expected) => {
  expect(spell(text)).toBe(expected);
});

test.each<[string, string]>([
  ["a # b\nc -- d\ne", "word:a word:c word:e"],
  ["5--1", "number:5 operator:- operator:- number:1"],
  ["`a``b` \"it\\\"s\" 'x\\'y'", "quoted:`a``b` string:\"it\\\"s\" string:'x\\'y'"],
  ["/* a /* b */ c", "word:c"],
  ["/*!50000 a */ b", "executable:/*!50000 word:a operator:*/ word:b"],
  ["/*M! a */", "executable:/*M! word:a operator:*/"],
  ["/*+ hint */ a", "word:a"],
  ["@a @@b.c @'d e' := ?", "variable:@a variable:@@b.c variable:@'d e' punctuation::= operator:?"],
  ["1st $x", "word:1st word:$x"],
  ["'a\\'", "…"],
  ["`a", "…"],
  ["/*", "…"],
])("tokenize() cuts MySQL's %j", (text, expected) => {
  expect(spell(text, "mysql")).toBe(expected);
});

test("tokenize() folds words by ASCII only and unquotes names", () => {
  const read = (text: string): string[] => tokenize(text, "postgres").tokens.map((t) => t.text);
  expect(read('SELECT "A""b" LOC\u212a ÄX')).toEqual(["select", 'A"b', "loc\u212a", "Äx"]);
});

const PIECES =
  "' '' \" \"\" \\ \\' $ $$ $a$ $a $1 $12 E' e' U&' u&\" B'1 x'1f -- --x\r /* */ / * /**/ /*/ + - +- =- @- ? ?? ?| <= => :: : := .. . 1 1.5 1e3 1e 0x1F .5 1_000 a select é 日本 \u00a0 ( ) [ ] ; , a$b _x 'q' \"q\" % ^ ! & | # ~ < > `"
    .split(" ");
const soup = fc.array(fc.constantFrom(...PIECES, " ", "\n", "\t", "\r", "'a'\n", "-- x\n"), {
  maxLength: 12,
}).map((pieces) => pieces.join(""));

/** libpg-query keeps comments as tokens, so it does not join strings across them; a real server does. */
const joinsAcrossComment = (text: string): boolean => /'\s*(?:--[^\n\r]*[\n\r]\s*)+'/.test(text);

test("tokenize() cuts where PostgreSQL's own scanner cuts", () => {
  let compared = 0;
  fc.assert(
    fc.property(soup, (text) => {
      const real = scanPlaces(text);
      const { tokens, complete } = tokenize(text, "postgres");
      if (joinsAcrossComment(text)) return;
      if (typeof real === "string") {
        if (/unterminat/.test(real)) expect(complete).toBe(false);
        return;
      }
      compared++;
      expect(complete).toBe(true);
      expect(tokens.map(({ start, end }) => [start, end])).toEqual(real);
    }),
    { numRuns: 8_000 },
  );
  expect(compared).toBeGreaterThan(2_000);
});

test("tokenize() never throws, moves forward and stays inside the text", () => {
  fc.assert(
    fc.property(
      fc.oneof(soup, fc.string({ unit: "binary" })),
      fc.constantFrom<Dialect>("postgres", "mysql"),
      (text, dialect) => {
        let before = 0;
        for (const { start, end } of tokenize(text, dialect).tokens) {
          expect(start).toBeGreaterThanOrEqual(before);
          expect(end).toBeGreaterThan(start);
          before = end;
        }
        expect(before).toBeLessThanOrEqual(text.length);
      },
    ),
    { numRuns: 3_000 },
  );
});

test("tokenize() takes hostile texts in stride", () => {
  const units = [
    "+-",
    "/*",
    "(",
    "'",
    "$a",
    "$a$ ",
    "''",
    "-",
    "E'\\",
    "1.",
    '"',
    "'a'\n",
    "?",
    ";",
  ];
  for (const unit of units) {
    const text = unit.repeat(Math.ceil(200_000 / unit.length));
    for (const dialect of ["postgres", "mysql"] as const) {
      expect(tokenize(text, dialect).tokens.length).toBeLessThanOrEqual(text.length);
    }
  }
});
