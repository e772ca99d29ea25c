import { expect, test } from "vitest";
import { beginTexts } from "../../src/drive/begin.ts";

test.each(
  [
    ["postgres", undefined, false, ["begin"]],
    ["postgres", "serializable", true, ["begin isolation level serializable read only"]],
    ["mysql", undefined, false, ["start transaction"]],
    ["mysql", undefined, true, ["start transaction read only"]],
    [
      "mysql",
      "read committed",
      true,
      ["set transaction isolation level read committed", "start transaction read only"],
    ],
  ] as const,
)("%s, isolation %s, read only %s", (dialect, isolation, readOnly, expected) => {
  expect(beginTexts(dialect, { isolation, readOnly, deferrable: false })).toEqual(expected);
});

test("deferrable is PostgreSQL's word for it", () => {
  const terms = { isolation: "serializable", readOnly: true, deferrable: true } as const;
  expect(beginTexts("postgres", terms)).toEqual([
    "begin isolation level serializable read only deferrable",
  ]);
});
