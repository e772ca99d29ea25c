import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  abandoned,
  began,
  cost,
  ended,
  failed,
  overtaken,
  peakMs,
} from "../../src/balance/load.ts";
import { freshLoad } from "../../src/model/topology.ts";
import { member } from "../model/member.ts";

describe("ended()", () => {
  test("ended() takes the first answer time as it is, then a fifth of each", () => {
    const load = freshLoad();
    began(load);
    ended(load, 10, 0);
    expect(load.latencyMs).toBe(10);
    began(load);
    ended(load, 20, 0);
    expect(load.latencyMs).toBe(12);
  });

  test("ended() lets the peak jump up at once and come down over 10 s", () => {
    const load = freshLoad();
    ended(load, 5, 0);
    ended(load, 100, 1);
    expect(load.peakMs).toBe(100);
    ended(load, 5, 2);
    expect(load.peakMs).toBeGreaterThan(99);
    ended(load, 5, 10_002);
    expect(load.peakMs).toBeCloseTo(5 + 95 / Math.E, 1);
    ended(load, 5, 1_000_000);
    expect(load.peakMs).toBeCloseTo(5);
  });
});

describe("overtaken()", () => {
  test("overtaken() makes an endpoint look slower or as it did, never faster", () => {
    const ms = fc.double({ min: 0, max: 10_000, noNaN: true });
    fc.assert(
      fc.property(ms, ms, fc.nat(20_000), (answered, waited, pause) => {
        const load = freshLoad();
        began(load);
        ended(load, answered, 0);
        began(load);
        const [latency, peak] = [load.latencyMs, peakMs(load, pause)];
        overtaken(load, waited, pause);
        expect(load.inFlight).toBe(0);
        expect(load.latencyMs).toBeGreaterThanOrEqual(latency);
        expect(peakMs(load, pause)).toBeGreaterThanOrEqual(peak);
      }),
    );
  });

  test("overtaken() remembers how long was waited in vain", () => {
    const load = freshLoad();
    ended(load, 1, 0);
    began(load);
    overtaken(load, 50, 10);
    expect(peakMs(load, 10)).toBe(50);
    expect(load.latencyMs).toBeGreaterThan(10);
  });
});

describe("failed()", () => {
  test("failed() never makes an endpoint look faster, however fast it fails", () => {
    const ms = fc.double({ min: 0, max: 10_000, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(ms, fc.nat(20_000)), { maxLength: 20 }),
        ms,
        (before, quick) => {
          const load = freshLoad();
          let now = 0;
          for (const [elapsedMs, pause] of before) {
            now += pause;
            ended(load, elapsedMs, now);
          }
          const { latencyMs } = load;
          const peak = peakMs(load, now);
          failed(load, quick, now);
          expect(load.latencyMs).toBe(latencyMs);
          expect(peakMs(load, now)).toBeGreaterThanOrEqual(Math.max(peak, quick, 10));
        },
      ),
    );
  });

  test("failed() sends traffic away from a black hole", () => {
    const hole = member("hole", { load: { peakMs: 5 } });
    const well = member("well", { load: { peakMs: 8 } });
    began(hole.load);
    failed(hole.load, 0.2, 0);
    expect(cost(hole, 0)).toBeGreaterThan(cost(well, 0));
  });

  test("failed() is forgiven with time, and bounded", () => {
    const load = freshLoad();
    for (let n = 0; n < 1_000; n++) failed(load, 1, 0);
    expect(load.peakMs).toBe(60_000);
    expect(peakMs(load, 30_001)).toBe(0);
  });
});

describe("abandoned()", () => {
  test("abandoned() ends an attempt and learns nothing", () => {
    const load = freshLoad();
    began(load);
    abandoned(load);
    expect(load).toEqual(freshLoad());
  });

  test("abandoned() never counts below nothing", () => {
    const load = freshLoad();
    abandoned(load);
    expect(load.inFlight).toBe(0);
  });
});

describe("began()", () => {
  test("began() and any one end leave nothing in flight", () => {
    const ends = fc.array(fc.constantFrom("ended", "failed", "abandoned"));
    fc.assert(
      fc.property(ends, (all) => {
        const load = freshLoad();
        for (const _ of all) began(load);
        expect(load.inFlight).toBe(all.length);
        for (const end of all) {
          if (end === "ended") ended(load, 3, 0);
          else if (end === "failed") failed(load, 3, 0);
          else abandoned(load);
        }
        expect(load.inFlight).toBe(0);
      }),
    );
  });
});

describe("cost()", () => {
  test("cost() of an idle endpoint of unknown speed is nothing, so that it is tried", () => {
    expect(cost(member("a"), 0)).toBe(0);
  });

  test("cost() forgets a measurement after half a minute", () => {
    const idle = member("a", { load: { peakMs: 900 } });
    expect(cost(idle, 29_000)).toBeGreaterThan(0);
    expect(cost(idle, 30_001)).toBe(0);
  });

  test("cost() grows with the queue and shrinks with the weight", () => {
    expect(cost(member("a", { load: { peakMs: 6, inFlight: 2 } }), 0)).toBe(18);
    expect(cost(member("a", { weight: 3, load: { peakMs: 6, inFlight: 2 } }), 0)).toBe(6);
  });
});
