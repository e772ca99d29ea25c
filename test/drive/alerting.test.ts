import { describe, expect, test } from "vitest";
import { createHoldfastOn, type Holdfast } from "../../src/holdfast.ts";
import type { AlertRule } from "../../src/observe/alerts.ts";
import type { Alert, AlertSink } from "../../src/ports.ts";
import { checkAlerts } from "../../src/drive/alerting.ts";
import type { Core } from "../../src/drive/core.ts";
import { isolate } from "../../src/drive/report.ts";
import { closeCore, createCore } from "../../src/drive/sites.ts";
import { resolveOptions } from "../../src/options/resolve.ts";
import { type VirtualClock, virtualRuntime } from "../virtual.ts";
import { server, stage, told } from "./stage.ts";

/** Fires at the first look while fewer than three endpoints are available. */
const PROMPT: AlertRule = {
  name: "someOut",
  says: "an endpoint is out",
  of: "availableEndpoints",
  when: "below",
  threshold: 3,
  forMs: 0,
  clearForMs: 0,
};

/** A stage with `PROMPT`, its sinks, and the first call made. */
async function watched(deliver: AlertSink | readonly AlertSink[] = []) {
  const s = stage({ alerts: { rules: [PROMPT], deliver } });
  await s.clock.runUntil(s.db.query("select 1"));
  return s;
}

/** Lets the alert fire and be over, so often. */
async function flip(s: { db: Holdfast; clock: VirtualClock }, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    s.db.isolate("b");
    await s.clock.advance(5_000);
    s.db.release("b");
    await s.clock.advance(5_000);
  }
}

describe("alerts", () => {
  test("the default rules tell of endpoints that are out, after their time, and that they are back", async () => {
    const s = stage();
    await s.clock.runUntil(s.db.query("select 1"));
    s.db.isolate("b");
    s.db.isolate("c");
    await s.clock.advance(14_000);
    expect(told(s, "alert")).toEqual([]);
    await s.clock.advance(5_000);
    expect(told(s, "alert")).toEqual([
      `fewEndpoints firing ${1 / 3} 0.5 fewer than half of the endpoints are available`,
      `lowScore firing ${100 / 3} 70 the average health score is under 70`,
    ]);
    expect(s.db.stats().alerts.firing).toEqual(["fewEndpoints", "lowScore"]);
    s.events.length = 0;
    s.db.release("b");
    s.db.release("c");
    await s.clock.advance(20_000);
    expect(told(s, "alert")).toEqual([
      "fewEndpoints resolved 1 0.5 fewer than half of the endpoints are available",
      "lowScore resolved 100 70 the average health score is under 70",
    ]);
    expect(s.db.stats().alerts.firing).toEqual([]);
  });

  test("slow answers fire slowResponses, and quick ones end it", async () => {
    // Scripted probes are as slow as the answers: patience keeps the endpoints in.
    const probe = { intervalMs: 0, timeoutMs: 10_000, doubtAfterMs: 10_000 };
    const s = stage({ readPreference: "nearest", probe });
    const query = () => s.clock.runUntil(s.db.query("select 1"));
    await query();
    for (const connector of [s.a, s.b, s.c]) connector.latencyMs = 2_000;
    while (told(s, "alert").length === 0) await query();
    expect(told(s, "alert")[0]).toMatch(/^slowResponses firing 1\d\d\d\S* 1000 /);
    for (const connector of [s.a, s.b, s.c]) connector.latencyMs = 1;
    for (let i = 0; i < 200; i++) {
      await query();
      await s.clock.advance(200);
    }
    expect(told(s, "alert")[1]).toMatch(/^slowResponses resolved \d+\S* 1000 /);
  });

  test("without traffic nothing is said about answer times", async () => {
    const s = stage();
    await s.clock.runUntil(s.db.discover());
    await s.clock.advance(60_000);
    expect(told(s, "alert")).toEqual([]);
  });

  test("nothing is looked at before the first call, nor after close()", async () => {
    const s = stage({ alerts: { rules: [PROMPT] } });
    expect(s.clock.waiting).toBe(0);
    await s.clock.runUntil(s.db.query("select 1"));
    await s.clock.runUntil(s.db.close());
    expect(s.clock.waiting).toBe(0);
  });

  test.each([["false", false], ["no rules", { rules: [] }]] as const)(
    "nothing is looked at with %s",
    async (_, alerts) => {
      const s = stage({ alerts });
      await s.clock.runUntil(s.db.query("select 1"));
      s.db.isolate("b");
      s.db.isolate("c");
      await s.clock.advance(60_000);
      expect(told(s, "alert")).toEqual([]);
    },
  );
});

