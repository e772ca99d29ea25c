/** What a person holds here, and what one holds for all; endpoints that are taken out for all. */

import { describe, expect, it } from "vitest";
import { memoryStore } from "../../adapters/stores/memory/mod.ts";
import { UsageError } from "../../src/errors.ts";
import type { Holdfast } from "../../src/holdfast.ts";
import type { Command } from "../../src/model/belief.ts";
import { read, type SharedStage, sharedStage } from "./shared-stage.ts";

function circuitOf(db: Holdfast, id: string): string | undefined {
  return db.stats().endpoints.find((one) => one.id === id)?.circuit;
}

async function commanded(stage: SharedStage, db: Holdfast, command: Command): Promise<void> {
  await stage.store.command(command);
  await stage.clock.advance(11_000);
  await read(stage, db);
  await stage.clock.advance(100);
}

describe("an endpoint that is held", () => {
  it("by a person here stays so when it is let go for all", async () => {
    const stage = sharedStage();
    const db = stage.isolate();
    await read(stage, db);
    await commanded(stage, db, { type: "isolate", endpoint: "b" });
    db.isolate("b");
    await commanded(stage, db, { type: "release", endpoint: "b" });
    expect(circuitOf(db, "b")).toBe("isolated");
    db.release("b");
    expect(circuitOf(db, "b")).toBe("closed");
  });

  it("by a person here before all hold it stays so too", async () => {
    const stage = sharedStage();
    const db = stage.isolate();
    await read(stage, db);
    db.isolate("b");
    await commanded(stage, db, { type: "isolate", endpoint: "b" });
    await commanded(stage, db, { type: "release", endpoint: "b" });
    expect(circuitOf(db, "b")).toBe("isolated");
  });

  it("for all cannot be let go here, and says so", async () => {
    const stage = sharedStage();
    const db = stage.isolate();
    await read(stage, db);
    await commanded(stage, db, { type: "isolate", endpoint: "b" });
    expect(() => db.release("b")).toThrow(UsageError);
    expect(() => db.release("b")).toThrow(/held for all.*store\.command/s);
    expect(circuitOf(db, "b")).toBe("isolated");
  });

  it("for all is held still where it is taken out here and in again", async () => {
    const stage = sharedStage();
    const db = stage.isolate();
    await read(stage, db);
    await commanded(stage, db, { type: "isolate", endpoint: "b" });
    await stage.clock.runUntil(db.removeEndpoint("b"));
    db.addEndpoint({ id: "b", role: "replica", connector: stage.b });
    for (let i = 0; i < 9; i++) expect(await read(stage, db)).toBe("c");
    expect(circuitOf(db, "b")).toBe("isolated");
  });

  it("for all is held for as long as the store says nothing", async () => {
    const stage = sharedStage();
    const db = stage.isolate();
    await read(stage, db);
    await commanded(stage, db, { type: "isolate", endpoint: "b" });
    stage.store.mood = "refuses";
    for (let hour = 0; hour < 24; hour++) {
      await stage.clock.advance(3_600_000);
      for (let i = 0; i < 4; i++) expect(await read(stage, db)).toBe("c");
    }
    expect(circuitOf(db, "b")).toBe("isolated");
  });
});

describe("an endpoint that is removed for all", () => {
  it("gets no call and no look, and both again when it is added", async () => {
    const stage = sharedStage({ background: true });
    const store = memoryStore({ clock: stage.clock });
    const db = stage.isolate({ store });
    await read(stage, db);
    await stage.clock.advance(5_000);
    await store.command({ type: "remove", endpoint: "b" });
    await stage.clock.advance(12_000);
    const { connects } = stage.b;
    stage.b.statements.length = 0;
    for (let i = 0; i < 10; i++) expect(await read(stage, db)).toBe("c");
    await stage.clock.advance(600_000);
    expect(stage.b.connects).toBe(connects);
    expect(stage.b.statements).toEqual([]);
    await store.command({ type: "add", endpoint: "b" });
    await stage.clock.advance(12_000);
    const servers = new Set<string>();
    for (let i = 0; i < 10; i++) servers.add(await read(stage, db));
    expect([...servers]).toContain("b");
    await stage.clock.runUntil(db.close());
  });

  it("and dies then is not looked at all the time", async () => {
    const stage = sharedStage({ background: true });
    const store = memoryStore({ clock: stage.clock });
    const db = stage.isolate({ store });
    await read(stage, db);
    await stage.clock.advance(5_000);
    await store.command({ type: "remove", endpoint: "b" });
    await stage.clock.advance(12_000);
    stage.b.die();
    const { connects } = stage.b;
    await stage.clock.advance(600_000);
    expect(stage.b.connects).toBe(connects);
    expect(stage.b.open).toBe(0);
  });

  it("stays when it is the last one", async () => {
    const stage = sharedStage();
    const db = stage.isolate({ readPreference: "nearest" });
    await read(stage, db);
    for (const endpoint of ["a", "b"]) await stage.store.command({ type: "remove", endpoint });
    await commanded(stage, db, { type: "remove", endpoint: "c" });
    expect(await read(stage, db)).toBe("c");
  });
});
