import { describe, expect, test } from "vitest";
import { caught, failure, sqlError, stage, told } from "./stage.ts";
import {
  connectTimes,
  gaps,
  measurements,
  questions,
  readFor,
  statsOf,
  watched,
} from "./watch-stage.ts";

describe("when an endpoint is looked at", () => {
  test("looks at one that is well are spread by a tenth to either side of the interval", async () => {
    const s = await watched({ probe: { intervalMs: 10_000 } });
    const asked = questions(s, s.b);
    await s.clock.advance(1_000_000);
    const between = gaps(asked);
    expect(between.length).toBeGreaterThan(90);
    // A look takes four milliseconds of its own.
    for (const gap of between) {
      expect(gap).toBeGreaterThanOrEqual(9_000);
      expect(gap).toBeLessThan(11_010);
    }
    expect(Math.max(...between) - Math.min(...between)).toBeGreaterThan(1_500);
  });

  test("one in doubt is looked at five times a second, and at half the interval when that lasts", async () => {
    // Its answers never come in a row, so it stays suspect.
    const s = await watched({ probe: { intervalMs: 10_000, fall: 100, rise: 100 } });
    s.b.die();
    const connects = connectTimes(s, s.b);
    await s.clock.advance(100_000);
    const [first = 0] = connects;
    const early = connects.filter((at) => at < first + 2_000);
    expect(gaps(early).every((gap) => gap > 199 && gap < 205)).toBe(true);
    expect(early.length).toBe(10);
    const late = connects.filter((at) => at > first + 2_500);
    expect(gaps(late).every((gap) => gap > 4_490 && gap < 5_510)).toBe(true);
  });

  test("one that is down is looked at after a tenth of the time it has been, at most the interval", async () => {
    const s = await watched({ probe: { intervalMs: 10_000 } });
    s.b.die();
    await s.clock.advance(12_000);
    expect(statsOf(s, "b").health).toBe("down");
    const downAt = s.events.find((event) => event.type === "health" && event.to === "down")?.at ??
      0;
    const connects = connectTimes(s, s.b);
    await s.clock.advance(600_000);
    for (const [n, at] of connects.entries()) {
      const gap = (connects[n + 1] ?? Infinity) - at;
      if (gap === Infinity) break;
      const usual = Math.max(200, (at - downAt) / 10);
      expect(gap).toBeGreaterThanOrEqual(Math.min(9_000, Math.max(200, 0.9 * usual)) - 1);
      expect(gap).toBeLessThanOrEqual(Math.min(11_000, 1.1 * usual) + 5);
    }
    // How long it takes to notice its return follows from that.
    s.b.revive();
    const revivedAt = s.clock.now();
    await s.clock.advance(12_000);
    const alive = s.events.find(({ type, at }) => type === "health" && at > revivedAt);
    expect(alive).toMatchObject({ to: "alive" });
  });

  test("one in doubt is never looked at less often than one that is well", async () => {
    const s = await watched({ probe: { intervalMs: 100, fall: 100, rise: 100 } });
    s.b.die();
    const connects = connectTimes(s, s.b);
    await s.clock.advance(1_500);
    expect(Math.max(...gaps(connects))).toBeLessThan(115);
  });

  test("trouble that comes and goes all the time does not put off the next look", async () => {
    const s = await watched({ readPreference: "primary", probe: { rise: 1 } });
    const measured = measurements(s, s.a);
    const usual = s.a.answer;
    for (let n = 0; n < 300; n++) {
      s.a.answer = () => sqlError("53300", "too many clients");
      await s.clock.runUntil(caught(s.db.query("select 1", [], { timeoutMs: 2 })));
      s.a.answer = usual;
      for (let good = 0; good < 4; good++) await s.clock.runUntil(s.db.query("select 1"));
      await s.clock.advance(100);
    }
    const flaps = told(s, "health").filter((words) => words.startsWith("a alive suspect"));
    expect(flaps.length).toBeGreaterThan(100);
    expect(measured.length).toBeGreaterThan(20);
  });

  test("there are never two looks at one endpoint at a time, whoever wants to know", async () => {
    const s = await watched({
      readPreference: "primary",
      probe: { intervalMs: 300, doubtAfterMs: 50 },
    });
    s.a.latencyMs = 100;
    const asked = questions(s, s.a);
    for (let n = 0; n < 40; n++) {
      const calls = Array.from(
        { length: 5 },
        () => caught(s.db.query("select 1", [], { timeoutMs: 90 })),
      );
      void s.db.discover();
      await s.clock.runUntil(Promise.all(calls));
      await s.clock.advance(20);
    }
    expect(asked.length).toBeGreaterThan(15);
    expect(Math.min(...gaps(asked))).toBeGreaterThanOrEqual(100);
  });
});