describe("AlertSink", () => {
  test("is handed each change, in order, with how long ago it was", async () => {
    const heard: Alert[] = [];
    const s = await watched((alert) => void heard.push(alert));
    s.db.isolate("b");
    await s.clock.advance(5_000);
    expect(heard).toEqual([{
      rule: "someOut",
      phase: "firing",
      value: 2,
      threshold: 3,
      says: "an endpoint is out",
      agoMs: 0,
    }]);
    expect(s.db.stats().alerts).toEqual({
      firing: ["someOut"],
      delivered: 1,
      failed: 0,
      dropped: 0,
    });
  });

  test.each<[string, AlertSink]>([
    ["throws", () => {
      throw new Error("no");
    }],
    ["rejects", () => Promise.reject(new Error("no"))],
    ["throws what is no error", () => {
      throw undefined; // oxlint-disable-line typescript/only-throw-error
    }],
    ["answers with what throws", () =>
      ({
        // oxlint-disable-next-line unicorn/no-thenable
        then() {
          throw new Error("no");
        },
      }) as never],
  ])("harms nothing when it %s", async (_, bad) => {
    const heard: string[] = [];
    const s = await watched([bad, ({ phase }) => void heard.push(phase)]);
    await flip(s, 2);
    expect(heard).toEqual(["firing", "resolved", "firing", "resolved"]);
    expect(s.db.stats().alerts).toMatchObject({ delivered: 4, failed: 4, dropped: 0 });
    await s.clock.runUntil(s.db.query("select 1"));
  });

  test("is given up after its limit and told by its signal; what waited comes then, and says so", async () => {
    const heard: string[] = [];
    let signal: AbortSignal | undefined;
    const s = await watched((alert, given) => {
      heard.push(`${alert.phase} ${alert.agoMs > 0}`);
      signal ??= given;
      return heard.length === 1 ? new Promise(() => {}) : undefined;
    });
    await flip(s, 1);
    expect(heard).toEqual(["firing false"]);
    expect(signal?.aborted).toBe(false);
    await s.clock.advance(180_000);
    expect(signal?.aborted).toBe(true);
    expect(heard).toEqual(["firing false", "resolved true"]);
    expect(s.db.stats().alerts).toMatchObject({ delivered: 1, failed: 1 });
  });

  test("does not hold up another one", async () => {
    const heard: string[] = [];
    const hang = (): Promise<void> => new Promise(() => {});
    const s = await watched([hang, ({ phase }) => void heard.push(phase)]);
    await flip(s, 1);
    expect(heard).toEqual(["firing", "resolved"]);
  });

  test("has at most a hundred alerts waiting: the oldest are dropped, and counted", async () => {
    const rules = Array.from({ length: 60 }, (_, i) => ({ ...PROMPT, name: `rule ${i}` }));
    const heard: string[] = [];
    let release = (): void => {};
    const deliver: AlertSink = ({ rule, phase }) => {
      heard.push(`${rule} ${phase}`);
      return heard.length > 1 ? undefined : new Promise((resolve) => release = resolve);
    };
    const s = stage({ alerts: { rules, deliver } });
    await s.clock.runUntil(s.db.query("select 1"));
    await flip(s, 1);
    expect(s.db.stats().alerts).toMatchObject({ delivered: 0, dropped: 19 });
    release();
    await s.clock.advance(0);
    expect(s.db.stats().alerts).toMatchObject({ delivered: 101, dropped: 19 });
    expect([heard[0], heard[1], heard.at(-1)])
      .toEqual(["rule 0 firing", "rule 20 firing", "rule 59 resolved"]);
  });

  test("is let finish by close(), within its time", async () => {
    let done = false;
    const s = await watched(async () => {
      await new Promise<void>((resolve) => s.clock.after(3_000, resolve));
      done = true;
    });
    s.db.isolate("b");
    await s.clock.advance(5_000);
    expect(done).toBe(false);
    await s.clock.runUntil(s.db.close());
    expect(done).toBe(true);
    expect(s.clock.waiting).toBe(0);
  });

  test("cannot make close() hang: it is cut, and told by its signal", async () => {
    let signal: AbortSignal | undefined;
    const s = await watched((_, given) => {
      signal = given;
      return new Promise(() => {});
    });
    await flip(s, 1);
    await s.clock.runUntil(s.db.close(), 5_000);
    expect(signal?.aborted).toBe(true);
    expect(s.db.stats().alerts).toMatchObject({ delivered: 0, failed: 1, dropped: 1 });
    expect(s.clock.waiting).toBe(0);
  });
});

