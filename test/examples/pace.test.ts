import { describe, expect, test } from "vitest";
import { paceFor, paceInWords } from "../../examples/demo/pace.ts";

describe("paceFor()", () => {
  test("paceFor() is never slower than the defaults, and has them where there is time", () => {
    const unhurried = paceFor(300);
    expect(unhurried).toEqual({
      balance: "roundRobin",
      rampMs: 10_000,
      recovery: { attemptsPerRung: 2, backoffMs: 500 },
      outlier: { baseEjectionMs: 5_000 },
    });
    expect(paceFor(3_600)).toEqual(unhurried);
    expect(paceFor(30)).toMatchObject({ rampMs: 3_000, recovery: { attemptsPerRung: 1 } });
  });
});

describe("paceInWords()", () => {
  test("paceInWords() says what is not the default, and what the default is", () => {
    expect(paceInWords(paceFor(30))).toBe(
      "set (default): roundRobin (p2c), ramp 3 s (10), ejection 3 s (5), tries 1 (2), backoff 0.3 s (0.5)",
    );
    expect(paceInWords(paceFor(300))).toBe("set (default): roundRobin (p2c)");
  });
});
