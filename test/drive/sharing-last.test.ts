/** What must not be kept out, nor looked at, nor woken for longer or more often than the whole fleet needs. */

import { describe, expect, it } from "vitest";
import { memoryStore } from "../../adapters/stores/memory/mod.ts";
import { scripted } from "../../adapters/connectors/scripted/mod.ts";
import type { Holdfast } from "../../src/holdfast.ts";
import type { HoldfastOptions } from "../../src/options/types.ts";
import type { Connector } from "../../src/ports.ts";
import { server } from "./stage.ts";
import { read, type SharedStage, sharedStage } from "./shared-stage.ts";

/** The endpoints, some of them reached on a way of its own. */
function reached(
  { a, b, c }: SharedStage,
  by: { readonly a?: Connector; readonly b?: Connector },
): HoldfastOptions["endpoints"] {
  return [
    { id: "a", role: "primary", connector: by.a ?? a },
    { id: "b", role: "replica", connector: by.b ?? b },
    { id: "c", role: "replica", connector: c },
  ];
}

function lagOf(db: Holdfast, id: string): number | undefined {
  return db.stats().endpoints.find((one) => one.id === id)?.lagMs;
}

async function write(stage: SharedStage, db: Holdfast): Promise<string> {
  const { servedBy } = await stage.clock.runUntil(db.execute("insert into t values (1)"));
  return servedBy;
}

async function live(
  stage: SharedStage,
  all: readonly Holdfast[],
  { turns, everyMs }: { readonly turns: number; readonly everyMs: number },
): Promise<void> {
  for (let i = 0; i < turns; i++) {
    for (const db of all) await read(stage, db);
    await stage.clock.advance(everyMs);
  }
}

function leave(stage: SharedStage, all: readonly Holdfast[]): Promise<unknown> {
  return Promise.all(all.map((db) => stage.clock.runUntil(db.close())));
}

it("one elected to look that cannot reach the primary makes no writer wait or fail", async () => {
  const stage = sharedStage({ background: true });
  const store = memoryStore({ clock: stage.clock });
  const cutOff = server(stage.clock, "primary");
  const elected = stage.isolate({ store, endpoints: reached(stage, { a: cutOff }) });
  await write(stage, elected);
  await stage.clock.advance(2_000);
  const readers = Array.from({ length: 12 }, () => stage.isolate({ store }));
  await live(stage, readers, { turns: 20, everyMs: 1_000 });
  cutOff.die();
  await live(stage, [elected, ...readers], { turns: 150, everyMs: 1_000 });
  expect(elected.stats().sharing?.prober).toBe("this");
  expect(elected.stats().endpoints.find((one) => one.id === "a")?.circuit).not.toBe("closed");

  const fresh = Array.from({ length: 5 }, () => stage.isolate({ store }));
  for (const db of [...fresh, ...readers]) {
    const startedAt = stage.clock.now();
    expect(await write(stage, db)).toBe("a");
    expect(stage.clock.now() - startedAt).toBeLessThanOrEqual(10);
  }
  expect(readers[0]?.stats().sharing?.out).toEqual([]);
  await leave(stage, [elected, ...fresh, ...readers]);
});

it("one that claims every trial and makes none keeps nothing out", async () => {
  const stage = sharedStage({ background: true });
  const store = memoryStore({ clock: stage.clock });
  const all = Array.from({ length: 4 }, () => stage.isolate({ store }));
  await live(stage, all, { turns: 15, everyMs: 1_000 });
  stage.b.die();
  await live(stage, all, { turns: 10, everyMs: 500 });
  const [one] = all;
  const isOut = (): boolean => one?.stats().sharing?.out.includes("b") === true;
  expect(isOut()).toBe(true);

  let granted = 0;
  const claim = async (): Promise<void> => {
    const answer = await store.claim({ endpoint: "b", reporter: "idler" });
    if (answer.granted) granted++;
  };
  for (let i = 0; i < 300; i++) {
    await claim();
    await stage.clock.advance(100);
  }
  stage.b.revive();
  const backAt = stage.clock.now();
  for (let i = 0; isOut() && i < 3_000; i++) {
    await claim();
    if (i % 5 === 0) await live(stage, all, { turns: 1, everyMs: 100 });
    else await stage.clock.advance(100);
  }
  expect(granted).toBeGreaterThan(0);
  expect(isOut()).toBe(false);
  expect(stage.clock.now() - backAt).toBeLessThanOrEqual(60_000);
  await leave(stage, all);
});

