import { describe, expect, test } from "vitest";
import type { EventOf, HoldfastEvent } from "../../mod.ts";
import { createTeller, inWords, line } from "../../examples/demo/words.ts";

function health(to: "alive" | "suspect" | "down", at: number, endpoint = "r1"): HoldfastEvent {
  return { type: "health", endpoint, from: "alive", to, because: "a probe failed", at };
}

function ramp(phase: "started" | "done", at: number): HoldfastEvent {
  return { type: "ramp", endpoint: "r1", phase, overMs: 2_500, at };
}

function circuit(change: Pick<EventOf<"circuit">, "from" | "to">, at: number): HoldfastEvent {
  return { type: "circuit", endpoint: "r1", ...change, because: "x", at };
}

function told(...events: HoldfastEvent[]): string[] {
  const tell = createTeller();
  return events.map(tell).filter((what) => what !== undefined);
}

describe("createTeller()", () => {
  test("createTeller() tells of an endpoint that flickers once in five seconds", () => {
    const flicker = Array.from(
      { length: 40 },
      (_, i) => health(i % 2 ? "alive" : "suspect", i * 200),
    );
    expect(told(...flicker)).toEqual([
      "r1: suspect (a probe failed)",
      "r1: alive again",
      "r1: suspect (a probe failed)",
      "r1: alive again",
    ]);
  });

  test("createTeller() always tells who goes down and who comes back from there", () => {
    const events = [
      health("suspect", 0),
      health("alive", 1),
      health("suspect", 2),
      health("down", 3),
      health("alive", 4),
    ];
    expect(told(...events).slice(2)).toEqual(["r1: down (a probe failed)", "r1: alive again"]);
  });

  test("createTeller() keeps endpoints apart", () => {
    expect(told(health("suspect", 0), health("suspect", 1, "r2"))).toHaveLength(2);
  });

  test("createTeller() tells a limit's way down and its way up once each", () => {
    const limits = [[10, 9], [9, 8], [8, 9], [9, 8], [8, 9]].map(([from = 0, to = 0], at) => (
      { type: "pool", endpoint: "r1", from, to, because: "slow", at } as const
    ));
    expect(told(...limits)).toEqual([
      "r1: 10 → 9 calls at once (slow)",
      "r1: 8 → 9 calls at once (slow)",
    ]);
  });

  test("createTeller() tells a circuit's failing trials once, opening and closing always", () => {
    expect(told(
      circuit({ from: "closed", to: "open" }, 0),
      circuit({ from: "open", to: "halfOpen" }, 1_000),
      circuit({ from: "halfOpen", to: "open" }, 1_001),
      circuit({ from: "open", to: "halfOpen" }, 3_000),
      circuit({ from: "halfOpen", to: "open" }, 3_001),
      circuit({ from: "halfOpen", to: "closed" }, 3_100),
      circuit({ from: "closed", to: "open" }, 3_200),
    )).toEqual([
      "r1: circuit closed → open (x)",
      "r1: circuit open → half-open (x)",
      "r1: circuit half-open → open (x)",
      "r1: circuit half-open → closed (x)",
      "r1: circuit closed → open (x)",
    ]);
  });

  test("createTeller() does not say that a ramp is over of an endpoint that is away again", () => {
    expect(told(ramp("started", 0), health("suspect", 1), ramp("done", 2))).toHaveLength(2);
    expect(told(ramp("started", 0), ramp("done", 1))).toEqual([
      "r1: back, and gets all of its share within 2.5 s",
      "r1: ramp over, it gets all of its share",
    ]);
  });
});

describe("inWords()", () => {
  const rung = {
    type: "recovery",
    endpoint: "r1",
    rung: "rebuildClient",
    because: "why",
    at: 0,
  } as const;
  test.each<[HoldfastEvent, string]>([
    [{ ...rung, phase: "started", attempt: 1 }, "r1: recovery, rung client: why"],
    [{ ...rung, phase: "started", attempt: 2 }, "r1: recovery, rung client once more: why"],
    [{ ...rung, phase: "recovered", attempt: 1 }, "r1: recovered, after rung client"],
    [
      { type: "ejection", endpoint: "r1", change: "ejected", because: "it is slow", at: 0 },
      "r1: ejected, it is slow",
    ],
    [
      { type: "ejection", endpoint: "r1", change: "returned", because: "its time is over", at: 0 },
      "r1: no longer ejected, its time is over",
    ],
    [
      { type: "panic", active: true, healthy: 1, total: 3, at: 0 },
      "panic: only 1 of 3 are well, nobody is ejected for being slow",
    ],
    [{ type: "panic", active: false, healthy: 2, total: 3, at: 0 }, "panic over: 2 of 3 are well"],
    [
      {
        type: "alert",
        rule: "lowScore",
        phase: "firing",
        value: 66.666,
        threshold: 70,
        says: "low",
        at: 0,
      },
      "ALERT lowScore: low (66.67)",
    ],
    [
      {
        type: "alert",
        rule: "lowScore",
        phase: "resolved",
        value: 90,
        threshold: 70,
        says: "low",
        at: 0,
      },
      "alert lowScore is over (90)",
    ],
  ])("inWords() puts %j into words", (event, words) => expect(inWords(event)).toBe(words));

  test("inWords() leaves out what is too much for a line each", () => {
    expect(inWords({ type: "probe", endpoint: "r1", ok: true, elapsedMs: 1, at: 0 }))
      .toBeUndefined();
    expect(inWords({ type: "failed", code: "DEADLINE", attempts: 1, at: 0 })).toBeUndefined();
  });
});

describe("line()", () => {
  test("line() marks what the demo did", () => {
    expect(line({ atMs: 1_234, by: "demo", what: "x" })).toBe("   1.2 s  ▶ x");
    expect(line({ atMs: 61_000, by: "holdfast", what: "x" })).toBe("  61.0 s    x");
  });
});
