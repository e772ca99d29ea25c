import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { ParameterError } from "../../src/errors.ts";
import { analyse, bind, bindPlaceholders } from "../../src/statement/placeholders.ts";
import { loadModule, scanPlaces } from "./oracle.ts";

beforeAll(loadModule);

const ARE_PLACEHOLDERS: readonly [string, string][] = [
  ["select ?", "select $1"],
  ["select * from users where active = ?", "select * from users where active = $1"],
  [
    "insert into users (name, email) values (?, ?)",
    "insert into users (name, email) values ($1, $2)",
  ],
  ["insert into t values(?,?),(?,default)", "insert into t values($1,$2),($3,default)"],
  ["update t set a=?,b=b+?where id=?", "update t set a=$1,b=b+$2 where id=$3"],
  ["select * from t limit ? offset ?", "select * from t limit $1 offset $2"],
  ["select * from t limit?", "select * from t limit $1"],
  ["select * from t where a between ? and ?", "select * from t where a between $1 and $2"],
  ["select * from t where not ? or a in (?, ?)", "select * from t where not $1 or a in ($2, $3)"],
  ["select * from t where a like ? escape ?", "select * from t where a like $1 escape $2"],
  ["select * from t where a ilike ?", "select * from t where a ilike $1"],
  ["select a at time zone ? from t", "select a at time zone $1 from t"],
  [
    "select x::timestamp with time zone at time zone ?",
    "select x::timestamp with time zone at time zone $1",
  ],
  ["select * from t where a is distinct from ?", "select * from t where a is distinct from $1"],
  ["select case when ? then ? else ? end", "select case when $1 then $2 else $3 end"],
  ["select case ? when ? then 1 end", "select case $1 when $2 then 1 end"],
  ["select ?::int + ?", "select $1::int + $2"],
  ["select a->>? from t", "select a->>$1 from t"],
  ["select a||?||b from t", "select a||$1||b from t"],
  ["select ?||?", "select $1||$2"],
  ["select ?-?", "select $1-$2"],
  ["select -?", "select -$1"],
  ["select a >= ? from t", "select a >= $1 from t"],
  ["select * from t where a>=? and b<>?", "select * from t where a>=$1 and b<>$2"],
  ["select a @@ ? from t", "select a @@ $1 from t"],
  ["select array[?, ?][?]", "select array[$1, $2][$3]"],
  ["select a[?:?] from t", "select a[$1:$2] from t"],
  ["select f(a => ?, b := ?)", "select f(a => $1, b := $2)"],
  ["select substring(? from ? for ?)", "select substring($1 from $2 for $3)"],
  ["select trim(both ? from ?)", "select trim(both $1 from $2)"],
  [
    "select sum(a) over (order by b rows ? preceding) from t",
    "select sum(a) over (order by b rows $1 preceding) from t",
  ],
  [
    "select sum(a) over (rows between ? preceding and ? following) from t",
    "select sum(a) over (rows between $1 preceding and $2 following) from t",
  ],
  ["select 1 fetch first ? rows only", "select 1 fetch first $1 rows only"],
  [
    "select 1 offset ? rows fetch next ? rows only",
    "select 1 offset $1 rows fetch next $2 rows only",
  ],
  ["select 1 order by ?", "select 1 order by $1"],
  ["select ? as x, ? y", "select $1 as x, $2 y"],
  ["delete from t where id = any(?) returning ?", "delete from t where id = any($1) returning $2"],
  ["call p(?, ?)", "call p($1, $2)"],
  ["select ?; select ?", "select $1; select $2"],
  [
    "select '?', \"?\", $$?$$, E'\\'?', ? -- ?\n /* ? /* ? */ ? */",
    "select '?', \"?\", $$?$$, E'\\'?', $1 -- ?\n /* ? /* ? */ ? */",
  ],
];

