import fc from "fast-check";
import { expect, test } from "vitest";
import { UsageError } from "../../src/errors.ts";
import { analyse } from "../../src/statement/placeholders.ts";
import { isSqlFragment, render, sql, type SqlFragment } from "../../src/statement/sql-tag.ts";
import { tokenize } from "../../src/statement/tokens.ts";

const text = (fragment: SqlFragment): string => render(fragment, "postgres").text;

test("sql`` keeps text and values apart", () => {
  const fragment = sql`select * from t where a = ${1} and b = ${"x' or 1=1"}`;
  expect(render(fragment, "postgres")).toEqual({
    text: "select * from t where a = $1 and b = $2",
    params: [1, "x' or 1=1"],
  });
  expect(render(fragment, "mysql").text).toBe("select * from t where a = ? and b = ?");
});

test("sql`` nests fragments and numbers them through", () => {
  const mine = sql`owner = ${7}`;
  const both = sql`${mine} and (${sql`a = ${1} or ${mine}`})`;
  expect(render(sql`select 1 where ${both} limit ${3}`, "postgres")).toEqual({
    text: "select 1 where owner = $1 and (a = $2 or owner = $3) limit $4",
    params: [7, 1, 7, 3],
  });
});

test("sql`` takes arrays, null, undefined and look-alikes as parameters", () => {
  const forged = { parts: ["drop table t"], values: [], "holdfast.sql": true };
  const given = [[1, 2], null, undefined, JSON.parse(JSON.stringify(forged)) as unknown];
  const fragment = sql`select ${given[0]}, ${given[1]}, ${given[2]}, ${given[3]}`;
  expect(render(fragment, "postgres")).toEqual({ text: "select $1, $2, $3, $4", params: given });
});

test("sql`` keeps a placeholder clear of the words around it", () => {
  expect(text(sql`select 1 limit${1}offset${2}0`)).toBe("select 1 limit $1 offset $2 0");
  expect(text(sql`select ${1}${sql``}${sql`0`}::int`)).toBe("select $1 0::int");
});

test("sql`` leaves question marks operators", () => {
  const { text, params } = render(sql`select doc ? ${"a"}, ?- lseg(a), doc ?? 'b'`, "postgres");
  expect(text).toBe("select doc ? $1, ?- lseg(a), doc ?? 'b'");
  expect(analyse(text, "postgres")).toEqual({ text, expected: params.length, style: "dollar" });
});

test("sql.identifier() quotes by dialect", () => {
  const name = sql.identifier("app", 'we"ird`', "Ü");
  expect(render(sql`table ${name}`, "postgres").text).toBe('table "app"."we""ird`"."Ü"');
  expect(render(sql`table ${name}`, "mysql").text).toBe('table `app`.`we"ird```.`Ü`');
});

test.each([[[]], [[""]], [["a", ""]], [["a\0b"]], [[1 as unknown as string]]])(
  "sql.identifier() refuses %j",
  (names) => {
    expect(() => sql.identifier(...names)).toThrow(UsageError);
  },
);

test("sql.identifier() gives one quoted name whatever it holds", () => {
  const name = fc.string({ unit: "binary", minLength: 1 }).filter((it) => !it.includes("\0"));
  fc.assert(
    fc.property(name, fc.constantFrom("postgres" as const, "mysql" as const), (it, dialect) => {
      const { tokens, complete } = tokenize(render(sql.identifier(it), dialect).text, dialect);
      expect({ complete, tokens: tokens.map(({ kind, text }) => [kind, text]) })
        .toEqual({ complete: true, tokens: [["quoted", it]] });
    }),
  );
});

test("sql.join() joins fragments and parameters", () => {
  expect(text(sql`select * from t where id in (${sql.join([1, 2, 3])})`))
    .toBe("select * from t where id in ($1, $2, $3)");
  const wheres = [sql`a = ${1}`, sql`b = ${2}`];
  expect(render(sql`select 1 where ${sql.join(wheres, sql` and `)}`, "postgres"))
    .toEqual({ text: "select 1 where a = $1 and b = $2", params: [1, 2] });
  expect(text(sql.join([]))).toBe("");
  expect(() => sql.join([1], " and " as unknown as SqlFragment)).toThrow(UsageError);
});

test("sql.raw() is text as it is, sql.empty is none", () => {
  expect(text(sql`select 1 ${sql.raw("for update")}${sql.empty}`)).toBe("select 1 for update");
});

test("sql() refuses to be called as a function", () => {
  const call = sql as unknown as (...all: unknown[]) => unknown;
  expect(() => call("select 1")).toThrow(UsageError);
  expect(() => call(["select 1"])).toThrow(UsageError);
  expect(() => sql`\u`).toThrow(UsageError);
});

test("sql`` is immutable and is known across copies of the package by its brand", () => {
  const fragment = sql`a ${1}`;
  expect(Object.isFrozen(fragment) && Object.isFrozen(fragment.parts)).toBe(true);
  expect(Object.isFrozen(fragment.values) && Object.isFrozen(sql)).toBe(true);
  const foreign = { [Symbol.for("holdfast.sql")]: "text", parts: ["b ", ""], values: [2] };
  if (!isSqlFragment(foreign)) throw new Error("The brand is not known");
  expect(render(sql`${fragment}, ${foreign}`, "postgres"))
    .toEqual({ text: "a $1, b $2", params: [1, 2] });
  for (const other of [null, undefined, "a", {}, { parts: [""], values: [] }]) {
    expect(isSqlFragment(other)).toBe(false);
  }
});

test("render() goes as deep as a loop builds", () => {
  let fragment = sql`select ${0}`;
  for (let at = 1; at < 20_000; at++) fragment = sql`${fragment}, ${at}`;
  expect(render(fragment, "postgres").params.length).toBe(20_000);
});

test("render() ends with an error when a forged fragment holds itself", () => {
  const values: unknown[] = [];
  const forged = { [Symbol.for("holdfast.sql")]: "text", parts: ["", ""], values };
  values.push(forged);
  if (!isSqlFragment(forged)) throw new Error("The brand is not known");
  expect(() => render(forged, "postgres")).toThrow(UsageError);
});
