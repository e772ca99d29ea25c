/**
 * Thousands of runs, each from one seed. A failing one prints its seed and what happened in it;
 * `SIM_SEED=n npm test -- test/simulation` plays that one again, `SIM_RUNS=n` plays more.
 */

import { afterAll, beforeAll, expect, test } from "vitest";
import { play } from "./run.ts";

const RUNS = Number(process.env["SIM_RUNS"] ?? 2_000);
const PARTS = 4;
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

/** Plays a seed; when it fails, once more with a trace, and fails the test with it. */
async function expectToHold(seed: number): Promise<void> {
  const { violation } = await play(seed);
  if (violation === undefined) return;
  const { trace } = await play(seed, { tracing: true });
  expect.fail(
    `Seed ${seed}: ${violation.message}\n` +
      `Replay it with SIM_SEED=${seed} npm test -- test/simulation\n\n` +
      trace.slice(-TRACE_LINES).join("\n"),
  );
}

const given = process.env["SIM_SEED"];
if (given !== undefined) {
  test(`play() holds seed ${given}`, async () => {
    const { violation, trace } = await play(Number(given), { tracing: true });
    console.log(trace.join("\n"));
    expect(violation?.message).toBe(undefined);
  });
} else {
  test.each(Array.from({ length: PARTS }, (_, part) => part))(
    `play() holds ${RUNS} seeds, part %i of ${PARTS}`,
    async (part) => {
      for (let seed = part + 1; seed <= RUNS; seed += PARTS) await expectToHold(seed);
      expect.assertions(0);
    },
    600_000,
  );

  const fresh = Math.floor(Math.random() * 2 ** 32);
  test(`play() holds a fresh seed: ${fresh}`, async () => {
    await expectToHold(fresh);
    expect.assertions(0);
  });
}
