import { describe, expect, test } from "vitest";
import { score } from "../../src/observe/score.ts";

const calls = (n: number, failures = 0, slow = 0): {
  calls: number;
  failures: number;
  slow: number;
} => ({ calls: n, failures, slow });

describe("score()", () => {
  test("score() is 100 for an endpoint nothing is held against", () => {
    expect(score("closed", calls(0))).toBe(100);
    expect(score("closed", calls(50))).toBe(100);
  });

  test("score() falls with the share of failures, half as much with slow calls", () => {
    expect(score("closed", calls(10, 3))).toBe(70);
    expect(score("closed", calls(10, 0, 3))).toBe(85);
  });

  test("score() does not condemn after one call", () => {
    expect(score("closed", calls(1, 1))).toBe(80);
  });

  test("score() is 0 without traffic and low on trial", () => {
    expect(score("open", calls(10))).toBe(0);
    expect(score("isolated", calls(10))).toBe(0);
    expect(score("halfOpen", calls(10))).toBe(25);
    expect(score("halfOpen", calls(10, 9))).toBe(10);
  });
});
