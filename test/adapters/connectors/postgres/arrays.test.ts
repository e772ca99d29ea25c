import fc from "fast-check";
import { expect, test } from "vitest";
import { readArray, writeArray } from "../../../../adapters/connectors/pg-server/arrays.ts";

const text = fc.oneof(
  fc.string(),
  fc.constantFrom("", "NULL", "null", "{}", '"', "\\", "a,b", " x ", "{{", '\\"'),
);

test("readArray() reads back whatever writeArray() wrote", () => {
  const items = fc.array(fc.option(text));
  fc.assert(fc.property(items, (values) => {
    expect(readArray(writeArray(values, undefined), undefined)).toEqual(values);
  }));
  fc.assert(fc.property(fc.array(items.filter((all) => all.length > 0)), (values) => {
    expect(readArray(writeArray(values, undefined), undefined)).toEqual(values);
  }));
});

test("readArray() reads what the server writes", () => {
  expect(readArray("{1,2,NULL}", Number)).toEqual([1, 2, null]);
  expect(readArray('{{"a b",NULL},{"NULL",c}}', undefined)).toEqual([["a b", null], ["NULL", "c"]]);
  expect(readArray("[2:3]={x,y}", undefined)).toEqual(["x", "y"]);
  expect(readArray("{}", undefined)).toEqual([]);
});

test("readArray() ends on anything", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("{", "}", ",", '"', "\\", "a") }), (value) => {
      try {
        expect(Array.isArray(readArray(value, undefined))).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(TypeError);
      }
    }),
  );
});
