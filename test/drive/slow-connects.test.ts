import { describe, expect, test } from "vitest";
import type { ScriptedConnector } from "../../adapters/connectors/scripted/mod.ts";
import { createHoldfastOn, type Holdfast } from "../../src/holdfast.ts";
import { RequestPlace } from "../request-place.ts";
import { type VirtualClock, virtualRuntime } from "../virtual.ts";
import { server } from "./stage.ts";

/** Name, line, TLS and login, far away. A scripted connect heeds no timeout: past its half second of grace too. */
const CONNECT_MS = 2_000;

/** One that connects slowly and answers at once. */
function far(clock: VirtualClock, role: "primary" | "replica" = "primary"): ScriptedConnector {
  const connector = server(clock, role);
  connector.pass = () => new Promise((resolve) => clock.after(CONNECT_MS, resolve));
  return connector;
}

function health(db: Holdfast, id: string): string | undefined {
  return db.stats().endpoints.find((one) => one.id === id)?.health;
}

describe("an endpoint whose connects take longer than a look's question may", () => {
  test("stays in service with a query a minute and default options", async () => {
    const runtime = virtualRuntime(7);
    const db = createHoldfastOn(runtime, {
      endpoints: [{ id: "a", role: "primary", connector: far(runtime.clock) }],
    });
    const fell: string[] = [];
    db.on("health", ({ to }) => fell.push(to));
    for (let minute = 0; minute < 10; minute++) {
      await runtime.clock.runUntil(db.query("select 1"));
      await runtime.clock.advance(60_000);
    }
    expect(fell).toEqual([]);
  });

  test("tells its role to a first call, where nobody's is declared", async () => {
    const runtime = virtualRuntime(7);
    const { clock } = runtime;
    const db = createHoldfastOn(runtime, {
      endpoints: [
        { id: "a", connector: far(clock, "replica") },
        { id: "b", connector: far(clock) },
      ],
    });
    expect((await clock.runUntil(db.execute("insert into t values (1)"))).servedBy).toBe("b");
  });

  test("tells its role where I/O belongs to a request", async () => {
    using place = new RequestPlace();
    const { clock } = place;
    const db = createHoldfastOn(place.runtime, {
      endpoints: [
        { id: "a", connector: place.bound(far(clock, "replica")) },
        { id: "b", connector: place.bound(far(clock)) },
      ],
    });
    const started = Array.from({ length: 3 }, () => {
      return place.request((ctx) => db.session({ ctx }).execute("insert into t values (1)"));
    });
    const answers = await clock.runUntil(Promise.all(started.map(({ answer }) => answer)));
    expect(answers.map(({ servedBy }) => servedBy)).toEqual(["b", "b", "b"]);
  });
});

describe("a frozen endpoint", () => {
  /** When it was found down after it froze. */
  async function downAfterMs(isCold: boolean): Promise<number> {
    const runtime = virtualRuntime(7);
    const { clock } = runtime;
    const a = server(clock, "primary");
    const db = createHoldfastOn(runtime, {
      endpoints: [
        { id: "a", role: "primary", connector: a },
        { id: "b", role: "replica", connector: server(clock, "replica") },
      ],
      probe: { intervalMs: 1_000 },
    });
    if (!isCold) {
      await clock.runUntil(db.execute("insert into t values (1)"));
      // The first look is over too.
      await clock.advance(20);
    }
    a.condition = "silent";
    const frozenAt = clock.now();
    if (isCold) await clock.runUntil(db.query("select 1", [], { readPreference: "secondary" }));
    while (health(db, "a") !== "down") await clock.advance(50);
    return clock.now() - frozenAt;
  }

  test("that was connected to is found down by looks of a second", async () => {
    expect(await downAfterMs(false)).toBeLessThan(5_000);
  });

  test("that never was is given what a connect may take, and found down too", async () => {
    const afterMs = await downAfterMs(true);
    expect(afterMs).toBeGreaterThan(15_000);
    expect(afterMs).toBeLessThan(17_000);
  });
});
