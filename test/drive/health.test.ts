import { describe, expect, test } from "vitest";
import { RetryStrategy } from "../../src/retry/strategy.ts";
import { caught, sqlError, type Stage, stage, told } from "./stage.ts";
import { measurements, questions, readFor, statsOf, watched } from "./watch-stage.ts";

const ONCE = { execution: { retry: RetryStrategy.none() } };

describe("suspicion", () => {
  test("an endpoint nobody calls is found down by probes alone, and gets no traffic", async () => {
    const s = await watched({ readPreference: "secondaryPreferred", balance: "roundRobin" });
    s.b.condition = "silent";
    await s.clock.advance(10_000);
    expect(told(s, "health")).toEqual([
      "b alive suspect a probe failed",
      "b suspect down 3 or more failures in a row, the last of a probe",
    ]);
    expect(statsOf(s, "b")).toMatchObject({
      health: "down",
      circuit: expect.not.stringMatching("closed"),
    });
    expect(s.b.statements).toEqual([]);
    const served = await readFor(s, 2_000, 50);
    expect(new Set(served)).toEqual(new Set(["c"]));
    expect(told(s, "retry")).toEqual([]);
  });

  test("an endpoint that answers probes again comes back without any traffic", async () => {
    const s = await watched();
    s.b.die();
    await s.clock.advance(8_000);
    s.b.revive();
    await s.clock.advance(3_000);
    expect(statsOf(s, "b")).toMatchObject({ health: "alive", circuit: "closed" });
    expect(told(s, "health").at(-1)).toBe("b down alive it answers again");
    expect(s.b.statements).toEqual([]);
  });

  test("an endpoint whose sessions are ended again and again stays in service", async () => {
    const s = await watched({ readPreference: "secondary" });
    for (let n = 0; n < 200; n++) {
      const read = s.db.query("select 1");
      if (n % 5 === 0) { for (const endpoint of [s.b, s.c]) endpoint.cut(); }
      await s.clock.runUntil(read);
      await s.clock.advance(100);
    }
    const { endpoints } = s.db.stats();
    expect(endpoints.map(({ health, circuit }) => `${health} ${circuit}`))
      .toEqual(["alive closed", "alive closed", "alive closed"]);
    expect(told(s, "circuit")).toEqual([]);
  });

  test("queries make an endpoint suspect, never down: only a look finds that", async () => {
    const s = await watched({ ...ONCE, probe: { intervalMs: 60_000 } });
    s.a.answer = () => sqlError("53300", "too many clients");
    for (let n = 0; n < 4; n++) await s.clock.runUntil(caught(s.db.query("select 1")));
    expect(statsOf(s, "a").health).toBe("suspect");
    await s.clock.advance(150);
    expect(told(s, "health")).toEqual(["a alive suspect a query failed"]);
    // It was looked at soon, and answered twice.
    await s.clock.advance(1_000);
    expect(told(s, "health").at(-1)).toBe("a suspect alive it answers again");
  });

  test("a full server is neither alive nor dead: its answer proves neither", async () => {
    const s = await watched();
    s.b.cut();
    s.b.otherConnections = s.b.maxConnections;
    await s.clock.advance(20_000);
    expect(statsOf(s, "b")).toMatchObject({ health: "alive", circuit: "closed" });
    expect(told(s, "probe").filter((words) => words.startsWith("b false"))).toEqual([]);
    s.b.die();
    await s.clock.advance(5_000);
    expect(statsOf(s, "b").health).toBe("down");
    s.b.condition = "up";
    await s.clock.advance(20_000);
    expect(statsOf(s, "b").health).toBe("down");
    s.b.otherConnections = 0;
    await s.clock.advance(20_000);
    expect(statsOf(s, "b")).toMatchObject({ health: "alive", circuit: "closed" });
  });

  test("a full server is not brought back by the looks it refuses", async () => {
    const s = await watched();
    s.b.die();
    await s.clock.advance(5_000);
    s.b.condition = "up";
    s.b.otherConnections = s.b.maxConnections;
    await s.clock.advance(60_000);
    expect(statsOf(s, "b").circuit).not.toBe("closed");
  });
});

