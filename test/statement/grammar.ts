/**
 * Texts grown from a grammar, for the parser and the standby to judge. Every expression is a text and every
 * query has one column, so that nearly all of them run. They speak of what `SETUP` makes.
 */

import fc from "fast-check";
import { NO_READS, READS_BY_HAND } from "./corpus.ts";

/** What the texts speak of. */
export const SETUP: readonly string[] = [
  "create table t (id int primary key, name text, doc jsonb)",
  "create table u (id int, name text)",
  "create sequence s",
  "create table names (name text)",
  "insert into t values (1, 'a', '{}')",
  "insert into u values (1, 'b')",
  `create function place_order(int) returns text language plpgsql as
     $$ begin insert into u values ($1, 'ordered'); return 'ordered'; end $$`,
];

type Text = fc.Arbitrary<string>;

const pick = (...texts: string[]): Text => fc.constantFrom(...texts);

const blank: Text = fc.oneof(
  { arbitrary: pick(" "), weight: 12 },
  {
    arbitrary: pick("\n", "\t ", " /* insert */ ", " /* /* for update */ ' */ ", " -- it's\n"),
    weight: 3,
  },
);

/** The parts with blanks and comments after each. */
const glue = (...parts: Text[]): Text =>
  fc.tuple(...parts.flatMap((part) => [part, blank])).map((all) => all.join(""));

const often = (part: Text): Text =>
  fc.oneof({ arbitrary: pick(""), weight: 2 }, { arbitrary: part, weight: 2 });

const rarely = (part: Text): Text =>
  fc.oneof({ arbitrary: pick(""), weight: 16 }, { arbitrary: part, weight: 1 });

const string: Text = pick(
  "'a'",
  "'it''s'",
  "'; delete from t; --'",
  "E'\\'; drop table t --'",
  "'\\'",
  "$$ insert into t $$",
  "$q$ ' $$ \" $q$",
  "U&'d\\0061t\\+000061'",
  "''",
  "'日本'",
);

const reading: Text = pick(
  "lower('X')",
  "now()::text",
  "abs(-1)::text",
  "coalesce(null, 'x')",
  "pg_typeof(1)::text",
  "Pg_Catalog . Upper('x')",
  "cast(1.5 as varchar(3))",
  "extract(year from now())::text",
  "substring('abc' from 1 for 2)",
);

const acting: Text = pick(
  "nextval('s')::text",
  "pg_catalog.nextval('s')::text",
  "\"nextval\"('s')::text",
  "setval('s', 3)::text",
  "pg_advisory_xact_lock(1)::text",
  "txid_current()::text",
  "pg_notify('c', '')::text",
  "set_config('work_mem', '1MB', true)",
  "pg_current_wal_lsn()::text",
  "lo_creat(-1)::text",
);

interface Grammar {
  readonly expression: string;
  readonly query: string;
}