describe("checkAlerts()", () => {
  /** A core where nothing goes on between requests. */
  function requestBound(deliver: AlertSink) {
    const runtime = { ...virtualRuntime(), background: false };
    const { clock } = runtime;
    const { settings, stations } = resolveOptions({
      endpoints: [{ id: "a", role: "primary", connector: server(clock, "primary") }],
      alerts: { rules: [{ ...PROMPT, threshold: 1 }], deliver },
    });
    return { clock, core: createCore(runtime, settings, stations) };
  }

  function hold(core: Core, how: "isolate" | "release"): void {
    const site = core.sites.get("a");
    if (site !== undefined) isolate(core, site, how);
  }

  test("looks when it is called, and settles when all is delivered", async () => {
    const heard: string[] = [];
    const { clock, core } = requestBound(async ({ rule }) => {
      await new Promise<void>((resolve) => clock.after(100, resolve));
      heard.push(rule);
    });
    await checkAlerts(core);
    hold(core, "isolate");
    await clock.advance(60_000);
    expect(heard).toEqual([]);
    await clock.runUntil(checkAlerts(core));
    expect(heard).toEqual(["someOut"]);
  });

  test("may be called by a sink, which is handed what comes of it when it is done", async () => {
    const heard: string[] = [];
    const { clock, core } = requestBound(async ({ phase }) => {
      heard.push(`${phase} …`);
      hold(core, "release");
      void checkAlerts(core);
      await new Promise<void>((resolve) => clock.after(10, resolve));
      heard.push(`… ${phase}`);
    });
    hold(core, "isolate");
    await clock.runUntil(checkAlerts(core));
    expect(heard).toEqual(["firing …", "… firing", "resolved …", "… resolved"]);
  });

  test("does nothing after close()", async () => {
    const heard: string[] = [];
    const { clock, core } = requestBound(({ rule }) => void heard.push(rule));
    hold(core, "isolate");
    await clock.runUntil(closeCore(core));
    await checkAlerts(core);
    expect(heard).toEqual([]);
  });

  test("is left to others where there is no background work", async () => {
    const runtime = { ...virtualRuntime(), background: false };
    const db = createHoldfastOn(runtime, {
      endpoints: [{ id: "a", role: "primary", connector: server(runtime.clock, "primary") }],
      pool: { idleTimeoutMs: 0, maxLifetimeMs: 0 },
    });
    await runtime.clock.runUntil(db.query("select 1"));
    await runtime.clock.advance(60_000);
    expect(runtime.clock.waiting).toBe(0);
    await runtime.clock.runUntil(db.close());
  });
});
