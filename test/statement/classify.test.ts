import fc from "fast-check";
import { expect, test } from "vitest";
import type { Dialect, Intent, QueryType } from "../../src/model/statement.ts";
import { classify } from "../../src/statement/classify.ts";
import { NO_READS, READS_BY_HAND } from "./corpus.ts";
import { statement } from "./grammar.ts";

test.each(NO_READS)("classify() calls no read: %s", (text) => {
  const { intent, because } = classify(text);
  expect(intent).not.toBe("read");
  expect(because).not.toBe("");
});

test.each(READS_BY_HAND)("classify() calls a read: %s", (text) => {
  expect(classify(text)).toMatchObject({ intent: "read", leavesState: false, because: "" });
});

test.each<[string, Intent, QueryType, boolean]>([
  ["select 1", "read", "select", false],
  ["insert into t values (1)", "write", "insert", false],
  ["update t set a = 1", "write", "update", false],
  ["delete from t", "write", "delete", false],
  ["merge into t using u on true when matched then delete", "write", "merge", false],
  ["with a as (select 1) insert into t select * from a", "write", "insert", false],
  ["with a as (delete from t returning *) select * from a", "write", "select", false],
  ["select * from t for update", "write", "select", false],
  ["select * into v from t", "ddl", "select", false],
  ["select * into temp v from t", "ddl", "select", true],
  ["select * into pg_temp.v from t", "ddl", "select", true],
  ["create table t (a int)", "ddl", "ddl", false],
  ["create temp table t (a int)", "ddl", "ddl", true],
  ["create or replace temp view v as select 1", "ddl", "ddl", true],
  ["create function pg_temp.f() returns int language sql return 1", "ddl", "ddl", true],
  ["truncate t", "write", "other", false],
  ["call p(1)", "write", "procedure", false],
  ["do $$ begin end $$", "write", "procedure", true],
  ["copy t from stdin", "write", "copy", false],
  ["copy t to stdout", "read", "copy", false],
  ["begin", "transaction", "transaction", false],
  ["prepare transaction 'x'", "transaction", "transaction", false],
  ["set local a = 1", "session", "session", false],
  ["set a = 1", "session", "session", true],
  ["set session characteristics as transaction read only", "session", "session", true],
  ["set transaction read only", "transaction", "transaction", false],
  ["reset a", "session", "session", false],
  ["discard all", "session", "session", true],
  ["prepare q as select 1", "session", "session", true],
  ["execute q", "session", "session", false],
  ["listen c", "session", "session", true],
  ["unlisten c", "session", "session", false],
  ["notify c", "write", "other", false],
  ["declare c cursor for select 1", "session", "session", false],
  ["declare c cursor with hold for select 1", "session", "session", true],
  ["load 'x'", "session", "session", true],
  ["select set_config('a', 'b', true)", "session", "select", false],
  ["select set_config('a', 'b', false)", "session", "select", true],
  ["select set_config('a', 'b', $1)", "session", "select", true],
  ["select pg_advisory_lock(1)", "session", "select", true],
  ["select pg_advisory_unlock(1)", "session", "select", false],
  ["select pg_advisory_xact_lock(1)", "write", "select", false],
  ["insert into t select pg_advisory_lock(1)", "write", "insert", true],
  ["select currval('s')", "session", "select", false],
  ["select setseed(0)", "session", "select", true],
  ["show a", "read", "other", false],
  ["explain analyze delete from t", "write", "delete", false],
  ["frobnicate", "unknown", "other", true],
  ["'a'", "unknown", "other", true],
  ["select 'a", "unknown", "other", true],
  ["select 1 /* a", "unknown", "other", true],
  ['select "a', "unknown", "other", true],
  ["select $x$ a", "unknown", "other", true],
  ["select 1; select 2", "read", "select", false],
  ["set a = 1; select 1", "session", "session", true],
  ["set local a = 1; delete from t", "write", "delete", false],
  ["set a = 1; delete from t", "write", "delete", true],
  ["delete from t; create table v (a int)", "ddl", "ddl", false],
  ["begin; commit", "transaction", "transaction", false],
  ["begin; select 1; commit", "unknown", "other", true],
  ["delete from t; commit", "unknown", "other", true],
])("classify() reads %j", (text, intent, queryType, leavesState) => {
  expect(classify(text)).toMatchObject({ intent, queryType, leavesState });
});