describe("places without work between calls", () => {
  test("calls are the looks: one that fails finds an endpoint down, one that is answered brings it back", async () => {
    const s = stage(
      { readPreference: "secondary", balance: "roundRobin", probe: {} },
      { background: false, persistentIO: false },
    );
    await readFor(s, 1_000, 100);
    expect(s.clock.waiting).toBe(0);
    s.b.die();
    await readFor(s, 300_000, 200);
    expect(statsOf(s, "b").health).toBe("down");
    expect(told(s, "recovery").some((words) => words.startsWith("b isolate started"))).toBe(true);
    s.b.revive();
    // What is isolated gets a caller's trial all the same, as nobody else looks.
    const served = await readFor(s, 60_000, 100);
    expect(statsOf(s, "b")).toMatchObject({ health: "alive", circuit: "closed" });
    expect(served.slice(-40).filter((id) => id === "b").length).toBeGreaterThan(10);
    expect(s.clock.waiting).toBe(0);
  });
});

describe("databases that scale to zero", () => {
  function sleepy(options: Parameters<typeof stage>[0] = {}): Promise<Stage> {
    const s = stage({
      readPreference: "secondaryPreferred",
      balance: "roundRobin",
      ...options,
      probe: { intervalMs: 1_000, ...options.probe },
    });
    // Set before the first call: it is read when the endpoint is taken in.
    return s.clock.runUntil(s.db.query("select 0")).then(() => s);
  }

  /** A stage whose `b` sleeps when nobody uses it. */
  async function withSleeper(): Promise<Stage> {
    const s = await sleepy();
    await s.clock.runUntil(s.db.removeEndpoint("b"));
    Object.assign(s.b, { scalesToZero: true });
    s.db.addEndpoint({ id: "b", role: "replica", connector: s.b });
    s.b.statements.length = 0;
    s.events.length = 0;
    await s.clock.advance(20);
    return s;
  }

  test("one is not looked at while it is well", async () => {
    const s = await withSleeper();
    const asked = questions(s, s.b);
    await readFor(s, 5_000, 100);
    await s.clock.advance(60_000);
    expect(asked).toEqual([]);
    expect(s.b.statements.length).toBeGreaterThan(10);
  });

  test("one that is down is not looked at when nobody wants it, and comes back by a caller's trial", async () => {
    const s = await withSleeper();
    s.b.die();
    await readFor(s, 20_000, 100);
    expect(statsOf(s, "b").health).toBe("down");
    const { connects } = s.b;
    await s.clock.advance(5_000);
    // One look may have been due from when somebody last wanted it.
    const settled = s.b.connects;
    expect(settled).toBeLessThanOrEqual(connects + 6);
    await s.clock.advance(600_000);
    expect(s.b.connects).toBe(settled);
    s.b.revive();
    await readFor(s, 60_000, 100);
    expect(statsOf(s, "b")).toMatchObject({ health: "alive", circuit: "closed" });
  });

  test("what was measured while one was in trouble is not held against it when it is left asleep", async () => {
    const s = await withSleeper();
    s.b.lagMs = 90_000;
    s.b.writable = false;
    const measured = measurements(s, s.b);
    s.b.die();
    s.db.isolate("c");
    const secondary = { readPreference: "secondary" } as const;
    const want = async (times: number): Promise<void> => {
      for (let n = 0; n < times; n++) {
        await s.clock.runUntil(s.db.query("select 1", [], secondary).catch(() => {}));
        await s.clock.advance(100);
      }
    };
    await want(200);
    expect(statsOf(s, "b").health).toBe("down");
    s.b.revive();
    await want(200);
    expect(measured.length).toBeGreaterThan(0);
    expect(statsOf(s, "b")).toMatchObject({ health: "alive", circuit: "closed" });
    // Nobody will measure it again, so it would be out for ever.
    await s.clock.advance(15_000);
    expect(statsOf(s, "b")).toMatchObject({ lagMs: undefined, score: 100, because: [] });
    const fresh = { readPreference: { mode: "secondary", maxLagMs: 1_000 } } as const;
    expect((await s.clock.runUntil(s.db.query("select 1", [], fresh))).servedBy).toBe("b");
  });
});
