/** What an isolate knows by others, and what it tells them. */

import { describe, expect, it } from "vitest";
import type { Holdfast } from "../../src/holdfast.ts";
import { read, type SharedStage, sharedStage } from "./shared-stage.ts";

/** Reads until the isolate's own circuit of `id` is open. */
async function learn(stage: SharedStage, db: Holdfast, id: string): Promise<void> {
  for (let i = 0; i < 60; i++) {
    await caughtOrDone(stage, db.query("select 1"));
    if (circuitOf(db, id) !== "closed") return;
  }
  throw new Error(`The circuit of ${id} never opened`);
}

function caughtOrDone(stage: SharedStage, call: Promise<unknown>): Promise<unknown> {
  return stage.clock.runUntil(call.catch((error: unknown) => error));
}

function circuitOf(db: Holdfast, id: string): string | undefined {
  return db.stats().endpoints.find((one) => one.id === id)?.circuit;
}

describe("a fresh isolate", () => {
  it("does not touch a replica that others know to be dead", async () => {
    const stage = sharedStage();
    const first = stage.isolate();
    stage.b.condition = "refusing";
    await learn(stage, first, "b");
    await stage.clock.advance(1_500);
    expect(stage.store.cluster.endpoints.find((one) => one.id === "b")?.circuit.phase).toBe("open");

    const connects = stage.b.connects;
    const fresh = stage.isolate();
    for (let i = 0; i < 20; i++) expect(await read(stage, fresh)).toBe("c");
    expect(stage.b.connects).toBe(connects);
    expect(circuitOf(fresh, "b")).toBe("open");
  });

  it("waits for a slow store a moment, once, and goes on by itself", async () => {
    const stage = sharedStage();
    stage.store.mood = { slowMs: 400 };
    const db = stage.isolate();
    const startedAt = stage.clock.now();
    await read(stage, db);
    expect(stage.clock.now() - startedAt).toBeLessThanOrEqual(110);
    const again = stage.clock.now();
    await read(stage, db);
    expect(stage.clock.now() - again).toBeLessThanOrEqual(5);
  });

  it("does not wait for a store that refuses", async () => {
    const stage = sharedStage();
    stage.store.mood = "refuses";
    const db = stage.isolate();
    await read(stage, db);
    expect(stage.clock.now()).toBeLessThanOrEqual(10);
  });

  it("never waits where it is told not to", async () => {
    const stage = sharedStage();
    stage.store.mood = "hangs";
    const db = stage.isolate({ sharing: { coldWaitMs: 0 } });
    await read(stage, db);
    expect(stage.clock.now()).toBeLessThanOrEqual(5);
  });

  it("sends its first write to the primary that others found, not to the one that was declared", async () => {
    const stage = sharedStage();
    stage.b.role = "primary";
    stage.b.generation = 2;
    stage.store.hear(
      "other",
      { id: "a", role: { role: "primary", generation: 1, agoMs: 60_000 } },
      { id: "b", role: { role: "primary", generation: 2, agoMs: 1_000 } },
    );
    const db = stage.isolate();
    const { servedBy } = await stage.clock.runUntil(db.execute("insert into t values (1)"));
    expect(servedBy).toBe("b");
    expect(stage.a.statements).toEqual([]);
  });

  it("knows by others how far a replica is behind", async () => {
    const stage = sharedStage();
    stage.store.hear(
      "other",
      { id: "b", role: { role: "replica", agoMs: 0 }, lag: { lagMs: 60_000, agoMs: 0 } },
      { id: "c", role: { role: "replica", agoMs: 0 }, lag: { lagMs: 10, agoMs: 0 } },
    );
    const db = stage.isolate({ readPreference: { mode: "secondary", maxLagMs: 5_000 } });
    for (let i = 0; i < 10; i++) expect(await read(stage, db)).toBe("c");
  });

  it("follows a ramp that began before it was there", async () => {
    const stage = sharedStage();
    stage.store.hear("x", { id: "b", saw: "up", agoMs: 0 }, { id: "c", saw: "up", agoMs: 0 });
    await stage.store.command({ type: "isolate", endpoint: "b" });
    await stage.store.command({ type: "release", endpoint: "b" });
    await stage.clock.advance(2_000);
    const db = stage.isolate();
    await read(stage, db);
    const share = db.stats().endpoints.find((one) => one.id === "b")?.share ?? 1;
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.4);
  });
});

