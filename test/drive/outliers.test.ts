import { describe, expect, test } from "vitest";
import { createHoldfastOn } from "../../src/holdfast.ts";
import { virtualRuntime } from "../virtual.ts";
import { server, type Stage, type StageOptions, told } from "./stage.ts";
import { loadFor, readFor, shareOf, statsOf, watched } from "./watch-stage.ts";

const INSERT = "insert into t values (1)";
/** Slowness alone decides: no limit on concurrency, no doubt about long statements. */
const OPTIONS: StageOptions = {
  readPreference: "secondaryPreferred",
  balance: "roundRobin",
  pool: { latencyTolerance: 0 },
};

/** A stage whose `b` was slow for long enough to be left out. */
async function ejected(options: StageOptions = {}): Promise<Stage> {
  const s = await watched({ ...OPTIONS, ...options });
  await loadFor(s, 5_000);
  s.b.latencyMs = 200;
  for (let n = 0; n < 100 && !statsOf(s, "b").ejected; n++) await loadFor(s, 100);
  expect(statsOf(s, "b").ejected).toBe(true);
  return s;
}

/** A holdfast over a primary `a` and so many replicas `r0`, `r1` …, looked at every second. */
function crowd(replicas: number, options: StageOptions): Pick<Stage, "db" | "clock" | "events"> & {
  readonly replicas: readonly ReturnType<typeof server>[];
} {
  const runtime = virtualRuntime(3);
  const { clock } = runtime;
  const events: Stage["events"] = [];
  const servers = Array.from({ length: replicas }, () => server(clock, "replica"));
  const { declared: _, ...rest } = options;
  const db = createHoldfastOn(runtime, {
    endpoints: [
      { id: "a", role: "primary", connector: server(clock, "primary") },
      ...servers.map((connector, n) => ({ id: `r${n}`, role: "replica", connector } as const)),
    ],
    ...OPTIONS,
    probe: { intervalMs: 1_000 },
    observer: (event) => events.push(event),
    ...rest,
  });
  return { db, clock, events, replicas: servers };
}

describe("an endpoint that does worse than its peers", () => {
  test("is left out after two such seconds, and told in the statistics", async () => {
    const s = await ejected();
    expect(told(s, "ejection")).toEqual([
      expect.stringMatching(/^b ejected its answers take [\d.]+ times/),
    ]);
    expect(s.db.stats().panic).toBe(false);
    expect(statsOf(s, "b")).toMatchObject({ ejected: true, health: "alive", circuit: "closed" });
    const served = await loadFor(s, 3_000);
    expect(served).toEqual({ c: 600 });
  });

  test("is not left out when all are as slow: what ails everybody is no outlier", async () => {
    const s = await watched(OPTIONS);
    await loadFor(s, 5_000);
    for (const endpoint of [s.b, s.c]) endpoint.latencyMs = 200;
    await loadFor(s, 10_000, 2);
    expect(told(s, "ejection")).toEqual([]);
  });

  test("is not left out for being slow at the statements only it gets", async () => {
    const s = await watched({ ...OPTIONS, declared: { b: { tags: { for: "reports" } } } });
    const reports = { readPreference: { mode: "secondary", tags: { for: "reports" } } } as const;
    s.b.latencyMs = 20;
    for (let n = 0; n < 200; n++) {
      await s.clock.runUntil(s.db.query("select 'report'", [], reports));
      await loadFor(s, 50, 2);
    }
    expect(told(s, "ejection")).toEqual([]);
  });

  test("takes writes and reads of the primary all the same when it is the primary", async () => {
    const s = await watched({
      ...OPTIONS,
      readPreference: { mode: "nearest", latencyWindowMs: 60_000 },
    });
    await loadFor(s, 5_000, 15);
    s.a.latencyMs = 200;
    for (let n = 0; n < 100 && !statsOf(s, "a").ejected; n++) await loadFor(s, 100, 15);
    expect(statsOf(s, "a").ejected).toBe(true);
    expect(await loadFor(s, 2_000)).not.toHaveProperty("a");
    const onPrimary = { readPreference: "primary" } as const;
    for (let n = 0; n < 5; n++) {
      expect((await s.clock.runUntil(s.db.query(INSERT))).servedBy).toBe("a");
      expect((await s.clock.runUntil(s.db.query("select 1", [], onPrimary))).servedBy).toBe("a");
      expect((await s.clock.runUntil(s.db.transaction((tx) => tx.query(INSERT)))).servedBy).toBe(
        "a",
      );
    }
    expect(told(s, "retry")).toEqual([]);
  });

  test("is used when nobody else is left, and never keeps a call waiting", async () => {
    const s = await ejected({ readPreference: "secondary" });
    s.db.isolate("c");
    const result = await s.clock.runUntil(s.db.query("select 1"));
    expect(result).toMatchObject({ servedBy: "b", attempts: 1 });
  });

  test("is never one of more than the ceiling", async () => {
    const s = crowd(5, { outlier: { maxEjectedRatio: 0.2 } });
    await loadFor(s, 5_000, 20);
    for (const replica of s.replicas.slice(0, 2)) replica.latencyMs = 200;
    for (let n = 0; n < 20; n++) {
      await loadFor(s, 1_000, 10);
      // Of six: 0.2 × 6, rounded down.
      expect(s.db.stats().endpoints.filter((one) => one.ejected).length).toBeLessThanOrEqual(1);
    }
    expect(told(s, "ejection").length).toBeGreaterThanOrEqual(2);
  });

  test("is not left out at all where the ratio is 0", async () => {
    const s = crowd(3, { outlier: { maxEjectedRatio: 0 } });
    await loadFor(s, 5_000);
    for (const replica of s.replicas.slice(0, 1)) replica.latencyMs = 200;
    await loadFor(s, 10_000);
    expect(told(s, "ejection")).toEqual([]);
  });

  test("counts as well again in panic: when few are well, ejections are ignored", async () => {
    const s = await ejected({ outlier: { panicRatio: 0.6 }, probe: { timeoutMs: 200 } });
    expect(s.db.stats().panic).toBe(false);
    s.c.condition = "silent";
    s.c.cut();
    for (let n = 0; n < 300 && !s.db.stats().panic; n++) await s.clock.advance(10);
    expect(s.db.stats().panic).toBe(true);
    expect(told(s, "panic").at(-1)).toBe("true 1 3");
    expect(statsOf(s, "b").ejected).toBe(true);
    // The replica that is left out for being slow serves; otherwise all of it would be the primary's.
    expect((await s.clock.runUntil(s.db.query("select 1"))).servedBy).toBe("b");
    s.c.revive();
    s.b.latencyMs = 1;
    await s.clock.advance(10_000);
    await loadFor(s, 3_000);
    expect(s.db.stats().panic).toBe(false);
    expect(told(s, "panic").at(-1)).toMatch(/^false/);
  });
});

