import { expect, test } from "vitest";
import { CIRCUIT_DEFAULTS } from "../../src/admit/circuit.ts";
import { pauseMs } from "../../src/admit/pause.ts";

test("pauseMs() doubles with every opening, spread over its upper half, up to the cap", () => {
  const bounds = [1, 2, 3, 4, 5, 6, 2_000].map((openings) => [
    pauseMs(openings, 0, CIRCUIT_DEFAULTS),
    pauseMs(openings, 1, CIRCUIT_DEFAULTS),
  ]);
  expect(bounds).toEqual([
    [1_000, 2_000],
    [2_000, 4_000],
    [4_000, 8_000],
    [8_000, 16_000],
    [15_000, 30_000],
    [15_000, 30_000],
    [15_000, 30_000],
  ]);
});

test("pauseMs() takes a cap below the base for the base", () => {
  expect(pauseMs(3, 0.5, { ...CIRCUIT_DEFAULTS, cooldownMs: 500, maxCooldownMs: 100 })).toBe(500);
});