describe("how far a replica is behind, by others' word,", () => {
  const fresh: HoldfastOptions["readPreference"] = { mode: "secondary", maxLagMs: 5_000 };

  it("is forgotten when the store says nothing any more", async () => {
    const stage = sharedStage({ background: true });
    const db = stage.isolate({ probe: { intervalMs: 0 }, readPreference: fresh });
    const role = { role: "replica", agoMs: 0 } as const;
    stage.store.hear("other", { id: "c", role, lag: { lagMs: 60_000, agoMs: 0 } });
    await read(stage, db);
    expect(lagOf(db, "c")).toBe(60_000);
    stage.store.mood = "refuses";
    await stage.clock.advance(600_000);
    expect(lagOf(db, "c")).toBeUndefined();
    await leave(stage, [db]);
  });

  it("is measured here where the one elected to look cannot reach it", async () => {
    const stage = sharedStage({ background: true });
    const store = memoryStore({ clock: stage.clock });
    const there = server(stage.clock, "replica");
    const elected = stage.isolate({ store, endpoints: reached(stage, { b: there }) });
    await read(stage, elected);
    await stage.clock.advance(5_000);
    const db = stage.isolate({ store, readPreference: fresh });
    for (let i = 0; i < 30; i++) {
      await read(stage, db);
      await stage.clock.advance(1_000);
    }
    expect(db.stats().sharing?.prober).toBe("another");
    there.die();
    stage.b.lagMs = 3_600_000;
    let stale = 0;
    for (let i = 0; i < 300; i++) {
      if (await read(stage, db) === "b") stale++;
      await stage.clock.advance(1_000);
    }
    // Half of the reads, for as long as three of the elected one's looks hold.
    expect(stale).toBeLessThanOrEqual(20);
    expect(lagOf(db, "b")).toBe(3_600_000);
    await leave(stage, [elected, db]);
  });
});

describe("an endpoint that is out for all", () => {
  it.each([1, 10, 40])(
    "is looked at six times a minute at most by %i processes, where nobody can be elected",
    async (count) => {
      const stage = sharedStage({ background: true });
      stage.b.condition = "refusing";
      stage.store.hear("x", { id: "b", saw: "down", agoMs: 0 }, { id: "c", saw: "up", agoMs: 0 });
      stage.store.hear("y", { id: "b", saw: "down", agoMs: 0 }, { id: "c", saw: "up", agoMs: 0 });
      const all = Array.from({ length: count }, () => stage.isolate());
      for (const db of all) await read(stage, db);
      await stage.clock.advance(60_000);
      const { connects } = stage.b;
      await stage.clock.advance(60_000);
      const looks = stage.b.connects - connects;
      expect(looks).toBeGreaterThan(0);
      expect(looks).toBeLessThanOrEqual(6);
      await leave(stage, all);
    },
  );

  it("is left asleep while nobody calls, where it scales to zero, and comes back when somebody does", async () => {
    const stage = sharedStage({ background: true });
    const store = memoryStore({ clock: stage.clock });
    const sleeper = scripted({
      role: "replica",
      clock: stage.clock,
      scalesToZero: true,
      latencyMs: 1,
    });
    sleeper.condition = "refusing";
    const db = stage.isolate({
      store,
      readPreference: "secondaryPreferred",
      endpoints: [
        { id: "a", role: "primary", connector: stage.a },
        { id: "z", role: "replica", connector: sleeper },
      ],
    });
    await live(stage, [db], { turns: 20, everyMs: 300 });
    expect(db.stats().sharing?.out).toEqual(["z"]);
    // Whoever called within the last minute may call again.
    await stage.clock.advance(120_000);
    const { connects } = sleeper;
    await stage.clock.advance(3_600_000);
    expect(sleeper.connects).toBe(connects);

    sleeper.revive();
    await live(stage, [db], { turns: 60, everyMs: 1_000 });
    expect(db.stats().sharing?.out).toEqual([]);
    expect(sleeper.statements).not.toEqual([]);
    await leave(stage, [db]);
  });
});
