/** The only primary: what all believe of it stops nobody for longer than it has to. */

import { describe, expect, it } from "vitest";
import type { Holdfast } from "../../src/holdfast.ts";
import type { EndpointReport, Snapshot } from "../../src/model/belief.ts";
import { CLUSTER_DEFAULTS } from "../../src/model/cluster-rules.ts";
import type { Store } from "../../src/ports.ts";
import { type SharedStage, sharedStage } from "./shared-stage.ts";

/** Where it was written to, or what it failed with. */
async function write(stage: SharedStage, db: Holdfast): Promise<string> {
  const call = db.execute("insert into t values (1)").then(({ servedBy }) => servedBy, String);
  return await stage.clock.runUntil(call);
}

it("an old primary that was heard before the failover does not let it be opened for all", async () => {
  const stage = sharedStage();
  const tellBoth = async (...words: EndpointReport[]): Promise<void> => {
    for (const one of ["x", "y"]) stage.store.hear(one, ...words);
    await stage.clock.advance(10_000);
  };
  const up = { saw: "up", agoMs: 0 } as const;
  const replica = { role: "replica", agoMs: 0 } as const;
  await tellBoth(
    { id: "a", ...up, role: replica },
    { id: "b", ...up, role: { role: "primary", generation: 1, agoMs: 0 } },
    { id: "c", ...up, role: replica },
  );
  await tellBoth(
    { id: "a", ...up, role: { role: "primary", generation: 2, agoMs: 0 } },
    { id: "b", ...up },
    { id: "c", ...up },
  );
  await tellBoth({ id: "a", saw: "down", agoMs: 0 }, { id: "b" }, { id: "c", ...up });
  const believed = stage.store.cluster.endpoints.find((one) => one.id === "a");
  expect(believed?.circuit.phase).toBe("closed");
  expect(believed?.heldSince).toBeDefined();
});

describe("a primary that all find down", () => {
  /** Three isolates that met it dead for a quarter of a minute. */
  async function outage(): Promise<{ stage: SharedStage; all: Holdfast[] }> {
    const stage = sharedStage();
    const all = [stage.isolate(), stage.isolate(), stage.isolate()];
    for (const db of all) expect(await write(stage, db)).toBe("a");
    stage.a.die();
    for (let i = 0; i < 30; i++) {
      for (const db of all) await write(stage, db);
      await stage.clock.advance(500);
    }
    return { stage, all };
  }

  it("is not opened for all, as no replica stands in for it, and is written to again soon", async () => {
    const { stage, all } = await outage();
    const believed = stage.store.cluster.endpoints.find((one) => one.id === "a");
    expect(believed?.circuit.phase).toBe("closed");
    expect(all[0]?.stats().sharing?.held).toEqual(["a"]);
    stage.a.condition = "up";
    await stage.clock.advance(4_000);
    for (const db of all) await write(stage, db);
    await stage.clock.advance(1_500);
    for (const db of all) expect(await write(stage, db)).toBe("a");
  });

  it("is written to again by isolates of one call each when nobody says so any more, at the latest", async () => {
    const { stage } = await outage();
    stage.a.condition = "up";
    const backAt = stage.clock.now();
    const longestMs = CLUSTER_DEFAULTS.evidenceMs + 1_000;
    while (await write(stage, stage.isolate()) !== "a") {
      expect(stage.clock.now() - backAt).toBeLessThan(longestMs);
      await stage.clock.advance(200);
    }
  });
});

it("who waits for its turn at it goes on by itself once the store is gone", async () => {
  const stage = sharedStage();
  stage.store.hear("x", { id: "a", saw: "down", agoMs: 0 });
  let isGone = false;
  // A turn in a fleet of so many is minutes off.
  const crowd = { fleet: 20_000, spreadMs: 100_000, nextSyncMs: 100_000 };
  const held = ({ endpoints, ...rest }: Snapshot): Snapshot => {
    const told = endpoints.map((one) => {
      return one.id === "a" ? { ...one, held: true, openForMs: 1_000 } : one;
    });
    return { ...rest, ...crowd, endpoints: told };
  };
  const store: Store = {
    name: "crowded",
    consistency: "advisory",
    sync: async (report, terms) => {
      if (isGone) throw new Error("gone");
      return held(await stage.store.sync(report, terms));
    },
  };
  for (let i = 0; i < 10; i++) {
    isGone = false;
    const db = stage.isolate({ store });
    await write(stage, db);
    const { circuit } = db.stats().endpoints.find((one) => one.id === "a") ?? {};
    expect(circuit).toBe("open");
    isGone = true;
    // No word holds for longer than three syncs.
    for (let second = 0; second < 300; second++) {
      if (db.stats().sharing?.state === "lost" || await write(stage, db) === "a") break;
      await stage.clock.advance(1_000);
    }
    expect(await write(stage, db)).toBe("a");
  }
});
