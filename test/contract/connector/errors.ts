/** The database's own errors: whose they are, what they are called, and that the connection goes on. */

import { judge } from "../../../src/judge/judge.ts";
import { check, same } from "../check.ts";
import type { ConnectorCase } from "./case.ts";
import { failureOf, onlyFor, withConnection, withTable, type Words } from "./stage.ts";

const FAULTS: readonly (readonly [keyof Words["code"], (table: string) => string])[] = [
  ["syntax", () => "selec 1"],
  ["unknownTable", () => "select * from contract_no_such_table"],
  ["duplicate", (table) => `insert into ${table} values (1, 'b', 1)`],
  ["notNull", (table) => `insert into ${table} values (2, null, 1)`],
  ["check", (table) => `insert into ${table} values (2, 'b', 100)`],
];

export const errors: readonly ConnectorCase[] = [
  ...FAULTS.map(([fault, text]) =>
    withTable(
      `error: ${fault} has its code and leaves the connection usable`,
      async (stage, table) => {
        const { run, words, connection } = stage;
        await run(`insert into ${table} values (1, 'a', 1)`);
        for (let i = 0; i < 3; i++) {
          const failure = await failureOf(run(text(table)));
          const { origin, code, connection: after } = failure;
          same([origin, code, after], ["server", words.code[fault], "usable"], "the failure");
          const { kind, scope, executed } = judge(failure, stage.ground.connector.dialect);
          same([kind, scope, executed], ["statement", "statement", "no"], "the outcome");
          check(connection.usable, "the connection is usable");
        }
        const { rows } = await run(`select word from ${table}`);
        same(rows, [{ word: "a" }], "what the table holds");
      },
    )
  ),
  ...[true, false].map((prepare) =>
    withConnection(
      `error in the middle of rows (${
        prepare ? "prepared" : "a script"
      }): the next answer is whole`,
      async ({ connection }) => {
        const text = "select 10 / (3 - n) as v from generate_series(1, 5) as n";
        for (let i = 0; i < 3; i++) {
          const failure = await failureOf(connection.run(text, [], { prepare }));
          same([failure.code, failure.connection], ["22012", "usable"], "the failure");
          const { rows } = await connection.run(`select ${i} as a`, [], { prepare });
          same(rows, [{ a: i }], "the next answer");
        }
      },
      onlyFor("postgres", "MySQL's protocol over HTTP gives whole answers"),
    )
  ),
];