describe("an isolate by its own evidence", () => {
  it("goes on with an endpoint that others gave up and that answers it, and says so", async () => {
    const stage = sharedStage();
    const db = stage.isolate();
    for (let i = 0; i < 10; i++) await read(stage, db);
    await stage.clock.advance(11_000);
    stage.store.hear("x", { id: "b", saw: "down", agoMs: 0 }, { id: "c", saw: "up", agoMs: 0 });
    stage.store.hear("y", { id: "b", saw: "down", agoMs: 0 });
    stage.store.hear("z", { id: "b", saw: "down", agoMs: 0 });
    expect(phaseOf(stage, "b")).toBe("open");
    await stage.clock.advance(100);
    for (let i = 0; i < 10; i++) await read(stage, db);
    expect(stage.store.reports.at(-1)?.endpoints.find((one) => one.id === "b")?.saw).toBe("up");
  });

  it("does not tell on what it was told", async () => {
    const stage = sharedStage();
    stage.store.hear("x", { id: "b", saw: "down", agoMs: 0 }, { id: "c", saw: "up", agoMs: 0 });
    stage.store.hear("y", { id: "b", saw: "down", agoMs: 0 }, { id: "a", saw: "up", agoMs: 0 });
    expect(phaseOf(stage, "b")).toBe("open");
    const db = stage.isolate();
    for (let i = 0; i < 40; i++) {
      await read(stage, db);
      await stage.clock.advance(500);
    }
    const own = stage.store.reports.filter((one) => one.reporter !== "x" && one.reporter !== "y");
    expect(own.length).toBeGreaterThan(5);
    expect(own.flatMap((one) => one.endpoints).filter((one) => one.saw === "down")).toEqual([]);
  });

  it("goes by its own rules once the store says nothing any more", async () => {
    const stage = sharedStage();
    stage.store.hear("x", { id: "b", saw: "down", agoMs: 0 }, { id: "c", saw: "up", agoMs: 0 });
    stage.store.hear("y", { id: "b", saw: "down", agoMs: 0 });
    const db = stage.isolate();
    await read(stage, db);
    expect(circuitOf(db, "b")).toBe("open");
    stage.store.mood = "refuses";
    for (let i = 0; i < 60; i++) {
      await read(stage, db);
      await stage.clock.advance(500);
    }
    expect(circuitOf(db, "b")).toBe("closed");
    expect(db.stats().sharing?.state).toBe("lost");
  });
});

describe("the trial", () => {
  it("is made by one of fifty isolates, and no caller is the trial", async () => {
    const stage = sharedStage();
    stage.b.condition = "refusing";
    stage.store.hear("x", { id: "b", saw: "down", agoMs: 0 }, { id: "c", saw: "up", agoMs: 0 });
    stage.store.hear("y", { id: "b", saw: "down", agoMs: 0 }, { id: "a", saw: "up", agoMs: 0 });
    await stage.clock.advance(3_000);
    const isolates = Array.from({ length: 50 }, () => stage.isolate());
    const calls = isolates.map((db) => db.query("select 1"));
    await stage.clock.runUntil(Promise.all(calls));
    await stage.clock.advance(100);
    expect(stage.store.claims.length).toBeGreaterThan(1);
    expect(stage.store.cluster.tokens).toBe(1);
    expect(stage.b.connects).toBe(1);
    expect(stage.b.statements).toEqual([]);
  });

  it("is left to the store that looks by itself, and every second one to others", async () => {
    const stage = sharedStage();
    stage.store.probes = true;
    stage.store.hear("x", { id: "b", saw: "down", agoMs: 0 }, { id: "c", saw: "up", agoMs: 0 });
    stage.store.hear("y", { id: "b", saw: "down", agoMs: 0 }, { id: "a", saw: "up", agoMs: 0 });
    await stage.clock.advance(3_000);
    const db = stage.isolate();
    await read(stage, db);
    await stage.clock.advance(100);
    expect(stage.store.claims).toEqual([]);

    // The store cannot reach it: its trial fails.
    const own = await stage.clock.runUntil(stage.store.claim({ endpoint: "b", reporter: "own" }));
    if (!own.granted) throw new Error("The trial was not due");
    stage.store.hear("own", { id: "b", trial: { token: own.token, passed: false } });
    for (let i = 0; i < 12 && phaseOf(stage, "b") !== "closed"; i++) {
      await read(stage, db);
      await stage.clock.advance(1_000);
    }
    expect(phaseOf(stage, "b")).toBe("closed");
    expect(stage.store.claims.length).toBeGreaterThan(1);
    expect(stage.b.statements.filter((text) => text === "select 1")).toEqual([]);
  });

  it("passes, and the endpoint comes back for all, little by little", async () => {
    const stage = sharedStage();
    const db = stage.isolate();
    stage.b.condition = "refusing";
    await learn(stage, db, "b");
    await stage.clock.advance(3_000);
    expect(phaseOf(stage, "b")).toBe("open");
    stage.b.condition = "up";
    for (let i = 0; i < 10 && phaseOf(stage, "b") !== "closed"; i++) {
      await read(stage, db);
      await stage.clock.advance(1_000);
    }
    expect(phaseOf(stage, "b")).toBe("closed");
    const other = stage.isolate();
    await read(stage, other);
    expect(other.stats().endpoints.find((one) => one.id === "b")?.share).toBeLessThan(1);
    for (let i = 0; i < 12; i++) {
      await read(stage, other);
      await stage.clock.advance(1_000);
    }
    expect(other.stats().endpoints.find((one) => one.id === "b")?.share).toBe(1);
  });
});

