import { describe, expect, test } from "vitest";
import {
  decideHedge,
  endsHedge,
  hedgeDelayMs,
  type HedgeSituation,
} from "../../src/retry/hedge.ts";

const DUE: HedgeSituation = {
  dueAt: 100,
  now: 100,
  attempt: 1,
  maxAttempts: 3,
  elsewhere: true,
  budget: true,
};

describe("hedgeDelayMs()", () => {
  test("hedgeDelayMs() is what was asked for, whatever is observed", () => {
    expect([0, 3, 500].map((p95) => hedgeDelayMs({ afterMs: 40 }, p95))).toEqual([40, 40, 40]);
  });

  test("hedgeDelayMs() is the observed p95, unknown without one, and never under the floor", () => {
    const strategy = { after: "p95", minMs: 5 } as const;
    expect([0, 0.4, 5, 80].map((p95) => hedgeDelayMs(strategy, p95))).toEqual([
      undefined,
      5,
      5,
      80,
    ]);
  });
});

describe("decideHedge()", () => {
  test("decideHedge() sends when it is due and may", () => {
    expect(decideHedge(DUE)).toEqual({ action: "send" });
    expect(decideHedge({ ...DUE, attempt: 2 })).toEqual({ action: "send" });
  });

  test.each<[string, Partial<HedgeSituation>]>([
    ["all attempts are used up", { attempt: 3 }],
    ["there is nowhere else to go", { elsewhere: false }],
    ["the budget is empty", { budget: false }],
  ])("decideHedge() leaves it when %s", (_, change) => {
    expect(decideHedge({ ...DUE, ...change })).toEqual({ action: "leave" });
  });

  test("decideHedge() lets answers that lay unread during a pause of the process come first", () => {
    expect(decideHedge({ ...DUE, now: 110 })).toEqual({ action: "send" });
    expect(decideHedge({ ...DUE, now: 150 })).toEqual({ action: "wait", until: 151 });
    expect(decideHedge({ ...DUE, dueAt: 151, now: 152 })).toEqual({ action: "send" });
  });
});

test("endsHedge() is true of what another endpoint would say as well", () => {
  expect(endsHedge("statement")).toBe(true);
  expect(endsHedge("readOnly")).toBe(true);
  expect(endsHedge("aborted")).toBe(true);
  expect(endsHedge("disconnected")).toBe(false);
  expect(endsHedge("conflict")).toBe(false);
  expect(endsHedge("timeout")).toBe(false);
});
