/**
 * Thousands of runs, each from one seed. A failing one prints its seed and what happened in it;
 * `SIM_SEED=n npm test -- test/simulation` plays that one again, `SIM_RUNS=n` plays more.
 */

import { afterAll, beforeAll, expect, test } from "vitest";
import { play } from "./run.ts";

const RUNS = Number(process.env["SIM_RUNS"] ?? 2_000);
const PARTS = 4;
const given = process.env["SIM_SEED"];
/** How much of a failing run's trace is worth reading: the end, where it went wrong. */
const TRACE_LINES = 120;

const stackTraceLimit = Error.stackTraceLimit;
beforeAll(() => {
  // A run makes hundreds of errors nobody looks at; their stacks cost more than the run.
  Error.stackTraceLimit = 0;
});
afterAll(() => {
  Error.stackTraceLimit = stackTraceLimit;
});

/** What is played: in parts, so that progress shows. */
function parts(): [name: string, seeds: number[]][] {
  if (given !== undefined) return [[`seed ${given}`, [Number(given)]]];
  const fixed = Array.from({ length: PARTS }, (_, part): [string, number[]] => [
    `${RUNS} seeds, part ${part + 1} of ${PARTS}`,
    Array.from({ length: Math.ceil(RUNS / PARTS) }, (_, n) => 1 + part + n * PARTS),
  ]);
  const fresh = Math.floor(Math.random() * 2 ** 32);
  return [...fixed, [`a fresh seed, ${fresh}`, [fresh]]];
}

/** Plays a seed; when it fails, or was asked for by name, once more with a trace. */
async function breachIn(seed: number): Promise<string | undefined> {
  const { violation } = await play(seed);
  if (violation === undefined && given === undefined) return undefined;
  const { trace } = await play(seed, { tracing: true });
  if (given !== undefined) console.log(trace.join("\n"));
  return violation === undefined ? undefined : `Seed ${seed}: ${violation.message}\n` +
    `Replay it with SIM_SEED=${seed} npm test -- test/simulation\n\n` +
    trace.slice(-TRACE_LINES).join("\n");
}

test.each(parts())("play() holds %s", async (_, seeds) => {
  for (const seed of seeds) expect(await breachIn(seed)).toBe(undefined);
}, 600_000);
