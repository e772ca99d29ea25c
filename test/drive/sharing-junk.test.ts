/** Stores that answer nonsense, lack what they promise, or throw: none of it reaches a call. */

import { describe, expect, it } from "vitest";
import { memoryStore } from "../../adapters/stores/memory/mod.ts";
import { OptionError } from "../../src/errors.ts";
import { createHoldfastOn, type Holdfast } from "../../src/holdfast.ts";
import type { LeaseAnswer, LeasingStore, Store } from "../../src/ports.ts";
import { VirtualClock, virtualRuntime } from "../virtual.ts";
import { scripted } from "../../adapters/connectors/scripted/mod.ts";
import { read, sharedStage } from "./shared-stage.ts";

const GOOD = {
  v: 1,
  origin: "junk",
  version: 1,
  nextSyncMs: 10_000,
  spreadMs: 0,
  fleet: 1,
  probes: false,
  endpoints: [],
};

/** A store that answers whatever it is told to. */
function answering(answer: unknown): { store: Store; calls: () => number } {
  let calls = 0;
  return {
    calls: () => calls,
    store: {
      name: "junk",
      consistency: "advisory",
      sync: () => {
        calls++;
        return Promise.resolve(answer as never); // nonsense, as a broken store gives it
      },
    },
  };
}

describe("a store that answers", () => {
  it.each([undefined, {}, "a text", null, { ...GOOD, v: 9 }])(
    "%o is lost, and said to be",
    async (answer) => {
      const stage = sharedStage({ background: true });
      const { store, calls } = answering(answer);
      const db = stage.isolate({ store });
      await read(stage, db);
      await stage.clock.advance(120_000);
      expect(db.stats().sharing?.state).toBe("lost");
      expect(stage.events.filter((one) => one.type === "store").map((one) => one.phase)).toEqual([
        "lost",
      ]);
      expect(calls()).toBeLessThan(20);
      await stage.clock.runUntil(db.close());
    },
  );

  it.each([undefined, NaN, "soon"])(
    "with the pace %o is asked at the usual one",
    async (nextSyncMs) => {
      const stage = sharedStage({ background: true });
      const { store, calls } = answering({ ...GOOD, nextSyncMs });
      const db = stage.isolate({ store });
      await read(stage, db);
      await stage.clock.advance(120_000);
      expect(db.stats().sharing?.state).toBe("fresh");
      expect(calls()).toBeLessThanOrEqual(20);
      await stage.clock.runUntil(db.close());
    },
  );

  it.each([0, -5])(
    "with the pace %o is asked ten times a second at most",
    async (nextSyncMs) => {
      const stage = sharedStage({ background: true });
      const { store, calls } = answering({ ...GOOD, nextSyncMs });
      const db = stage.isolate({ store });
      await read(stage, db);
      await stage.clock.advance(10_000);
      expect(calls()).toBeLessThanOrEqual(105);
      await stage.clock.runUntil(db.close());
    },
  );

  it("that it need not be asked for a year is asked every ten minutes all the same", async () => {
    const stage = sharedStage({ background: true });
    const { store, calls } = answering({ ...GOOD, nextSyncMs: 1e15 });
    const db = stage.isolate({ store });
    await read(stage, db);
    await stage.clock.advance(3_600_000);
    expect(calls()).toBeGreaterThanOrEqual(6);
    expect(calls()).toBeLessThanOrEqual(10);
    await stage.clock.runUntil(db.close());
  });
});

/** A process that asks for a lease of a store 20 ms away. */
function leased(answerMs = 1): {
  readonly db: Holdfast;
  readonly clock: VirtualClock;
  readonly lease: LeasingStore["lease"];
  readonly askedTimes: () => number;
} {
  const stage = sharedStage({ background: true });
  const { clock } = stage;
  const memory = memoryStore({ clock });
  const pass = (ms: number): Promise<void> => new Promise((resolve) => clock.after(ms, resolve));
  let asked = 0;
  const store: LeasingStore = {
    ...memory,
    lease: async (request) => {
      asked++;
      await pass(20);
      const answer = await memory.lease(request);
      await pass(20);
      return answer;
    },
    unlease: async (request) => {
      await pass(20);
      await memory.unlease(request);
    },
  };
  const db = stage.isolate({ store });
  for (const one of [stage.b, stage.c]) one.latencyMs = answerMs;
  // The lease is asked for after the first word of the store, which the first call waits for.
  db.query("select 1").catch(() => undefined);
  return { db, clock, lease: (request) => memory.lease(request), askedTimes: () => asked };
}