test.each<[string, Intent, QueryType, boolean]>([
  ['select * from `delete` where a = "for update"', "read", "select", false],
  ["select insert('a', 1, 2, 'b'), replace(a, 'x', 'y') from t", "read", "select", false],
  ["select 'it\\'s; delete from t'", "read", "select", false],
  ["select 1 # for update", "read", "select", false],
  ["select 5--1; delete from t", "write", "delete", false],
  ["select /*+ max_execution_time(1) */ 1", "read", "select", false],
  ["select 1 /*! for update */", "unknown", "select", true],
  ["/*!50000 delete from t */", "unknown", "other", true],
  ["select 1 /*!, sleep(1) */ from t", "unknown", "select", true],
  ["select * from t for update", "write", "select", false],
  ["select * from t lock in share mode", "write", "select", false],
  ["select a into outfile '/x' from t", "write", "select", false],
  ["select a into @x from t", "session", "select", true],
  ["select @x := 1", "session", "select", true],
  ["select @x", "session", "select", false],
  ["select @@read_only", "read", "select", false],
  ["select get_lock('a', 1)", "session", "select", true],
  ["select last_insert_id()", "session", "select", false],
  ["with a as (select 1) delete from t", "write", "delete", false],
  ["replace into t values (1)", "write", "insert", false],
  ["delete quick from t", "write", "delete", false],
  ["load data infile 'x' into table t", "write", "copy", false],
  ["table t", "read", "select", false],
  ["desc t", "read", "select", false],
  ["explain select * from t", "read", "select", false],
  ["explain select * from (select place_order(1)) d", "write", "select", false],
  ["explain delete from t", "read", "select", false],
  ["explain format=json delete from t", "read", "select", false],
  ["explain analyze format=tree select * from t", "read", "select", false],
  ["explain analyze delete from t", "write", "delete", false],
  ["show tables", "read", "other", false],
  ["show warnings", "session", "other", false],
  ["use db", "session", "session", true],
  ["set names utf8mb4", "session", "session", true],
  ["set local a = 1", "session", "session", true],
  ["set transaction read only", "session", "session", true],
  ["lock tables t read", "session", "session", true],
  ["start transaction", "transaction", "transaction", false],
  ["start replica", "write", "other", false],
  ["xa begin 'a'", "transaction", "transaction", false],
  ["create temporary table t (a int)", "ddl", "ddl", true],
  ["create procedure p() begin delete from t; end", "ddl", "ddl", false],
  ["flush tables with read lock", "write", "other", true],
  ["select place_order(1) from dual", "write", "select", false],
  ["copy t to stdout", "unknown", "other", true],
])("classify() reads MySQL's %j", (text, intent, queryType, leavesState) => {
  expect(classify(text, { dialect: "mysql" })).toMatchObject({ intent, queryType, leavesState });
});

test.each<[string, readonly string[], Intent]>([
  ["select note(a) from t", [], "read"],
  ["select note(a) from t", ["note"], "write"],
  ["select NOTE (a) from t", ["Note"], "write"],
  ['select "Note"(a) from t', ["note"], "write"],
  ["select audit.note(a) from t", ["note"], "write"],
  ["select note(a) from t", ["audit.note"], "write"],
  ['select audit . "note"(a) from t', ['"audit"."note"'], "write"],
  ["select other.note(a) from t", ["audit.note"], "read"],
  ["select other.note(a) from t", ["audit.note", "note"], "write"],
  ["select other.note(a) from t", ["note", "audit.note"], "write"],
  ["select note(a) from t", ["note(int)"], "write"],
  ["select note from t", ["note"], "read"],
])("classify() reads %j with writingFunctions %j", (text, writingFunctions, intent) => {
  expect(classify(text, { writingFunctions }).intent).toBe(intent);
});

