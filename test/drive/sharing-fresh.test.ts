/** What a fresh process or isolate knows, and how soon; words that grow old. */

import { describe, expect, it } from "vitest";
import { memoryStore } from "../../adapters/stores/memory/mod.ts";
import type { EndpointReport, Report } from "../../src/model/belief.ts";
import type { LeasingStore } from "../../src/ports.ts";
import type { VirtualClock } from "../virtual.ts";
import { server } from "./stage.ts";
import { read, sharedStage } from "./shared-stage.ts";

/** A store some way off. */
function away(clock: VirtualClock, store: LeasingStore, ms: number): LeasingStore {
  const later = async <T>(make: () => Promise<T>): Promise<T> => {
    await new Promise<void>((resolve) => clock.after(ms / 2, resolve));
    const answer = await make();
    await new Promise<void>((resolve) => clock.after(ms / 2, resolve));
    return answer;
  };
  return {
    name: store.name,
    consistency: "strong",
    sync: (report, terms) => later(() => store.sync(report, terms)),
    claim: (request, terms) => later(() => store.claim(request, terms)),
    command: (command, terms) => later(() => store.command(command, terms)),
    lease: (request) => later(() => store.lease(request)),
    unlease: (request) => later(() => store.unlease(request)),
  };
}

function told(reporter: string, ...endpoints: EndpointReport[]): Report {
  return { v: 1, reporter, seq: 1, sinceMs: 0, endpoints };
}

async function bDown(store: LeasingStore): Promise<void> {
  const well: EndpointReport[] = ["a", "c"].map((id) => ({ id, saw: "up", agoMs: 0 }));
  await store.lease({ name: "prober", holder: "somebody", ttlMs: 120_000 });
  for (const one of ["x", "y"]) {
    await store.sync(told(one, { id: "b", saw: "down", agoMs: 0 }, ...well));
  }
}

describe("a fresh process", () => {
  it.each([undefined, { min: 2, max: 4 }])(
    "makes no connect to what is known to be dead, with the pool %o",
    async (pool) => {
      const stage = sharedStage({ background: true });
      const memory = memoryStore({ clock: stage.clock });
      stage.b.condition = "refusing";
      await bDown(memory);
      const store = away(stage.clock, memory, 20);
      const all = Array.from({ length: 10 }, () => stage.isolate({ store, ...(pool && { pool }) }));
      for (const db of all) await read(stage, db);
      expect(stage.b.connects).toBe(0);
      await Promise.all(all.map((db) => stage.clock.runUntil(db.close())));
    },
  );

  it("makes none either when the dead one is added later", async () => {
    const stage = sharedStage({ background: true });
    const store = memoryStore({ clock: stage.clock });
    stage.b.condition = "refusing";
    await bDown(store);
    const db = stage.isolate({
      store,
      endpoints: [
        { id: "a", role: "primary", connector: stage.a },
        { id: "c", role: "replica", connector: stage.c },
      ],
    });
    await read(stage, db);
    db.addEndpoint({ id: "b", role: "replica", connector: stage.b });
    for (let i = 0; i < 5; i++) await read(stage, db);
    expect(stage.b.connects).toBe(0);
    await stage.clock.runUntil(db.close());
  });
});

it("isolates that live for one call take a dead replica out within a quarter of a minute", async () => {
  const stage = sharedStage();
  stage.b.condition = "refusing";
  const outAfterMs = async (): Promise<number> => {
    for (let i = 0; i < 300; i++) {
      await read(stage, stage.isolate({ balance: "p2c" }));
      await stage.clock.advance(100);
      const b = stage.store.cluster.endpoints.find((one) => one.id === "b");
      if (b?.circuit.phase === "open") return stage.clock.now();
    }
    return Infinity;
  };
  expect(await outAfterMs()).toBeLessThan(17_000);
});

describe("how far a replica is behind, by others' word", () => {
  it("is forgotten when nobody says so any more", async () => {
    const stage = sharedStage();
    const lag = { lagMs: 60_000, agoMs: 0 };
    stage.store.hear("x", { id: "b", role: { role: "replica", agoMs: 0 }, lag });
    const db = stage.isolate();
    await read(stage, db);
    const lagOf = (): number | undefined =>
      db.stats().endpoints.find((one) => one.id === "b")?.lagMs;
    expect(lagOf()).toBe(60_000);
    for (let i = 0; i < 10; i++) {
      await stage.clock.advance(11_000);
      await read(stage, db);
    }
    expect(lagOf()).toBeUndefined();
  });
});

it("an endpoint that the one who looks for all does not know is looked at", async () => {
  const stage = sharedStage({ background: true });
  const store = memoryStore({ clock: stage.clock });
  const elected = stage.isolate({ store });
  await read(stage, elected);
  await stage.clock.advance(5_000);
  const d = server(stage.clock, "replica");
  const other = stage.isolate({ store });
  await read(stage, other);
  await stage.clock.advance(30_000);
  other.addEndpoint({ id: "d", connector: d });
  await stage.clock.advance(60_000);
  expect(other.stats().sharing?.prober).toBe("another");
  expect(other.stats().endpoints.find((one) => one.id === "d")?.role).toBe("replica");
  await Promise.all([elected, other].map((db) => stage.clock.runUntil(db.close())));
});

it("looks at a dead endpoint do not grow with the number of processes", async () => {
  const connects = async (processes: number): Promise<number> => {
    const stage = sharedStage({ background: true });
    const store = memoryStore({ clock: stage.clock });
    const all = Array.from({ length: processes }, () => stage.isolate({ store }));
    for (const db of all) await read(stage, db);
    stage.b.condition = "refusing";
    stage.b.die();
    await stage.clock.advance(60_000);
    const before = stage.b.connects;
    await stage.clock.advance(60_000);
    await Promise.all(all.map((db) => stage.clock.runUntil(db.close())));
    return stage.b.connects - before;
  };
  expect(await connects(20)).toBeLessThan(3 * (await connects(2)) + 10);
});

it("a sleeping database is not woken by trials that nobody is there for", async () => {
  const stage = sharedStage({ background: true });
  const store = memoryStore({ clock: stage.clock });
  const sleeper = server(stage.clock, "replica");
  Object.defineProperty(sleeper, "scalesToZero", { value: true });
  sleeper.condition = "refusing";
  const db = stage.isolate({
    store,
    endpoints: [
      { id: "a", role: "primary", connector: stage.a },
      { id: "b", role: "replica", connector: sleeper },
      { id: "c", role: "replica", connector: stage.c },
    ],
  });
  await bDown(store);
  await read(stage, db);
  await stage.clock.advance(120_000);
  const { connects } = sleeper;
  await stage.clock.advance(3_600_000);
  expect(sleeper.connects).toBe(connects);
  await stage.clock.runUntil(db.close());
});