const ARE_OPERATORS: readonly [string, string][] = [
  ["select doc ? 'a' from t where b = ?", "select doc ? 'a' from t where b = $1"],
  ["select doc ? ? from t", "select doc ? $1 from t"],
  ["select doc ?| array[?, ?] from t", "select doc ?| array[$1, $2] from t"],
  ["select doc ?& ? from t", "select doc ?& $1 from t"],
  ["select doc ?|? from t", "select doc ?|$1 from t"],
  ["select t.doc->'a' ? 'b' and c = ?", "select t.doc->'a' ? 'b' and c = $1"],
  ["select (doc) ? ?", "select (doc) ? $1"],
  ["select doc['a'] ? ?", "select doc['a'] ? $1"],
  ["select ?::jsonb ? ?", "select $1::jsonb ? $2"],
  ['select "doc" ? ?', 'select "doc" ? $1'],
  ["select doc @? ?", "select doc @? $1"],
  ["select doc @? '$.a'", "select doc @? '$.a'"],
  ["select a ?# b, a ?-| b, a ?|| b, c = ?", "select a ?# b, a ?-| b, a ?|| b, c = $1"],
  ["select path ?@> ?", "select path ?@> $1"],
  ["select jsonb_agg(x) over w ? ?", "select jsonb_agg(x) over w ? $1"],
  ["select count(*) ? ?", "select count(*) ? $1"],
  ["select case when true then doc end ? ?", "select case when true then doc end ? $1"],
  ["select doc ?? 'a', ?", "select doc ? 'a', $1"],
  ["select doc ??| ?", "select doc ?| $1"],
  ["select doc ???", "select doc ?$1"],
  ["select ??- lseg '((0,0),(1,1))', ?", "select ?- lseg '((0,0),(1,1))', $1"],
  ["select a ^?? b, ?", "select a ^? b, $1"],
  ["select a operator(pg_catalog.?) ?", "select a operator(pg_catalog.?) $1"],
  ["create operator ? (leftarg = jsonb)", "create operator ? (leftarg = jsonb)"],
  ["drop operator ? (jsonb, text)", "drop operator ? (jsonb, text)"],
];

test.each([...ARE_PLACEHOLDERS, ...ARE_OPERATORS])("analyse() rewrites %j", (text, rewritten) => {
  const plan = analyse(text, "postgres");
  expect(plan.text).toBe(rewritten);
  expect(plan.expected).toBe(rewritten.match(/\$\d+/g)?.length ?? 0);
  expect(scanPlaces(plan.text)).toBeInstanceOf(Array);
});

test.each<[string, number]>([
  ["select $1", 1],
  ["select $2, $1, $2", 2],
  ["select $3", 3],
  ["select doc ? $1, doc ?? 'a', doc ?| $2", 2],
  ["select '$9', $$ $8 $$, a$7 -- $6\n, $1", 1],
  ["select $1 where a = ?", 1],
])("analyse() leaves a text with $n as it is: %j", (text, expected) => {
  expect(analyse(text, "postgres")).toEqual({ text, expected, style: "dollar" });
});

test.each([
  "prepare q as select $1, doc ? 'a'",
  "create or replace function f(int) returns int language sql return $1 + 1",
  "create procedure p(int) begin atomic insert into t values ($1); end",
])("analyse() leaves the parameters of what is made alone: %j", (text) => {
  expect(analyse(text, "postgres")).toEqual({ text, expected: 0, style: "none" });
});

test.each<[string, number]>([
  ["select ? from `?` where a = '?' and b = \"?\" and c->'$.?' = ? # ?\n -- ?\n/* ? */", 2],
  ["select 1", 0],
  ["select '$1', a$1", 0],
  ["select ?/*! , ? */", 2],
])("analyse() counts MySQL's placeholders and keeps them: %j", (text, expected) => {
  expect(analyse(text, "mysql")).toMatchObject({ text, expected });
});

test("analyse() leaves a text that ends too early to the database", () => {
  const plan = analyse("select ?, 'open", "postgres");
  expect(plan).toEqual({ text: "select ?, 'open", expected: undefined, style: "none" });
  expect(bind(plan, [1, 2, 3])).toEqual([1, 2, 3]);
});

