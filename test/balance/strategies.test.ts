import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { STRATEGY_NAMES, strategyFor } from "../../src/balance/mod.ts";
import type { Draw, Strategy } from "../../src/balance/strategy.ts";
import { usableWeight } from "../../src/balance/weight.ts";
import { weightedRoundRobin } from "../../src/balance/weighted-round-robin.ts";
import type { Member } from "../../src/model/topology.ts";
import { ids, member, seeded } from "../model/member.ts";

function drawOf(seed = 1): Draw {
  return { random: seeded(seed), now: 0, turn: 0 };
}

function picks(strategy: Strategy, members: readonly Member[], count: number): string[] {
  const draw = drawOf();
  return Array.from({ length: count }, () => strategy(members, draw).endpoint.id);
}

function counted(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

const anyMembers = fc.array(
  fc.record({
    weight: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 100, noNaN: true }), fc.nat(10)),
    inFlight: fc.nat(50),
    peakMs: fc.double({ min: 0, max: 60_000, noNaN: true }),
    peakAt: fc.nat(100_000),
    score: fc.nat(100),
    credit: fc.integer({ min: -20, max: 20 }),
  }),
  { minLength: 1, maxLength: 6 },
).map((all) => all.map(({ weight, ...load }, i) => member(`e${i}`, { weight, load })));

describe("strategyFor()", () => {
  for (const name of STRATEGY_NAMES) {
    test(`strategyFor("${name}") always picks one of the candidates`, () => {
      fc.assert(
        fc.property(anyMembers, fc.nat(), fc.nat(200_000), (members, seed, now) => {
          const draw: Draw = { random: seeded(seed), now, turn: seed };
          const strategy = strategyFor(name);
          for (let n = 0; n < 5; n++) expect(members).toContain(strategy(members, draw));
        }),
      );
    });

    test(`strategyFor("${name}") picks one even from the ends of the random range`, () => {
      const members = ["a", "b", "c"].map((id) => member(id, { weight: 0.1 }));
      for (const end of [0, 1 - Number.EPSILON / 2]) {
        expect(members).toContain(
          strategyFor(name)(members, { random: () => end, now: 0, turn: 0 }),
        );
      }
    });

    test(`strategyFor("${name}") reaches every one of several standbys`, () => {
      const members = ["a", "b", "c"].map((id) => member(id, { weight: 0 }));
      expect(new Set(picks(strategyFor(name), members, 200)).size).toBe(3);
    });

    test(`strategyFor("${name}") draws nothing when there is no choice`, () => {
      const draw: Draw = { random: () => expect.fail("drew"), now: 0, turn: 0 };
      const only = member("a");
      expect(strategyFor(name)([only], draw)).toBe(only);
      expect(only.load.credit).toBe(0);
    });

    test(`strategyFor("${name}") says so when it is given nobody`, () => {
      expect(() => strategyFor(name)([], drawOf())).toThrow(RangeError);
    });
  }

  test("strategyFor() hands weights of one's own to weightedRoundRobin", () => {
    const members = [member("a"), member("b")];
    expect(counted(picks(strategyFor("weightedRoundRobin", { a: 3 }), members, 8))).toEqual({
      a: 6,
      b: 2,
    });
  });
});

describe("roundRobin()", () => {
  test("roundRobin() takes the candidates in turn, whatever their weights", () => {
    const members = [member("a", { weight: 9 }), member("b"), member("c")];
    expect(picks(strategyFor("roundRobin"), members, 7).join("")).toBe("abcabca");
  });

  test("roundRobin() does not fall into step with writes between the reads", () => {
    const primary = member("p", { role: "primary" });
    const replicas = [member("a"), member("b")];
    const draw = drawOf();
    const reads: string[] = [];
    for (let n = 0; n < 6; n++) {
      reads.push(strategyFor("roundRobin")(replicas, draw).endpoint.id);
      draw.turn++;
      strategyFor("roundRobin")([primary], draw);
      draw.turn++;
    }
    expect(reads.join("")).toBe("ababab");
  });
});

describe("weightedRoundRobin()", () => {
  test("weightedRoundRobin() spreads the turns of the heavy one, as nginx does", () => {
    const members = [member("a", { weight: 5 }), member("b"), member("c")];
    expect(picks(weightedRoundRobin(), members, 7).join("")).toBe("aabacaa");
  });

  test("weightedRoundRobin() gives each its exact share in every full cycle", () => {
    const weights = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(weights, (all) => {
        const members = all.map((weight, i) => member(`e${i}`, { weight }));
        const cycle = all.reduce((sum, weight) => sum + weight, 0);
        const counts = counted(picks(weightedRoundRobin(), members, 3 * cycle));
        all.forEach((weight, i) => expect(counts[`e${i}`]).toBe(3 * weight));
      }),
    );
  });

  test("weightedRoundRobin() owes a returning endpoint no backlog", () => {
    const away = member("a", { weight: 3 });
    const others = [member("b"), member("c")];
    const strategy = weightedRoundRobin();
    fc.assert(
      fc.property(fc.nat(12), fc.nat(500), (before, absence) => {
        picks(strategy, [away, ...others], before);
        picks(strategy, others, absence);
        const counts = counted(picks(strategy, [away, ...others], 50));
        expect(counts["a"]).toBeGreaterThanOrEqual(27);
        expect(counts["a"]).toBeLessThanOrEqual(33);
      }),
    );
  });

  test("weightedRoundRobin() is not fooled by ids that objects know", () => {
    const members = [member("constructor"), member("__proto__")];
    const turns = ["constructor", "__proto__", "constructor", "__proto__"];
    expect(picks(weightedRoundRobin({}), members, 4)).toEqual(turns);
  });

  test("weightedRoundRobin() with own weight 0 leaves that one out", () => {
    const members = [member("a"), member("b", { weight: 7 })];
    expect(counted(picks(weightedRoundRobin({ b: 0 }), members, 50))).toEqual({ a: 50 });
  });
});