describe("an endpoint that comes back", () => {
  test("gets little at first and all of its share after the ramp", async () => {
    const s = await ejected();
    s.b.latencyMs = 1;
    while ([0, 1].includes(statsOf(s, "b").share)) await loadFor(s, 100);
    const shares: number[] = [];
    const told: number[] = [];
    for (let n = 0; n < 12; n++) {
      told.push(statsOf(s, "b").share);
      shares.push(shareOf(await loadFor(s, 1_000, 40), "b"));
    }
    // Under round robin half of them would be its own.
    for (const [n, share] of shares.entries()) {
      const expected = 0.5 * Math.min(1, 0.1 + 0.9 * (n + 0.5) / 10);
      expect(share).toBeGreaterThan(expected - 0.07);
      expect(share).toBeLessThan(expected + 0.07);
      expect(told[n]).toBeCloseTo(Math.min(1, 0.1 + 0.09 * n), 1);
    }
    expect(shares.at(-1)).toBeCloseTo(0.5, 1);
  });

  test("gets no burst between the end of its time and the ramp's beginning", async () => {
    const s = await ejected();
    s.b.latencyMs = 1;
    const before = s.b.statements.length;
    for (let n = 0; n < 200 && told(s, "ramp").length === 0; n++) await loadFor(s, 50, 40);
    expect(told(s, "ramp")).toEqual(["b started 10000"]);
    // The last of them were sent when the ramp had begun.
    expect(s.b.statements.length - before).toBeLessThan(10);
  });

  test("does not end a ramp while it is left out, and begins a new one", async () => {
    const s = await ejected();
    // It comes back as slow as it was, and goes again.
    for (let n = 0; n < 300 && told(s, "ejection").length < 4; n++) await loadFor(s, 100);
    const story = s.events.flatMap((event) => {
      if (event.type === "ejection") return [event.change];
      return event.type === "ramp" ? [`ramp ${event.phase}`] : [];
    });
    expect(story).toEqual([
      "ejected",
      "returned",
      "ramp started",
      "ejected",
      "returned",
      "ramp started",
    ]);
  });

  test("comes back by itself when nobody calls, and by the next call it is told", async () => {
    const s = await ejected();
    await s.clock.advance(60_000);
    expect(statsOf(s, "b").ejected).toBe(false);
    await readFor(s, 200, 50);
    expect(told(s, "ejection").at(-1)).toBe("b returned its time is over");
  });

  test("is forgotten as left out when it is no peer any more", async () => {
    const s = await ejected();
    // Somebody made it a primary of its own, of an older generation: it gets nothing.
    s.b.role = "primary";
    s.b.generation = 0;
    await s.clock.advance(3_000);
    expect(statsOf(s, "b").role).toBe("outdated");
    await loadFor(s, 10_000);
    s.b.role = "replica";
    s.b.latencyMs = 1;
    await s.clock.advance(3_000);
    await loadFor(s, 30_000);
    expect(statsOf(s, "b")).toMatchObject({ role: "replica", ejected: false, share: 1 });
    expect(shareOf(await loadFor(s, 2_000), "b")).toBeCloseTo(0.5, 1);
    const changes = told(s, "ejection").map((words) => words.split(" ")[1]);
    expect(changes).toEqual(["ejected", "returned"]);
  });

  test("gets all of its share at once where there is no ramp", async () => {
    const s = await ejected({ rampMs: 0 });
    s.b.latencyMs = 1;
    await loadFor(s, 10_000);
    expect(told(s, "ramp")).toEqual([]);
    expect(shareOf(await loadFor(s, 1_000), "b")).toBeCloseTo(0.5, 1);
  });

  test("takes all writes at once when it is the primary that came back", async () => {
    const s = await watched(OPTIONS);
    s.a.die();
    await s.clock.advance(5_000);
    s.a.revive();
    for (let n = 0; n < 500 && statsOf(s, "a").circuit !== "closed"; n++) await s.clock.advance(20);
    expect(statsOf(s, "a").share).toBe(1);
    expect(told(s, "ramp").filter((words) => words.startsWith("a "))).toEqual([]);
    for (let n = 0; n < 20; n++) {
      expect((await s.clock.runUntil(s.db.query(INSERT))).servedBy).toBe("a");
    }
  });
});
