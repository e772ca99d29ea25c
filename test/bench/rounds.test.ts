import { describe, expect, test } from "vitest";
import { gather, interleave, rotate, type Samples } from "../../bench/rounds.ts";

describe("rotate()", () => {
  test("rotate() begins later and wraps around", () => {
    expect(rotate(["a", "b", "c"], 1)).toEqual(["b", "c", "a"]);
    expect(rotate(["a", "b", "c"], 5)).toEqual(["c", "a", "b"]);
    expect(rotate([], 3)).toEqual([]);
  });
});

describe("interleave()", () => {
  test("interleave() gives everybody one turn a round, in an order that moves on", async () => {
    const order: string[] = [];
    const contestants = ["a", "b", "c"].map((name) => ({
      name,
      measure: async () => order.push(name),
    }));
    const tally = await interleave(contestants, 3);
    expect(order.join("")).toBe("abcbcacab");
    expect(tally.get("b")).toEqual({ ok: true, samples: [2, 4, 9] });
  });

  test("interleave() never measures two at once", async () => {
    let running = 0;
    let most = 0;
    const measure = async (): Promise<void> => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      running--;
    };
    await interleave([{ name: "a", measure }, { name: "b", measure }], 4);
    expect(most).toBe(1);
  });

  test("interleave() takes no number from a contestant that erred, and goes on with the others", async () => {
    let turns = 0;
    const tally = await interleave([
      {
        name: "bad",
        measure: async () => {
          if (++turns === 2) throw new Error("boom");
          return 1;
        },
      },
      { name: "good", measure: async () => 2 },
    ], 4);
    expect(turns).toBe(2);
    expect(tally.get("bad")).toEqual({ ok: false, error: "boom" });
    expect(tally.get("good")).toEqual({ ok: true, samples: [2, 2, 2, 2] });
  });
});

describe("gather()", () => {
  const sum = (turns: readonly number[]): number => turns.reduce((a, b) => a + b, 0);

  test("gather() joins so many turns into a sample and leaves out what is not whole", () => {
    const tally = new Map<string, Samples<number>>([["a", {
      ok: true,
      samples: [1, 2, 10, 20, 100],
    }]]);
    expect(gather(tally, 2, sum).get("a")).toEqual({ ok: true, samples: [3, 30] });
  });

  test("gather() leaves an error an error", () => {
    const tally = new Map<string, Samples<number>>([["a", { ok: false, error: "boom" }]]);
    expect(gather(tally, 2, sum).get("a")).toEqual({ ok: false, error: "boom" });
  });
});