describe("commands", () => {
  it("isolate and release an endpoint for all", async () => {
    const stage = sharedStage();
    const db = stage.isolate();
    await read(stage, db);
    await stage.store.command({ type: "isolate", endpoint: "b" });
    await stage.clock.advance(11_000);
    await read(stage, db);
    await stage.clock.advance(100);
    expect(circuitOf(db, "b")).toBe("isolated");
    for (let i = 0; i < 5; i++) expect(await read(stage, db)).toBe("c");
    await stage.store.command({ type: "release", endpoint: "b" });
    await stage.clock.advance(11_000);
    await read(stage, db);
    await stage.clock.advance(100);
    expect(circuitOf(db, "b")).toBe("closed");
  });

  it("switch the roles for all", async () => {
    const stage = sharedStage();
    const db = stage.isolate();
    await read(stage, db);
    stage.c.role = "primary";
    stage.a.role = "replica";
    await stage.store.command({ type: "failover", from: "a", to: "c" });
    await stage.clock.advance(11_000);
    await read(stage, db);
    await stage.clock.advance(100);
    const { servedBy } = await stage.clock.runUntil(db.execute("insert into t values (1)"));
    expect(servedBy).toBe("c");
    expect(stage.a.statements.filter((text) => text.startsWith("insert"))).toEqual([]);
  });

  it("about roles are not undone by what an endpoint had said of itself before", async () => {
    const stage = sharedStage();
    const role = { role: "primary", generation: 1, agoMs: 0 } as const;
    stage.store.hear("other", { id: "a", saw: "up", role });
    await stage.clock.advance(1_000);
    stage.c.role = "primary";
    await stage.store.command({ type: "failover", from: "a", to: "c" });
    const fresh = stage.isolate();
    const { servedBy } = await stage.clock.runUntil(fresh.execute("insert into t values (1)"));
    expect(servedBy).toBe("c");
    expect(stage.a.statements.filter((text) => text.startsWith("insert"))).toEqual([]);
  });
});

it("costs the store next to nothing when all is well: below one call in a hundred queries", async () => {
  const stage = sharedStage();
  const db = stage.isolate();
  for (let i = 0; i < 3_000; i++) {
    await read(stage, db);
    await stage.clock.advance(1);
  }
  expect(stage.store.reports.length / 3_000).toBeLessThan(0.01);
});

it("without a store tells of none", async () => {
  const stage = sharedStage();
  const db = stage.isolate({ sharing: {}, store: undefined as never });
  await read(stage, db);
  expect(db.stats().sharing).toBeUndefined();
});

function phaseOf(stage: SharedStage, id: string): string | undefined {
  return stage.store.cluster.endpoints.find((one) => one.id === id)?.circuit.phase;
}