/** Expressions of which is known what each question mark is: marked «…» where a placeholder goes. */
const known = fc.letrec<{ value: string }>((tie: fc.LetrecTypedTie<{ value: string }>) => {
  const leaf = fc.constantFrom(
    "«»",
    "«»",
    "doc",
    "t.doc",
    '"?"',
    "'?'",
    "1",
    "now()",
    "null",
    "E'\\'?'",
  );
  const operator = fc.constantFrom(
    " ? ",
    " ?| ",
    " ?& ",
    " @? ",
    " ?# ",
    " ?-| ",
    "=",
    " = ",
    "||",
    "->",
    " ->> ",
    " + ",
    "-",
    " is distinct from ",
    " and ",
    " like ",
    " /* ? */ <> ",
    " @> ",
  );
  return {
    value: fc.oneof(
      { maxDepth: 5 },
      { arbitrary: leaf, weight: 3 },
      {
        arbitrary: fc.tuple(tie("value"), operator, tie("value")).map((all) => all.join("")),
        weight: 4,
      },
      { arbitrary: tie("value").map((value) => `(${value})`), weight: 1 },
      { arbitrary: tie("value").map((value) => `coalesce(${value}, «»)`), weight: 1 },
      { arbitrary: tie("value").map((value) => `(${value})::jsonb`), weight: 1 },
      { arbitrary: tie("value").map((value) => `case when ${value} then «» end`), weight: 1 },
      { arbitrary: tie("value").map((value) => `array[${value}]`), weight: 1 },
    ),
  };
}).value;

test("analyse() tells placeholders from operators wherever both stand", () => {
  fc.assert(
    fc.property(known, known, (a, b) => {
      const marked = `select ${a} from t where x = ${b} limit «»`;
      let count = 0;
      const expected = marked.replaceAll("«»", () => `$${++count}`);
      const plan = analyse(marked.replaceAll("«»", "?"), "postgres");
      expect(plan).toEqual({ text: expected, expected: count, style: "question" });
    }),
    { numRuns: 2_000 },
  );
});

test("analyse() changes nothing when it reads its own result", () => {
  fc.assert(
    fc.property(known, (a) => {
      const plan = analyse(`select ${a}, «»`.replaceAll("«»", "?"), "postgres");
      expect(analyse(plan.text, "postgres").text).toBe(plan.text);
    }),
  );
});

test.each<[string, readonly unknown[], number, number, RegExp]>([
  ["select 1", [1], 0, 1, /no placeholder, but 1 parameter was given.*pass none/],
  [
    "select ?",
    [],
    1,
    0,
    /1 placeholder, but 0 parameters were given.*pass one parameter for each \?.*\?\?/,
  ],
  ["select ?, ?", [1, 2, 3], 2, 3, /2 placeholders, but 3 parameters were given/],
  ["select $1, $2", [1], 2, 1, /pass one parameter for each of \$1 to \$2/],
])(
  "bind() says what to do when the number does not fit: %j with %j",
  (text, params, expected, given, message) => {
    const error = thrownBy(() => bindPlaceholders(text, params));
    expect(error).toMatchObject({ code: "PARAMETER", expected, given });
    expect(error.message).toMatch(message);
  },
);

test("bind() refuses undefined by its position, also a hole, and lets null through", () => {
  expect(bindPlaceholders("select ?, ?", [null, 0]).params).toEqual([null, 0]);
  expect(thrownBy(() => bindPlaceholders("select ?, ?", [1, undefined])).message).toMatch(
    /Parameter 2 of 2 is undefined: pass null/,
  );
  const holed: unknown[] = [];
  holed[1] = 2;
  expect(thrownBy(() => bindPlaceholders("select ?, ?", holed)).message).toMatch(
    /Parameter 1 of 2/,
  );
});

test("bind() never tells a parameter's value", () => {
  const secret = "hunter2";
  for (const params of [[secret, undefined], [secret], [secret, secret, secret]]) {
    expect(thrownBy(() => bindPlaceholders("select ?, ?", params)).message).not.toContain(secret);
  }
});

test("bind() hands the same parameters on", () => {
  const params = [1];
  expect(bindPlaceholders("select $1", params).params).toBe(params);
  expect(bindPlaceholders("select ?", params, "mysql")).toEqual({ text: "select ?", params });
});

function thrownBy(act: () => unknown): ParameterError {
  try {
    act();
  } catch (error) {
    if (error instanceof ParameterError) return error;
    throw error;
  }
  throw new Error("Nothing was thrown");
}