describe("what a look checks", () => {
  const OFTEN = { probe: { intervalMs: 1_000, timeoutMs: 300 } } as const;

  test.each(
    [
      ["connectivity", "refusing"],
      ["connectivity", "silent"],
      ["connectivity", "hangingUp"],
    ] as const,
  )("%s fails on an endpoint that is %s, and finds it down", async (failed, condition) => {
    const s = await watched({ ...OFTEN, pool: { idleTimeoutMs: 0 } });
    if (condition === "silent") s.b.cut();
    s.b.condition = condition;
    if (condition === "refusing") s.b.cut();
    await s.clock.advance(5_000);
    expect(told(s, "probe").some((words) => words.startsWith(`b false `) && words.includes(failed)))
      .toBe(true);
    expect(statsOf(s, "b").health).toBe("down");
  });

  test("a primary that cannot write loses forty points and stays in service", async () => {
    const s = await watched(OFTEN);
    s.a.writable = false;
    await s.clock.advance(1_500);
    const probe = s.events.findLast((event) => event.type === "probe" && event.endpoint === "a");
    expect(probe).toMatchObject({ ok: false, failed: "transaction" });
    expect(statsOf(s, "a")).toMatchObject({
      score: 60,
      because: ["failed its last transaction check: −40"],
      health: "alive",
      circuit: "closed",
    });
    expect((await s.clock.runUntil(s.db.query("select 1"))).servedBy).toBe("a");
    s.a.writable = true;
    await s.clock.advance(1_500);
    expect(statsOf(s, "a")).toMatchObject({ score: 100, because: [] });
  });

  test("a replica that cannot write is as it should be", async () => {
    const s = await watched(OFTEN);
    s.b.writable = false;
    await s.clock.advance(3_000);
    expect(statsOf(s, "b").score).toBe(100);
  });

  test("what a measurement tells is in the statistics, and a failed one is no sign of death", async () => {
    const s = await watched(OFTEN);
    s.b.lagMs = 40_000;
    s.b.maxConnections = 50;
    s.b.otherConnections = 44;
    await s.clock.advance(1_500);
    expect(statsOf(s, "b")).toMatchObject({
      lagMs: 40_000,
      connectionsMax: 50,
      connectionsUsed: 45,
    });
    expect(statsOf(s, "b").because).toEqual([
      "90 % of its connections are used: −10",
      "40 s behind its primary: −10",
    ]);
    expect(statsOf(s, "a").lagMs).toBe(undefined);
    s.b.vitals = () => sqlError("42501", "permission denied") as never;
    await s.clock.advance(1_500);
    const probe = s.events.findLast((event) => event.type === "probe" && event.endpoint === "b");
    expect(probe).toMatchObject({ ok: false, failed: "performance" });
    expect(statsOf(s, "b")).toMatchObject({ health: "alive", score: 90, lagMs: 40_000 });
    expect(statsOf(s, "b").connectionsUsed).toBe(undefined);
  });

  test.each(["rehearse", "measure"] as const)(
    "a %s that hangs is cut at the probe's timeout, and its connection is not kept",
    async (check) => {
      const s = await watched({ ...OFTEN, pool: { idleTimeoutMs: 0 } });
      const usual = s.b.connect.bind(s.b);
      let hung = 0;
      s.b.connect = async (options) => {
        const connection = await usual(options);
        connection[check] = () => {
          hung++;
          return new Promise<never>(() => {});
        };
        return connection;
      };
      s.b.cut();
      await s.clock.advance(3_000);
      expect(hung).toBeGreaterThan(0);
      const looks = s.events.filter((e) => e.type === "probe" && e.endpoint === "b" && !e.ok);
      expect(looks[0]).toMatchObject({
        failed: check === "rehearse" ? "transaction" : "performance",
      });
      expect(looks.every((e) => e.type === "probe" && e.elapsedMs < 310)).toBe(true);
      // Each of them had one of its own.
      expect(s.b.connects).toBeGreaterThanOrEqual(hung);
      await s.clock.advance(350);
      expect(s.b.open).toBe(0);
      expect(statsOf(s, "b")).toMatchObject({ health: "alive", circuit: "closed" });
    },
  );

  test("a look keeps no idle connection alive", async () => {
    const s = await watched({
      readPreference: "secondary",
      balance: "roundRobin",
      pool: { idleTimeoutMs: 3_000 },
      probe: { intervalMs: 500 },
    });
    const calls = Array.from({ length: 8 }, () => s.db.query("select 1"));
    await s.clock.runUntil(Promise.all(calls));
    const before = statsOf(s, "b").pool.created;
    await s.clock.advance(7_000);
    expect(statsOf(s, "b").pool.closed).toMatchObject({ idle: before });
    // What is open now a look opened since.
    expect(statsOf(s, "b").pool.size).toBeLessThanOrEqual(1);
  });

  test("a look counts as no call, and takes no connection from the limit for longer than it lasts", async () => {
    const s = await watched(OFTEN);
    const { answered, window } = statsOf(s, "b");
    await s.clock.advance(10_500);
    expect(statsOf(s, "b")).toMatchObject({ answered, window, inFlight: 0 });
    expect(statsOf(s, "b").pool.inUse).toBe(0);
  });
});

