/** What cannot be sent is refused unsent, and the connection goes on. */

import { judge } from "../../../src/judge/judge.ts";
import { check, same } from "../check.ts";
import type { ConnectorCase } from "./case.ts";
import { failureOf, onlyFor, type Stage, withConnection } from "./stage.ts";

/** Half of a letter: UTF-8 has no bytes for it. */
const HALF = "a\uD800b";

async function isRefused(
  { connection, run, words, ground }: Stage,
  sending: Promise<unknown>,
  code?: string,
): Promise<void> {
  const failure = await failureOf(sending);
  same([failure.origin, failure.connection], ["client", "usable"], "the failure");
  const { kind, scope, executed } = judge(failure, ground.connector.dialect);
  same([kind, scope, executed], ["statement", "client", "no"], "the outcome: unsent");
  if (code !== undefined) same(failure.code, code, "the code");
  check(!failure.message.includes("secret"), "the message does not hold the value");
  check(connection.usable, "the connection stays usable");
  same((await run(`select ${words.text(1)} as v`, ["on"])).rows, [{ v: "on" }], "the next answer");
}

function circle(): object {
  const round: Record<string, unknown> = { secret: "secret" };
  round["self"] = round;
  return round;
}

function circleOfArrays(): unknown[] {
  const round: unknown[] = ["secret"];
  round.push(round);
  return round;
}

/** What a request's body may well hold; a walk that calls itself for each level runs out of stack. */
const DEEP: unknown = JSON.parse("[".repeat(20_000) + "]".repeat(20_000));

const PARAMETERS: readonly (readonly [name: string, value: unknown])[] = [
  ["half a letter", HALF],
  ["half a letter at the end", "a\uDBFF"],
  ["a function", () => "secret"],
  ["a symbol", Symbol("secret")],
  ["undefined", undefined],
  ["an object in a circle", circle()],
  ["an array in a circle", circleOfArrays()],
  ["an array 20,000 deep", DEEP],
  ["an invalid Date", new Date(Number.NaN)],
];

export const unfit: readonly ConnectorCase[] = [
  ...PARAMETERS.map(([name, value]) =>
    withConnection(`parameter: ${name} is refused unsent`, async (stage) => {
      const text = `select ${stage.words.text(1)} as v`;
      // First by the first run of a text, then by one that is prepared already.
      const code = typeof value === "string" ? stage.words.code.half : undefined;
      for (let i = 0; i < 3; i++) await isRefused(stage, stage.run(text, [value]), code);
    })
  ),
  withConnection("parameter: half a letter in a String is refused unsent", async (stage) => {
    for (let i = 0; i < 3; i++) {
      await isRefused(stage, stage.run("select $1::text as v", [new String(HALF)]), "NOT_UNICODE");
    }
  }, onlyFor("postgres", "to MySQL it goes as JSON, which escapes")),
  withConnection("parameter: half a letter in an array is refused unsent", async (stage) => {
    for (let i = 0; i < 3; i++) {
      await isRefused(stage, stage.run("select $1::text[] as v", [["a", HALF]]), "NOT_UNICODE");
      await stage.run("select $1::text[] as v", [["a"]]);
    }
  }, onlyFor("postgres", "MySQL has no arrays")),
  ...["int4", "jsonb", "timestamptz", "numeric", "text[]"].map((type) =>
    withConnection(`parameter: a function for ${type} is refused unsent`, async (stage) => {
      for (let i = 0; i < 2; i++) {
        await isRefused(stage, stage.run(`select $1::${type} as v`, [() => "secret"]));
        await stage.run(`select $1::${type} as v`, [null]);
      }
    }, onlyFor("postgres", "in MySQL a literal has no type"))
  ),
  withConnection("parameter: a function in an array is refused unsent", async (stage) => {
    for (let i = 0; i < 3; i++) {
      await isRefused(stage, stage.run("select $1::text[] as v", [["a", () => "secret"]]));
      await stage.run("select $1::text[] as v", [["a"]]);
    }
  }, onlyFor("postgres", "MySQL has no arrays")),
  withConnection("text: a NUL is refused unsent", async (stage) => {
    await isRefused(stage, stage.run("select 1 as one\0; select 2"), "NUL");
    const script = stage.connection.run("select 'a\0b'", [], { prepare: false });
    await isRefused(stage, script, "NUL");
  }),
  withConnection("text: half a letter is refused unsent", async (stage) => {
    await isRefused(stage, stage.run(`select '${HALF}' as v`), "NOT_UNICODE");
  }),
];
