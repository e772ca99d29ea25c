/** Two that say they are the primary, of a database that has no generations: nobody can tell them apart. */

import { describe, expect, it } from "vitest";
import type { Holdfast } from "../../src/holdfast.ts";
import { read, type SharedStage, sharedStage } from "./shared-stage.ts";

/** Where it is written to, once a second. */
async function writes(stage: SharedStage, db: Holdfast, seconds: number): Promise<string[]> {
  const servers: string[] = [];
  for (let i = 0; i < seconds; i++) {
    const call = db.execute("insert into t values (1)").then(({ servedBy }) => servedBy, String);
    servers.push(await stage.clock.runUntil(call));
    await stage.clock.advance(1_000);
  }
  return servers;
}

/** A failover from `a` to `b` that a person commanded; `a` never learned of it. */
async function quarrel(store: boolean): Promise<{ stage: SharedStage; db: Holdfast }> {
  const stage = sharedStage({ background: true });
  stage.a.generation = undefined;
  stage.b.role = "primary";
  const db = stage.isolate(store ? {} : { store: undefined as never });
  await read(stage, db);
  await stage.clock.runUntil(db.failover("a", "b"));
  return { stage, db };
}

describe("an old primary that goes on saying so", () => {
  it.each([true, false])("gets no write while the new one answers, shared: %o", async (store) => {
    const { stage, db } = await quarrel(store);
    expect(new Set(await writes(stage, db, 300))).toEqual(new Set(["b"]));
    await stage.clock.runUntil(db.close());
  });

  it("gets none after an hour without a call either", async () => {
    const { stage, db } = await quarrel(false);
    for (let i = 0; i < 20; i++) {
      await stage.clock.advance(180_000);
      expect(await writes(stage, db, 1)).toEqual(["b"]);
    }
    await stage.clock.runUntil(db.close());
  });

  it("is followed once the new one is gone", async () => {
    const { stage, db } = await quarrel(false);
    await writes(stage, db, 30);
    stage.b.die();
    await writes(stage, db, 30);
    expect(await writes(stage, db, 3)).toEqual(["a", "a", "a"]);
    await stage.clock.runUntil(db.close());
  });
});
