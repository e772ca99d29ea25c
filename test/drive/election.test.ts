/** Who looks at the endpoints for all, and what ticks do where no timer runs. */

import { describe, expect, it } from "vitest";
import { memoryStore } from "../../adapters/stores/memory/mod.ts";
import { createHoldfastOn, type Holdfast } from "../../src/holdfast.ts";
import type { HoldfastEvent } from "../../src/model/event.ts";
import type { HoldfastOptions } from "../../src/options/types.ts";
import { scripted, type ScriptedConnector } from "../../adapters/connectors/scripted/mod.ts";
import type { Runtime } from "../../src/ports.ts";
import { VirtualClock, virtualRuntime } from "../virtual.ts";
import { server } from "./stage.ts";

interface Process {
  readonly db: Holdfast;
  readonly probes: HoldfastEvent[];
}

/** Processes on one store, over one database. */
function processes(
  allows: Partial<Runtime> = {},
  options: Partial<HoldfastOptions> = {},
): {
  clock: VirtualClock;
  a: ScriptedConnector;
  b: ScriptedConnector;
  readonly start: () => Process;
} {
  const clock = new VirtualClock();
  const store = memoryStore({ clock });
  const [a, b] = [server(clock, "primary"), server(clock, "replica")];
  let seed = 1;
  return {
    clock,
    a,
    b,
    start: () => {
      const probes: HoldfastEvent[] = [];
      const db = createHoldfastOn({ ...virtualRuntime(seed++, clock), ...allows }, {
        endpoints: [
          { id: "a", role: "primary", connector: a },
          { id: "b", role: "replica", connector: b },
        ],
        store,
        observer: (event) => {
          if (event.type === "probe") probes.push(event);
        },
        ...options,
      });
      return { db, probes };
    },
  };
}

describe("several processes on one store", () => {
  it("elect one that looks at the endpoints", async () => {
    const { clock, start } = processes();
    const all = [start(), start(), start(), start()];
    for (const { db } of all) await clock.runUntil(db.query("select 1"));
    await clock.advance(30_000);
    for (const { probes } of all) probes.length = 0;
    await clock.advance(100_000);
    const looked = all.map(({ probes }) => probes.length).filter((count) => count > 0);
    expect(looked).toHaveLength(1);
    expect(looked[0]).toBeGreaterThan(10);
    expect(
      all.map(({ db }) => db.stats().sharing?.prober).toSorted((x, y) =>
        String(x).localeCompare(String(y))
      ),
    )
      .toEqual(["another", "another", "another", "this"]);
    await Promise.all(all.map(({ db }) => clock.runUntil(db.close())));
  });

  it("elect another one when it goes", async () => {
    const { clock, start } = processes();
    const [one, other] = [start(), start()];
    await clock.runUntil(one.db.query("select 1"));
    await clock.advance(1_000);
    await clock.runUntil(other.db.query("select 1"));
    await clock.advance(30_000);
    expect(one.db.stats().sharing?.prober).toBe("this");
    await clock.runUntil(one.db.close());
    await clock.advance(35_000);
    expect(other.db.stats().sharing?.prober).toBe("this");
    other.probes.length = 0;
    await clock.advance(30_000);
    expect(other.probes.length).toBeGreaterThan(3);
    await clock.runUntil(other.db.close());
  });

  it("know by the one that looks what nobody has called", async () => {
    const { clock, b, start } = processes();
    const [one, other] = [start(), start()];
    await clock.runUntil(one.db.query("select 1"));
    await clock.advance(1_000);
    await clock.runUntil(other.db.query("select 1"));
    await clock.advance(30_000);
    b.condition = "refusing";
    await clock.advance(40_000);
    const circuits = [one, other].map(({ db }) => {
      return db.stats().endpoints.find((endpoint) => endpoint.id === "b")?.circuit;
    });
    expect(circuits.every((phase) => phase !== "closed")).toBe(true);
    b.condition = "up";
    await clock.advance(60_000);
    expect(other.db.stats().endpoints.find((endpoint) => endpoint.id === "b")?.circuit)
      .toBe("closed");
    await Promise.all([one, other].map(({ db }) => clock.runUntil(db.close())));
  });
});

describe("tick()", () => {
  it("looks at the endpoints when that is due, and says when it is due again", async () => {
    const { clock, start } = processes({ background: false });
    const { db, probes } = start();
    const { nextInMs } = await clock.runUntil(db.tick());
    expect(probes.length).toBe(2);
    expect(nextInMs).toBeLessThanOrEqual(11_000);
    await clock.runUntil(db.tick());
    expect(probes.length).toBe(2);
    for (let i = 0; i < 60; i++) {
      await clock.advance(1_000);
      await clock.runUntil(db.tick());
    }
    expect(probes.length).toBeGreaterThan(10);
    expect(probes.length).toBeLessThan(20);
    await clock.runUntil(db.close());
  });

  it("leaves the looking to another one that ticks", async () => {
    const { clock, start } = processes({ background: false });
    const [one, other] = [start(), start()];
    for (let i = 0; i < 30; i++) {
      await clock.runUntil(one.db.tick());
      await clock.runUntil(other.db.tick());
      await clock.advance(1_000);
    }
    one.probes.length = 0;
    other.probes.length = 0;
    for (let i = 0; i < 60; i++) {
      await clock.runUntil(one.db.tick());
      await clock.runUntil(other.db.tick());
      await clock.advance(1_000);
    }
    expect(other.probes.length).toBe(0);
    expect(one.probes.length).toBeGreaterThan(5);
    await Promise.all([one, other].map(({ db }) => clock.runUntil(db.close())));
  });

  it("fires the alerts", async () => {
    const { clock, a, b, start } = processes({ background: false }, {
      alerts: {
        rules: [{
          name: "few",
          of: "availableEndpoints",
          when: "below",
          threshold: 2,
          says: "few",
          forMs: 0,
        }],
      },
    });
    const { db } = start();
    a.condition = "refusing";
    b.condition = "refusing";
    for (let i = 0; i < 30; i++) {
      await clock.runUntil(db.tick());
      await clock.advance(1_000);
    }
    expect(db.stats().alerts.firing).toEqual(["few"]);
    await clock.runUntil(db.close());
  });

  it("lets a database sleep that scales to zero", async () => {
    const clock = new VirtualClock();
    const sleeper = scripted({ role: "primary", clock, scalesToZero: true });
    const db = createHoldfastOn({ ...virtualRuntime(1, clock), background: false }, {
      endpoints: [{ id: "a", role: "primary", connector: sleeper }],
    });
    for (let i = 0; i < 600; i++) {
      await clock.runUntil(db.tick());
      await clock.advance(1_000);
    }
    expect(sleeper.connects).toBe(0);
    await clock.runUntil(db.close());
  });

  it("does nothing once the holdfast is closed", async () => {
    const { clock, start } = processes({ background: false });
    const { db, probes } = start();
    await clock.runUntil(db.close());
    expect(await db.tick()).toEqual({ nextInMs: Infinity });
    expect(probes).toEqual([]);
  });
});