const grammar = fc.letrec<Grammar>((tie: fc.LetrecTypedTie<Grammar>) => {
  const expression = fc.oneof(
    { maxDepth: 4, depthIdentifier: "expression" },
    { arbitrary: pick("t.name", 't."name"', "T.NAME", '"t".name'), weight: 4 },
    { arbitrary: string, weight: 3 },
    { arbitrary: pick("null", "'1'", "1e3::text", ".5::text", "(0x1f - -1)::text"), weight: 1 },
    { arbitrary: reading, weight: 3 },
    { arbitrary: rarely(acting).map((text) => text === "" ? "'-'" : text), weight: 4 },
    { arbitrary: glue(tie("expression"), pick("||"), tie("expression")), weight: 2 },
    {
      arbitrary: glue(pick("("), tie("expression"), pick(")", ")::text", ") :: varchar")),
      weight: 1,
    },
    {
      arbitrary: glue(
        pick("case when"),
        tie("expression"),
        pick("is distinct from 'q' then 'x' end"),
      ),
      weight: 1,
    },
    { arbitrary: glue(pick("("), tie("query"), pick("limit 1)")), weight: 1 },
    { arbitrary: glue(pick("exists ("), tie("query"), pick(")::text")), weight: 1 },
    { arbitrary: glue(pick("(array["), tie("expression"), pick(", 'x'])[1]")), weight: 1 },
  );
  const from = fc.oneof(
    {
      arbitrary: pick(
        "from t",
        "from t, u",
        "from t join u using (id)",
        "FROM public.t AS t",
        'from "t"',
      ),
      weight: 6,
    },
    { arbitrary: glue(pick("from ("), tie("query"), pick(") as t (name)")), weight: 1 },
    { arbitrary: pick("from generate_series(1, 2) as t (name)"), weight: 1 },
    {
      arbitrary: rarely(pick("from place_order(1) as t (name)")).map((text) => text || "from t"),
      weight: 2,
    },
  );
  const select = glue(
    pick("select", "SELECT", "select distinct", "Select All"),
    tie("expression"),
    pick("", "as x", "as delete", 'as "into"'),
    rarely(pick("into v", "into temp v")),
    from,
    often(glue(pick("where"), tie("expression"), pick("<> 'x'"))),
    pick("", "", "order by 1", "offset 0"),
    rarely(pick("for update of t", "FOR SHARE", "for no key update", "for key share skip locked")),
  );
  const part = fc.oneof({ arbitrary: tie("query"), weight: 8 }, {
    arbitrary: change(tie),
    weight: 1,
  });
  const cte = glue(
    pick("with", "with recursive"),
    pick("c", '"C"', "c (n)"),
    pick("as (", "as materialized (", "AS NOT MATERIALIZED ("),
    part,
    pick(")"),
    part,
  );
  const query = fc.oneof(
    { maxDepth: 4, depthIdentifier: "query" },
    { arbitrary: select, weight: 8 },
    { arbitrary: pick("values ('a'), ('b')", "table names"), weight: 1 },
    { arbitrary: glue(pick("("), tie("query"), pick(")")), weight: 1 },
    {
      arbitrary: glue(pick("("), tie("query"), pick(") union all ("), tie("query"), pick(")")),
      weight: 1,
    },
    { arbitrary: cte, weight: 2 },
  );
  return { expression, query };
});

function change(tie: (key: "expression" | "query") => Text): Text {
  return fc.oneof(
    glue(pick("insert into u (name)"), tie("query"), pick("", "returning name")),
    pick("insert into u values (1, 'a') on conflict do nothing returning name"),
    glue(pick("update t set name ="), tie("expression"), pick("", "returning name")),
    glue(pick("delete from only t where"), tie("expression"), pick("= 'x' returning t.name")),
    pick("merge into t using u on t.id = u.id when not matched then do nothing"),
  );
}

const { query } = grammar;
const changing = change((key) => grammar[key]);

const one: Text = fc.oneof(
  { arbitrary: query, weight: 12 },
  { arbitrary: changing, weight: 1 },
  {
    arbitrary: glue(
      pick("explain", "explain analyze", "explain (analyze, costs off)", "explain (analyze off)"),
      fc.oneof(query, changing),
    ),
    weight: 2,
  },
  { arbitrary: glue(pick("copy ("), fc.oneof(query, changing), pick(") to stdout")), weight: 1 },
  { arbitrary: fc.constantFrom(...NO_READS), weight: 1 },
  { arbitrary: fc.constantFrom(...READS_BY_HAND), weight: 1 },
);

/** Any text: a query, a change, an EXPLAIN, a COPY, a script of two. */
export const statement: Text = fc.oneof(
  { arbitrary: one, weight: 8 },
  { arbitrary: glue(one, pick(";", ";;", "; -- x\n;"), one, pick("", ";")), weight: 1 },
);

/** The same texts every time: what is refused on one run must be refused on the next. */
export function grow(count: number): readonly string[] {
  return fc.sample(statement, { numRuns: count, seed: 20261123 });
}
