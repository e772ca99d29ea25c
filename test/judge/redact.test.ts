import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_TEXT, MAX_VALUES, redact } from "../../src/judge/redact.ts";

describe("redact()", () => {
  test.each([
    ["a string", 'invalid input: "hunter2"', ["hunter2"], 'invalid input: "$1"'],
    ["a string without delimiters", "value hunter2 is bad", ["hunter2"], "value $1 is bad"],
    ["every occurrence", "bob and bob", ["bob"], "$1 and $1"],
    ["a number", "Key (id)=(1234) already exists.", [1234], "Key (id)=($1) already exists."],
    ["a bigint", "(9007199254740993)", [9007199254740993n], "($1)"],
    ["a short value between parentheses", "Key (id)=(7) exists", [7], "Key (id)=($1) exists"],
    ["a short value between quotes", 'invalid input: "x"', ["x"], 'invalid input: "$1"'],
    ["a short value in a row", "(1, ab, null)", [1, "ab"], "($1, $2, null)"],
    ["no short value inside a word", "relation x7 at 7", [7, "x"], "relation x7 at 7"],
    ["the longest first", "secretive secret", ["secret", "secretive"], "$2 $1"],
    ["overlapping values as one", "abcdef", ["abcd", "cdef"], "$1"],
    ["a value that holds the other", "x abcdef y", ["cde", "abcdef"], "x $2 y"],
    ["the first of equal values", "twin", ["twin", "twin"], "$1"],
    ["a quoted literal", "near 'O''Hara'", ["O'Hara"], "near '$1'"],
    ["an escaped literal", "near 'O\\'Hara'", ["O'Hara"], "near '$1'"],
    ["an object as JSON", 'in {"pin":4711}', [{ pin: 4711 }], "in $1"],
    ["an object value by value", '{"pin": 4711}', [{ pin: 4711 }], '{"pin": $1}'],
    ["a key that is data", '{"a@b.c": true}', [{ "a@b.c": true }], '{"$1": true}'],
    ["a string inside JSON", '{"say": "a \\"word\\""}', [{ say: 'a "word"' }], '{"say": "$1"}'],
    ["an array", "{alpha,beta}", [["alpha", "beta"]], "{$1,$1}"],
    ["bytes", "(\\xdeadbeef)", [Uint8Array.of(0xde, 0xad, 0xbe, 0xef)], "(\\x$1)"],
    [
      "nothing for empty, null and truth values",
      "null true ()",
      ["", null, true, undefined],
      "null true ()",
    ],
  ])("redact() takes out %s", (_what, text, params, expected) => {
    expect(redact(text, params)).toBe(expected);
  });

  test("redact() knows a date in ISO form and in PostgreSQL's", () => {
    const date = new Date("2026-11-23T10:20:30.400Z");
    expect(redact("at 2026-11-23T10:20:30.400Z", [date])).toBe("at $1");
    expect(redact("(2026-11-23 10:20:30.4+00)", [date])).toBe("($1+00)");
    expect(redact("(2026-11-23 10:20:30+00)", [date])).toBe("($1+00)");
    expect(redact("fine", [new Date(Number.NaN)])).toBe("fine");
  });

  test("redact() takes out what PostgreSQL left of a long value", () => {
    const long = "a".repeat(40) + "-secret-" + "z".repeat(100);
    const shown = `Failing row contains (1, ${long.slice(0, 64)}..., null).`;
    expect(redact(shown, [long])).toBe("Failing row contains (1, $1..., null).");
  });

  test("redact() cuts a long text without leaving the beginning of a value at the cut", () => {
    const text = "-".repeat(MAX_TEXT - 5) + "topsecretvalue and more";
    const redacted = redact(text, ["topsecretvalue"]);
    expect(redacted).not.toContain("tops");
    expect(redacted.length).toBeLessThanOrEqual(MAX_TEXT + 1);
    expect(redact("x".repeat(MAX_TEXT + 1), [])).toBe("x".repeat(MAX_TEXT) + "…");
  });

  test("redact() withholds a message rather than search it for too many values", () => {
    const many = Array.from({ length: MAX_VALUES + 1 }, (_, n) => `value-${n}`);
    expect(redact("duplicate value-9", many)).not.toContain("value-9");
    expect(redact("duplicate value-9 here", many.slice(0, 1_000))).toBe("duplicate $10 here");
  });

  test("redact() takes out enough where very many values begin alike", () => {
    const many = Array.from({ length: 1_000 }, (_, n) => `0192f0a0-bbbb-7ccc-${n + 1_000}`);
    expect(redact("Key (id)=(0192f0a0-bbbb-7ccc-1999) exists", many)).toBe("Key (id)=($1) exists");
  });

  test("redact() survives values that cannot be written down", () => {
    const circle: Record<string, unknown> = { name: "circle-name" };
    circle["self"] = circle;
    expect(redact("circle-name", [circle])).toBe("$1");
    expect(redact("12345678901", [{ n: 12345678901n }])).toBe("$1");
  });

  // No "$" in the values: a placeholder next to the text around it is not a value that survived.
  const value = fc
    .string({ unit: fc.constantFrom("a", "b", "c", " ", '"', "'", "(", ")", "\\"), maxLength: 24 })
    .filter((text) => text.length >= 3);

  test("redact() leaves no value of three characters or more, however they overlap", () => {
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 5 }),
        fc.infiniteStream(fc.string({ maxLength: 4 })),
        fc.array(fc.nat(4), { maxLength: 12 }),
        (values, between, order) => {
          let text = "";
          for (const n of order) {
            text += `${between.next().value ?? ""}${values[n % values.length]}`;
          }
          const pieces = redact(text, values).split(/\$\d/);
          for (const piece of pieces) for (const v of values) expect(piece).not.toContain(v);
        },
      ),
    );
  });

  test("redact() leaves a text alone that holds no value", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("x", "y", " ") }), value, (text, v) => {
        fc.pre(!text.includes(v));
        expect(redact(text, [v])).toBe(text);
      }),
    );
  });
});