describe("close()", () => {
  it("ends in good order where giving the lease back throws", async () => {
    const stage = sharedStage({ background: true });
    const store: LeasingStore = {
      ...memoryStore({ clock: stage.clock }),
      unlease: () => {
        throw new Error("boom");
      },
    };
    const db = stage.isolate({ store });
    await read(stage, db);
    await stage.clock.advance(3_000);
    expect(db.stats().sharing?.prober).toBe("this");
    await stage.clock.runUntil(db.close());
    expect(stage.a.open + stage.b.open + stage.c.open).toBe(0);
  });

  it("leaves no lease to a process that is gone, whenever it comes", async () => {
    for (let at = 0; at < 60; at++) {
      const stage = sharedStage({ background: true });
      const memory = memoryStore({ clock: stage.clock });
      const slow = async <T>(make: () => Promise<T>): Promise<T> => {
        await new Promise<void>((resolve) => stage.clock.after(20, resolve));
        return await make();
      };
      const store: LeasingStore = {
        ...memory,
        sync: (report, terms) => slow(() => memory.sync(report, terms)),
        lease: (request) => slow(() => memory.lease(request)),
        unlease: (request) => slow(() => memory.unlease(request)),
      };
      const db = stage.isolate({ store });
      await read(stage, db);
      await stage.clock.advance(9_970 + at * 2);
      await stage.clock.runUntil(db.close());
      await stage.clock.advance(1_000);
      const asked = { name: "prober", holder: "another", ttlMs: 1_000 };
      const { held }: LeaseAnswer = await memory.lease(asked);
      expect({ at, held }).toEqual({ at, held: true });
    }
  });

  it.each([0, 5, 19, 20, 21, 39, 40, 41])(
    "leaves no lease to a process that goes %i ms after it asked for more of it",
    async (afterMs) => {
      const { db, clock, lease, askedTimes } = leased();
      while (askedTimes() < 2) await clock.step();
      await clock.advance(afterMs);
      await clock.runUntil(db.close());
      await clock.advance(1_000);
      const { held } = await lease({ name: "prober", holder: "another", ttlMs: 1_000 });
      expect(held).toBe(true);
    },
  );

  it("gives a lease back that it is granted while the last calls still run", async () => {
    const { db, clock, lease, askedTimes } = leased(300);
    while (askedTimes() < 1) await clock.step();
    await clock.runUntil(db.close());
    const { held } = await lease({ name: "prober", holder: "another", ttlMs: 1_000 });
    expect(held).toBe(true);
  });

  it.each([0, 20, 39])(
    "leaves no lease to a process that goes %i ms after it first asked for it",
    async (afterMs) => {
      const { db, clock, lease, askedTimes } = leased();
      while (askedTimes() < 1) await clock.step();
      await clock.advance(afterMs);
      await clock.runUntil(db.close());
      await clock.advance(1_000);
      const { held } = await lease({ name: "prober", holder: "another", ttlMs: 1_000 });
      expect(held).toBe(true);
    },
  );
});

it("stores that lack what they promise are refused with the options", () => {
  const sync = (): Promise<never> => Promise.reject(new Error("never asked"));
  const wrong = [
    { name: "x", sync },
    { name: "x", consistency: "strong", sync },
    { name: "x", consistency: "strong", sync, claim: sync },
    { consistency: "advisory", sync },
    { name: "x", consistency: "advisory" },
  ];
  for (const store of wrong) {
    const make = (): unknown =>
      createHoldfastOn({ ...virtualRuntime(1, new VirtualClock()) }, {
        endpoints: [{ id: "a", connector: scripted() }],
        store: store as never, // what JavaScript lets through
      });
    expect(make).toThrow(OptionError);
  }
});
