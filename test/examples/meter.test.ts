import { describe, expect, test } from "vitest";
import { type Meter, perSecond } from "../../examples/demo/meter.ts";

describe("perSecond()", () => {
  test("perSecond() is 0 at first, then what the counter grew by", () => {
    const meter: Meter = new Map();
    expect(perSecond(meter, "a", 100, 0)).toBe(0);
    expect(perSecond(meter, "a", 300, 2_000)).toBe(100);
  });

  test("perSecond() keeps its last word between two close readings", () => {
    const meter: Meter = new Map();
    perSecond(meter, "a", 0, 0);
    perSecond(meter, "a", 50, 1_000);
    expect(perSecond(meter, "a", 99, 1_250)).toBe(50);
    expect(perSecond(meter, "a", 150, 2_000)).toBe(100);
  });

  test("perSecond() keeps counters apart", () => {
    const meter: Meter = new Map();
    perSecond(meter, "a", 0, 0);
    perSecond(meter, "b", 0, 0);
    expect(perSecond(meter, "a", 10, 1_000)).toBe(10);
    expect(perSecond(meter, "b", 20, 1_000)).toBe(20);
  });
});
