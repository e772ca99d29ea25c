/** Isolates that live for a call or a few: what each of them finds out is lost but for what it tells. */

import { describe, expect, it } from "vitest";
import { read, sharedStage } from "./shared-stage.ts";

/** Ten isolates a second of so many calls each, until a dead replica is out for all; how often it was met. */
async function untilOut(calls: number): Promise<{ isolates: number; connects: number }> {
  const stage = sharedStage();
  stage.b.condition = "refusing";
  // None of them closes what it opened.
  stage.c.maxConnections = Infinity;
  for (let isolates = 1; isolates <= 300; isolates++) {
    const db = stage.isolate({ balance: "random" });
    for (let i = 0; i < calls; i++) await read(stage, db);
    await stage.clock.advance(100);
    const b = stage.store.cluster.endpoints.find((one) => one.id === "b");
    if (b?.circuit.phase === "open") return { isolates, connects: stage.b.connects };
  }
  return { isolates: Infinity, connects: stage.b.connects };
}

describe("a dead replica", () => {
  it.each([
    { calls: 1, isolates: 160, connects: 250 },
    { calls: 3, isolates: 25, connects: 80 },
    { calls: 5, isolates: 5, connects: 20 },
    { calls: 20, isolates: 5, connects: 20 },
  ])(
    "is out for all soon, by isolates of $calls calls each",
    async ({ calls, isolates, connects }) => {
      const found = await untilOut(calls);
      expect(found.isolates).toBeLessThanOrEqual(isolates);
      expect(found.connects).toBeLessThanOrEqual(connects);
    },
  );

  it("is left alone but for the trials once it is out, by two hundred isolates of three calls", async () => {
    const stage = sharedStage();
    stage.c.maxConnections = Infinity;
    stage.b.condition = "refusing";
    const live = async (isolates: number): Promise<number> => {
      const before = stage.b.connects;
      for (let i = 0; i < isolates; i++) {
        const db = stage.isolate({ balance: "random" });
        for (let n = 0; n < 3; n++) expect(await read(stage, db)).toBe("c");
        await stage.clock.advance(100);
      }
      return stage.b.connects - before;
    };
    expect(await live(100)).toBeGreaterThan(10);
    // Twenty seconds: pauses of one, two, four, eight, and none is shorter than the first.
    expect(await live(200)).toBeLessThanOrEqual(6);
  });

  it("is not met by twenty calls at once of an isolate that slept while it died", async () => {
    const stage = sharedStage();
    const db = stage.isolate();
    for (let i = 0; i < 4; i++) await read(stage, db);
    await stage.clock.advance(600_000);
    stage.b.die();
    for (const one of ["x", "y"]) {
      stage.store.hear(one, { id: "b", saw: "down", agoMs: 0 }, { id: "c", saw: "up", agoMs: 0 });
    }
    const { connects } = stage.b;
    const calls = Array.from({ length: 20 }, () => db.query("select 1"));
    const results = await stage.clock.runUntil(Promise.all(calls));
    expect(results.map((one) => one.attempts)).toEqual(results.map(() => 1));
    expect(stage.b.connects).toBe(connects);
  });
});