describe("leastConnections()", () => {
  const least = strategyFor("leastConnections");

  test("leastConnections() takes the fewest in flight over weight", () => {
    const members = [
      member("a", { load: { inFlight: 2 } }),
      member("b", { weight: 4, load: { inFlight: 4 } }),
      member("c", { load: { inFlight: 3 } }),
    ];
    expect(new Set(picks(least, members, 20))).toEqual(new Set(["b"]));
  });

  test("leastConnections() decides between equals by chance, by weight", () => {
    const members = [
      member("a"),
      member("b", { weight: 3 }),
      member("c", { load: { inFlight: 1 } }),
    ];
    const counts = counted(picks(least, members, 4_000));
    expect(counts["c"]).toBeUndefined();
    expect(counts["b"]).toBeGreaterThan(2_850);
    expect(counts["b"]).toBeLessThan(3_150);
  });
});

describe("random()", () => {
  test("random() follows the weights", () => {
    const members = [member("a"), member("b", { weight: 3 }), member("c", { weight: 0 })];
    const counts = counted(picks(strategyFor("random"), members, 4_000));
    expect(counts["c"]).toBeUndefined();
    expect(counts["b"]).toBeGreaterThan(2_850);
    expect(counts["b"]).toBeLessThan(3_150);
  });
});

describe("healthBased()", () => {
  test("healthBased() follows weight × score, and gives the worst a call now and then", () => {
    const members = [
      member("a"),
      member("b", { load: { score: 50 } }),
      member("c", { load: { score: 0 } }),
    ];
    const counts = counted(picks(strategyFor("healthBased"), members, 15_100));
    expect(counts["a"]).toBeGreaterThan(9_700);
    expect(counts["b"]).toBeGreaterThan(4_700);
    expect(counts["c"]).toBeGreaterThan(50);
    expect(counts["c"]).toBeLessThan(170);
  });
});

describe("responseTime()", () => {
  test("responseTime() takes the fastest, until its queue makes it the slower one", () => {
    const fast = member("fast", { load: { peakMs: 5 } });
    const slow = member("slow", { load: { peakMs: 12 } });
    const strategy = strategyFor("responseTime");
    expect(ids([strategy([slow, fast], drawOf())])).toEqual(["fast"]);
    fast.load.inFlight = 2;
    expect(ids([strategy([slow, fast], drawOf())])).toEqual(["slow"]);
  });
});

describe("powerOfTwoChoices()", () => {
  const p2c = strategyFor("p2c");

  test("powerOfTwoChoices() never takes the worst of all", () => {
    const members = [4, 9, 2, 7].map((peakMs, i) => member(`e${i}`, { load: { peakMs } }));
    const counts = counted(picks(p2c, members, 2_000));
    expect(counts["e1"]).toBeUndefined();
    // Of the 6 pairs the best is in 3, the second in 2 more, the third only in 1 against the worst.
    expect(counts["e2"]).toBeGreaterThan(900);
    expect(counts["e0"]).toBeGreaterThan(580);
    expect(counts["e3"]).toBeGreaterThan(260);
  });

  test("powerOfTwoChoices() keeps the queues even, in proportion to the weights", () => {
    const members = [1, 1, 2].map((weight, i) => member(`e${i}`, { weight, load: { peakMs: 5 } }));
    const draw = drawOf(7);
    for (let n = 0; n < 400; n++) p2c(members, draw).load.inFlight++;
    const [a = 0, b = 0, c = 0] = members.map((m) => m.load.inFlight);
    expect(Math.abs(a - b)).toBeLessThanOrEqual(6);
    expect(Math.abs(c - a - b)).toBeLessThanOrEqual(12);
  });

  test("powerOfTwoChoices() does not pile a burst on an endpoint nobody has heard of", () => {
    const known = member("known", { load: { peakMs: 5 } });
    const fresh = member("fresh");
    const draw = drawOf();
    for (let n = 0; n < 100; n++) p2c([known, fresh], draw).load.inFlight++;
    expect(fresh.load.inFlight).toBe(1);
  });
});

describe("usableWeight()", () => {
  test("usableWeight() is never 0, so that every strategy may divide by it", () => {
    expect(usableWeight(0)).toBeGreaterThan(0);
    expect(usableWeight(3)).toBe(3);
  });
});
