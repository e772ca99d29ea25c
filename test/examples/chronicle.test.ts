import { describe, expect, test } from "vitest";
import type { HoldfastEvent, RecoveryRung } from "../../mod.ts";
import { chronicle, emptyChronicle, readShares } from "../../examples/demo/chronicle.ts";
import { reportUpkeep } from "../../examples/demo/report.ts";

function ramp(phase: "started" | "done", endpoint = "r1"): HoldfastEvent {
  return { type: "ramp", endpoint, phase, overMs: 1_000, at: 0 };
}

function ejection(change: "ejected" | "returned"): HoldfastEvent {
  return { type: "ejection", endpoint: "r1", change, because: "it is slow", at: 0 };
}

function rung(name: RecoveryRung, phase: "started" | "recovered" = "started"): HoldfastEvent {
  return { type: "recovery", endpoint: "r1", rung: name, phase, attempt: 1, because: "", at: 0 };
}

function kept(...events: HoldfastEvent[]): ReturnType<typeof chronicle> {
  return events.reduce((so, event, i) => chronicle(so, event, i * 1_000), emptyChronicle);
}

const at = (
  id: string,
  share: number,
  circuit: "open" | "closed" = "closed",
) => [{ id, share, circuit }];

describe("chronicle()", () => {
  test("chronicle() counts each rung when it is taken, not when it helped", () => {
    expect(kept(rung("refresh"), rung("isolate"), rung("isolate", "recovered")).rungs).toEqual({
      refresh: 1,
      rebuildPool: 0,
      rebuildClient: 0,
      isolate: 1,
    });
  });

  test("chronicle() knows how long an ejection lasted, and one that has no end yet", () => {
    const { ejections } = kept(ejection("ejected"), ejection("returned"), ejection("ejected"));
    expect(ejections.map(({ atMs, forMs }) => [atMs, forMs])).toEqual([
      [0, 1_000],
      [2_000, undefined],
    ]);
  });

  test("chronicle() is the same reference for what it does not keep", () => {
    expect(kept({ type: "role", endpoint: "r1", from: "replica", to: "primary", at: 0 }))
      .toBe(emptyChronicle);
  });
});

describe("readShares()", () => {
  test("readShares() adds to the ramp that is under way, and its end is 1", () => {
    let so = kept(ramp("started", "r2"), ramp("started"));
    so = readShares(so, at("r1", 0.1));
    so = readShares(so, at("r1", 0.555));
    so = chronicle(so, ramp("done"), 9);
    so = readShares(so, at("r1", 0.7));
    expect(so.ramps.map(({ shares, done }) => ({ shares, done }))).toEqual([
      { shares: [], done: false },
      { shares: [0.1, 0.56, 1], done: true },
    ]);
  });

  test("readShares() reads nothing of an endpoint whose circuit is open, or that has no ramp", () => {
    const so = kept(ramp("started"));
    expect(readShares(so, at("r1", 0.5, "open"))).toEqual(so);
    expect(readShares(so, at("r3", 0.5))).toEqual(so);
  });
});

describe("reportUpkeep()", () => {
  test("reportUpkeep() tells rungs, ejections and ramps", () => {
    let so = kept(rung("refresh"), ejection("ejected"), ejection("returned"), ramp("started"));
    so = chronicle(readShares(so, at("r1", 0.25)), ramp("done"), 5_000);
    expect(reportUpkeep(so)).toEqual([
      "recovery       rungs taken: refresh 1, pool 0, client 0, isolate 0",
      "ejection       r1 at 1.0 s for 1.0 s: it is slow",
      "ramp           r1 from 3.0 s: 25 → 100 % of its load",
    ]);
  });

  test("reportUpkeep() says what was not over", () => {
    expect(reportUpkeep(kept(ejection("ejected"), ramp("started"))).slice(1)).toEqual([
      "ejection       r1 at 0.0 s until the end: it is slow",
      "ramp           r1 from 1.0 s: not over",
    ]);
  });
});
