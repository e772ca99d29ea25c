/** Several statements in one message and one transaction, where a connector can. */

import { check, same } from "../check.ts";
import type { ConnectorCase, ConnectorGround } from "./case.ts";
import { failureOf, type Stage, withTable } from "./stage.ts";

const PLAIN = { readOnly: false, isolation: undefined, deferrable: false } as const;

function needsBatches({ batches }: ConnectorGround["connector"]): string | undefined {
  return batches === true ? undefined : "it has no batches: the core sends BEGIN and COMMIT";
}

async function words({ run }: Stage, table: string): Promise<unknown[]> {
  return (await run(`select word from ${table} order by id`)).rows.map(({ word }) => word);
}

function batch(
  name: string,
  play: (stage: Stage, table: string, insert: string) => Promise<void>,
): ConnectorCase {
  return withTable(`batch: ${name}`, async (stage, table) => {
    const { place } = stage.words;
    const insert = `insert into ${table} values (${place(1)}, ${place(2)}, 1)`;
    await play(stage, table, insert);
    check(stage.connection.usable, "the connection is usable");
  }, needsBatches);
}

export const batches: readonly ConnectorCase[] = [
  batch("answers each statement, in order", async (stage, table, insert) => {
    const answers = await stage.connection.runBatch?.([
      { text: insert, params: [1, "a"] },
      { text: insert, params: [2, "b"] },
      { text: `select word from ${table} order by id`, params: [] },
    ], PLAIN);
    same(answers?.map(({ rowsAffected }) => rowsAffected), [1, 1, 0], "rows affected");
    same(answers?.[2]?.rows, [{ word: "a" }, { word: "b" }], "the rows");
    same(await words(stage, table), ["a", "b"], "what is there");
  }),
  batch("keeps nothing when one fails", async (stage, table, insert) => {
    const failure = await failureOf(
      stage.connection.runBatch?.([
        { text: insert, params: [1, "a"] },
        { text: insert, params: [1, "b"] },
      ], PLAIN) ?? Promise.resolve(),
    );
    same(failure.code, stage.words.code.duplicate, "the code");
    same(await words(stage, table), [], "what is there");
  }),
  batch("writes nothing when it is read-only", async (stage, table, insert) => {
    const terms = { ...PLAIN, readOnly: true };
    const statements = [{ text: insert, params: [1, "a"] }];
    await failureOf(stage.connection.runBatch?.(statements, terms) ?? Promise.resolve());
    same(await words(stage, table), [], "what is there");
  }),
  batch(
    "refuses a parameter that does not fit, and sends nothing",
    async (stage, table, insert) => {
      const statements = [{ text: insert, params: [1, "a"] }, {
        text: insert,
        params: [2, "\ud800"],
      }];
      await failureOf(stage.connection.runBatch?.(statements, PLAIN) ?? Promise.resolve());
      same(await words(stage, table), [], "what is there");
    },
  ),
];