describe("the end of looking", () => {
  test("close() during looks tells of no failure: what was cut says nothing about an endpoint", async () => {
    const s = await watched({ closeTimeoutMs: 0, probe: { fall: 1 } });
    for (const endpoint of [s.a, s.b, s.c]) endpoint.condition = "silent";
    const running = caught(s.db.query("select 1"));
    await s.clock.advance(990);
    s.events.length = 0;
    await s.clock.runUntil(s.db.close());
    await s.clock.runUntil(running);
    await s.clock.advance(10_000);
    const types = new Set(s.events.map(({ type }) => type));
    expect([...types].filter((type) => !["connection", "failed", "retry"].includes(type))).toEqual(
      [],
    );
    expect(s.clock.waiting).toBe(0);
  });

  test("a look that ends after its endpoint was removed says nothing about its successor of the same name", async () => {
    const s = await watched({ probe: { fall: 1, timeoutMs: 5_000, intervalMs: 1_000 } });
    s.b.condition = "silent";
    s.b.cut();
    await s.clock.advance(1_200);
    await s.clock.runUntil(s.db.removeEndpoint("b"));
    s.b.revive();
    s.db.addEndpoint({ id: "b", role: "replica", connector: s.b });
    s.events.length = 0;
    await s.clock.advance(10_000);
    expect(told(s, "health")).toEqual([]);
    expect(told(s, "recovery")).toEqual([]);
    expect(told(s, "probe").filter((words) => words.startsWith("b false"))).toEqual([]);
  });

  test("a removed endpoint is not looked at any more", async () => {
    const s = await watched();
    await s.clock.runUntil(s.db.removeEndpoint("b"));
    const { connects } = s.b;
    const asked = questions(s, s.b);
    await s.clock.advance(30_000);
    expect(asked).toEqual([]);
    expect(s.b.connects).toBe(connects);
  });

  test("removeEndpoint() twice removes it once", async () => {
    const s = stage();
    await s.clock.runUntil(s.db.query("select 1"));
    const both = [s.db.removeEndpoint("b"), s.db.removeEndpoint("b")];
    await s.clock.runUntil(Promise.all(both));
    expect(told(s, "endpoint").slice(3)).toEqual(["b draining", "b removed"]);
  });

  test("a listener that throws keeps nobody from looking, recovering and coming back", async () => {
    const s = await watched({ readPreference: "secondary" });
    s.db.on("*", () => {
      throw new Error("a listener's own");
    });
    s.b.die();
    await s.clock.advance(5_000);
    expect(statsOf(s, "b").health).toBe("down");
    s.b.revive();
    await s.clock.advance(5_000);
    await readFor(s, 1_000, 100);
    expect(statsOf(s, "b")).toMatchObject({ health: "alive", circuit: "closed" });
    expect(failure().connection).toBe("broken");
  });
});
