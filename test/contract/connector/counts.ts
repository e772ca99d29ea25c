/** How many rows changed, what was generated, and answers and statements of a size. */

import { judge } from "../../../src/judge/judge.ts";
import { check, same } from "../check.ts";
import type { ConnectorCase } from "./case.ts";
import { failureOf, onlyFor, type Stage, withConnection, withTable } from "./stage.ts";

async function three({ run }: Stage, table: string): Promise<void> {
  await run(`insert into ${table} values (1, 'a', 1), (2, 'b', 2), (3, 'c', 3)`);
}

export const counts: readonly ConnectorCase[] = [
  withTable("count: an insert of three rows changes three", async ({ run }, table) => {
    const answer = await run(`insert into ${table} values (1, 'a', 1), (2, 'b', 2), (3, 'c', 3)`);
    same([answer.rowsAffected, answer.rows, answer.fields], [3, [], []], "the answer");
  }),
  withTable("count: an update counts what it changes", async (stage, table) => {
    await three(stage, table);
    same((await stage.run(`update ${table} set n = n + 1 where id > 1`)).rowsAffected, 2, "rows");
  }),
  withTable("count: an update of nothing counts none", async (stage, table) => {
    same((await stage.run(`update ${table} set n = 0 where id = -1`)).rowsAffected, 0, "rows");
  }),
  withTable("count: a delete counts what it deletes", async (stage, table) => {
    await three(stage, table);
    same((await stage.run(`delete from ${table} where id < 3`)).rowsAffected, 2, "rows");
  }),
  withTable("count: a read changes none", async (stage, table) => {
    await three(stage, table);
    const answer = await stage.run(`select word from ${table} order by id`);
    same(answer.rowsAffected, 0, "rows affected");
    same(answer.rows, [{ word: "a" }, { word: "b" }, { word: "c" }], "the rows");
  }),
  withTable("count: no rows still have fields", async ({ run }, table) => {
    const { rows, fields } = await run(`select id, word from ${table}`);
    same([rows, fields.map(({ name }) => name)], [[], ["id", "word"]], "the answer");
  }),
  withTable("count: RETURNING gives rows and their number", async ({ run }, table) => {
    const answer = await run(`insert into ${table} values (7, 'a', 1) returning id`);
    same([answer.rows, answer.rowsAffected], [[{ id: 7 }], 1], "the answer");
  }, onlyFor("postgres", "MySQL has no RETURNING")),
  withConnection("generated key: the last insert id is told", async ({ connection, run }) => {
    const table = `contract_${crypto.randomUUID().replaceAll("-", "")}`;
    await run(`create table ${table} (id bigint auto_increment primary key, n int)`);
    try {
      await run(`insert into ${table} (n) values (1)`);
      const { lastInsertId } = await run(`insert into ${table} (n) values (2)`);
      same(String(lastInsertId), "2", "the id");
    } finally {
      await connection.run(`drop table ${table}`, [], { prepare: true });
    }
  }, onlyFor("mysql", "PostgreSQL tells it by RETURNING")),
  withConnection("large: 20,000 rows come whole and in order", async ({ run }) => {
    const { rows } = await run(
      "select n, repeat('x', 50) as x from generate_series(1, 20000) as n",
    );
    same([rows.length, rows[0]?.["n"], rows.at(-1)?.["n"]], [20_000, 1, 20_000], "the rows");
  }, onlyFor("postgres", "generate_series is PostgreSQL's")),
  withConnection("large: 10,000 rows come whole and in order", async ({ run }) => {
    const digit = "(select 0 as d union select 1 union select 2 union select 3 union select 4 " +
      "union select 5 union select 6 union select 7 union select 8 union select 9)";
    const { rows } = await run(
      `select a.d + 10 * b.d + 100 * c.d + 1000 * e.d as n, repeat('x', 50) as x ` +
        `from ${digit} a, ${digit} b, ${digit} c, ${digit} e order by n`,
    );
    check(rows.every(({ n, x }, i) => Number(n) === i && x === "x".repeat(50)), "all are right");
    same(rows.length, 10_000, "how many there are");
  }),
  withConnection("parameters: more than the protocol counts are refused", async (stage) => {
    const params = Array.from({ length: 70_000 }, (_, i) => i);
    const places = params.map((i) => stage.words.place(i + 1)).join(",");
    const text = `select 'in' as v where 9999 in (${places})`;
    for (let i = 0; i < 2; i++) {
      const failure = await failureOf(stage.run(text, params));
      same(judge(failure, "postgres").executed, "no", "whether it ran");
      same(failure.connection, "usable", "the connection");
      same((await stage.run("select 1 as one")).rows, [{ one: 1 }], "the next answer");
    }
  }, onlyFor("postgres", "they are written into the text, which has no such limit")),
  withConnection("large: a value of a million letters comes whole", async ({ run }) => {
    const { rows: [row] } = await run("select repeat('x', 1000000) as x");
    same(row?.["x"] === "x".repeat(1_000_000), true, "that it is the same");
  }),
  withConnection("parameters: 10,000 of them keep their places", async ({ run }) => {
    const params = Array.from({ length: 10_000 }, (_, i) => i);
    const places = params.map((i) => `$${i + 1}::int`).join(",");
    const { rows } = await run(`select array[${places}] as v`, params);
    same(rows, [{ v: params }], "what came back");
  }, onlyFor("postgres", "MySQL has no arrays to put them in: see the next")),
  withConnection("parameters: 10,000 of them in a list", async ({ run, words }) => {
    const params = Array.from({ length: 10_000 }, (_, i) => i);
    const places = params.map((i) => words.place(i + 1)).join(",");
    const { rows } = await run(`select 'in' as v where 9999 in (${places})`, params);
    same(rows, [{ v: "in" }], "what came back");
  }),
];