test.each<[string, Intent]>([
  ["select place_order($1)", "write"],
  ["select * from shop.place_order($1)", "write"],
  ["select shop.now()", "write"],
  ["with o as (select place_order($1) as id) select * from items join o using (id)", "write"],
  ["with o (id) as materialized (select * from place_order($1)) select * from items, o", "write"],
  ["select name from t union all select place_order($1)", "write"],
  ["(select place_order($1)) union all (select name from t)", "write"],
  ["select * from (select place_order($1) as id) o join items using (id)", "write"],
  ["select place_order($1) from generate_series(1, 3)", "write"],
  ["select st_distance(a, b) from places", "read"],
  ["select * from places where owner = (select auth.uid())", "read"],
  ["select d from places cross join lateral (select st_distance(a, b) as d) x", "read"],
  [
    "with p as (select a from places), d as (select my_score(a) as s from p) select s from d",
    "read",
  ],
  ["select * from json_to_record($1) as x(a int, b text)", "read"],
  ["select 'POINT(0 0)'::geometry(point, 4326)", "read"],
])(
  "classify() takes an unknown function where no table is read for a write: %s",
  (text, intent) => {
    expect(classify(text).intent).toBe(intent);
  },
);

test("classify() takes a listed reading function at its word, but not a built-in's", () => {
  const readingFunctions = ["search_places", "shop.find"];
  expect(classify("select * from search_places($1)", { readingFunctions }).intent).toBe("read");
  expect(classify("select shop.find($1)", { readingFunctions }).intent).toBe("read");
  expect(classify("select other.find($1)", { readingFunctions }).intent).toBe("write");
});

test("classify() counts statements, empty ones left out", () => {
  const count = (text: string, dialect: Dialect = "postgres"): number =>
    classify(text, { dialect }).statements;
  expect(count("; -- ;\n;")).toBe(0);
  expect(count("select ';'; select $$;$$;")).toBe(2);
  expect(count("create rule r as on insert to t do also (delete from u; select 1); select 1")).toBe(
    2,
  );
  expect(count("create function f() begin atomic select case when a then 1 end; end; select 1"))
    .toBe(2);
  expect(count("create procedure p() begin select 1; select 2; end", "mysql")).toBe(1);
});

test("classify() gives its reason in a few words, without the text's values", () => {
  fc.assert(
    fc.property(statement, (text) => {
      const { because } = classify(text);
      expect(because.length).toBeLessThan(160);
      expect(because).not.toMatch(/it's|drop table/);
    }),
  );
});

test("classify() never throws, and never calls a text with a write after it a read", () => {
  const anyText = fc.oneof(statement, fc.string({ unit: "binary" }));
  fc.assert(
    fc.property(anyText, fc.constantFrom<Dialect>("postgres", "mysql"), (text, dialect) => {
      classify(text, { dialect });
      // Whatever comes before: if it is closed, the write is seen; if it is open, nothing is believed.
      expect(classify(`${text}\n;delete from t`, { dialect }).intent).not.toBe("read");
    }),
    { numRuns: 800 },
  );
});

test("classify() takes hostile texts in stride", () => {
  const units = [
    "(",
    "select(",
    "set_config(",
    "with a as(",
    "f(a,",
    "f(f,",
    "a.",
    "create ",
    "union ",
    "from ",
    ",a(",
    "case ",
    "explain ",
    "explain analyze ",
    "explain(",
    "copy(",
    "$1 ",
  ];
  for (const unit of units) {
    const text = unit.repeat(Math.ceil(100_000 / unit.length));
    for (const dialect of ["postgres", "mysql"] as const) {
      for (const before of ["", "select ", "with x as (", "create "]) {
        expect(classify(before + text, { dialect }).statements).toBe(1);
      }
    }
  }
});

test.each(["values", "between", "by", "only t", '"select"'])(
  "classify() sees the write in a WITH part that updates %s",
  (table) => {
    const text = `with x as (update ${table} set a = 1 returning *) select * from x`;
    expect(classify(text).intent).toBe("write");
  },
);
