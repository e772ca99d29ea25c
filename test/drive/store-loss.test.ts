/** A store that fails: no call fails with it, none waits for it, and it is left alone. */

import { describe, expect, it } from "vitest";
import { caught } from "./stage.ts";
import { read, sharedStage } from "./shared-stage.ts";

describe("a store that fails", () => {
  it.each(["refuses", "hangs", "overloaded", { slowMs: 5_000 }] as const)(
    "fails no call and holds none up: %o",
    async (mood) => {
      const stage = sharedStage();
      const db = stage.isolate();
      await read(stage, db);
      stage.store.mood = mood;
      for (let i = 0; i < 200; i++) {
        const startedAt = stage.clock.now();
        await read(stage, db);
        expect(stage.clock.now() - startedAt).toBeLessThanOrEqual(5);
        await stage.clock.advance(300);
      }
      expect(db.stats().sharing?.state).toBe("lost");
      expect(stage.events.filter((one) => one.type === "store").map((one) => one.phase))
        .toEqual(["lost"]);
      stage.store.mood = "well";
      for (let i = 0; i < 100; i++) {
        await read(stage, db);
        await stage.clock.advance(600);
      }
      expect(db.stats().sharing?.state).toBe("fresh");
      expect(stage.events.filter((one) => one.type === "store").map((one) => one.phase))
        .toEqual(["lost", "found"]);
    },
  );

  it("is left alone for longer and longer", async () => {
    const stage = sharedStage();
    const db = stage.isolate();
    stage.store.mood = "refuses";
    for (let i = 0; i < 600; i++) {
      await read(stage, db);
      await stage.clock.advance(500);
    }
    expect(db.stats().sharing?.syncs).toBeLessThan(25);
  });

  it("is not met by all at once when it is back", async () => {
    const stage = sharedStage();
    const isolates = Array.from({ length: 20 }, () => stage.isolate());
    for (const db of isolates) await read(stage, db);
    stage.store.mood = "refuses";
    for (let i = 0; i < 240; i++) {
      for (const db of isolates) await read(stage, db);
      await stage.clock.advance(500);
    }
    stage.store.mood = "well";
    stage.store.reports.length = 0;
    const perTick: number[] = [];
    for (let i = 0; i < 240; i++) {
      for (const db of isolates) await read(stage, db);
      await stage.clock.advance(250);
      perTick.push(stage.store.reports.length);
      stage.store.reports.length = 0;
      if (isolates.every((db) => db.stats().sharing?.state === "fresh")) break;
    }
    expect(isolates.every((db) => db.stats().sharing?.state === "fresh")).toBe(true);
    expect(Math.max(...perTick)).toBeLessThanOrEqual(6);
  });
});

it("a call that fails all the same carries its own error, not the store's", async () => {
  const stage = sharedStage();
  stage.store.mood = "refuses";
  stage.a.condition = "refusing";
  const db = stage.isolate();
  const error = await stage.clock.runUntil(caught(db.execute("insert into t values (1)")));
  expect(error.code).not.toBe("STORE");
});
