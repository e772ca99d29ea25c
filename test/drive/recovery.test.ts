import { describe, expect, test } from "vitest";
import { type Stage, told } from "./stage.ts";
import { caught } from "./stage.ts";
import { connectTimes, readFor, statsOf, watched } from "./watch-stage.ts";

const STEPS = [
  "b refresh started 1",
  "b refresh started 2",
  "b rebuildPool started 1",
  "b rebuildPool started 2",
  "b rebuildClient started 1",
  "b rebuildClient started 2",
  "b isolate started 1",
];

/** The recovery's events without their reasons. */
function steps(s: Stage, id = "b"): string[] {
  return s.events.flatMap((event) =>
    event.type === "recovery" && event.endpoint === id
      ? [`${event.endpoint} ${event.rung} ${event.phase} ${event.attempt}`]
      : []
  );
}

/** Lets time pass until a rung was taken. */
async function untilRung(s: Stage, rung: string): Promise<void> {
  for (let n = 0; n < 10_000 && statsOf(s, "b").recovery !== rung; n++) await s.clock.advance(20);
  expect(statsOf(s, "b").recovery).toBe(rung);
}

describe("the ladder", () => {
  test("each means is tried twice, the last one once, and then nothing more", async () => {
    const s = await watched();
    s.b.die();
    await s.clock.advance(60_000);
    expect(steps(s)).toEqual(STEPS);
    await s.clock.advance(3_600_000);
    expect(steps(s)).toEqual(STEPS);
    expect(statsOf(s, "b").recovery).toBe("isolate");
  });

  test("the pauses between the steps grow, with jitter, to their limit", async () => {
    const s = await watched({ recovery: { backoffMs: 1_000, maxBackoffMs: 4_000 } });
    s.b.die();
    await s.clock.advance(60_000);
    const times = s.events.flatMap((event) => event.type === "recovery" ? [event.at] : []);
    const pauses = times.slice(1).map((at, n) => at - (times[n] ?? 0));
    for (const [n, pause] of pauses.entries()) {
      const longest = Math.min(4_000, 1_000 * 2 ** n);
      expect(pause).toBeGreaterThanOrEqual(longest / 2);
      expect(pause).toBeLessThanOrEqual(longest);
    }
  });

  test("it begins anew the next time, and says after which means an endpoint recovered", async () => {
    const s = await watched();
    for (let round = 0; round < 2; round++) {
      s.events.length = 0;
      s.b.die();
      await untilRung(s, "rebuildPool");
      s.b.revive();
      await s.clock.advance(10_000);
      expect(steps(s)[0]).toBe("b refresh started 1");
      expect(steps(s).at(-1)).toMatch(/^b rebuild(Pool|Client) recovered [12]$/);
      expect(statsOf(s, "b").recovery).toBe(undefined);
    }
  });

  test("an endpoint that was only suspect needs no recovery, and none is told", async () => {
    const s = await watched({ probe: { fall: 10 } });
    s.b.die();
    await s.clock.advance(1_500);
    expect(statsOf(s, "b").health).toBe("suspect");
    s.b.revive();
    await s.clock.advance(5_000);
    expect(steps(s)).toEqual([]);
  });

  test("what is told comes in order: down, the step, its circuit; alive, recovered, half-open", async () => {
    const s = await watched();
    s.b.die();
    await s.clock.advance(5_000);
    s.b.revive();
    await s.clock.advance(5_000);
    const story = s.events.flatMap((event) => {
      if (event.type === "health") return [`${event.from} → ${event.to}`];
      if (event.type === "recovery") return [event.phase];
      return event.type === "circuit" ? [`circuit ${event.to}`] : [];
    });
    expect(story.slice(0, 4)).toEqual(
      ["alive → suspect", "suspect → down", "started", "circuit open"]
        .toSorted((one, other) => story.indexOf(one) - story.indexOf(other)),
    );
    const alive = story.indexOf("down → alive");
    expect(story.indexOf("recovered")).toBeGreaterThan(alive);
    expect(story.lastIndexOf("started")).toBeLessThan(alive);
    expect(story.indexOf("circuit closed")).toBeGreaterThan(alive);
  });
});

describe("what each rung does", () => {
  test("refresh replaces idle connections and lets running statements finish", async () => {
    const s = await watched({
      readPreference: "secondary",
      balance: "roundRobin",
      probe: { timeoutMs: 300, doubtAfterMs: 60_000 },
    });
    s.b.latencyMs = 20;
    await s.clock.runUntil(Promise.all(Array.from({ length: 6 }, () => s.db.query("select 1"))));
    const before = statsOf(s, "b").pool;
    expect(before.idle).toBeGreaterThan(1);
    s.b.latencyMs = 10_000;
    s.db.isolate("c");
    const running = s.db.query("select 1", [], { timeoutMs: 60_000 });
    await s.clock.advance(10);
    // Nothing new is answered from now on; the statement runs on.
    s.b.condition = "silent";
    s.b.latencyMs = 1;
    await untilRung(s, "refresh");
    const { pool } = statsOf(s, "b");
    expect(pool.generation).toBeGreaterThan(before.generation);
    expect(pool.inUse).toBe(1);
    expect(pool.idle).toBe(0);
    expect((await s.clock.runUntil(running)).servedBy).toBe("b");
    expect(statsOf(s, "b").pool.closed).toMatchObject({ retired: 1 });
  });

  test("rebuildPool cuts connects under way, and who waits gets what is opened next", async () => {
    const s = await watched({
      readPreference: "secondary",
      pool: { acquireTimeoutMs: 60_000 },
      execution: { timeout: { connectionMs: 60_000 } },
      probe: { intervalMs: 1_000, timeoutMs: 200, doubtAfterMs: 60_000 },
    });
    s.db.isolate("c");
    s.b.cut();
    s.b.condition = "silent";
    const waiting = s.db.query("select 1", [], { timeoutMs: 60_000 });
    const connects = connectTimes(s, s.b);
    await untilRung(s, "rebuildPool");
    const at = s.events.findLast(({ type }) => type === "recovery")?.at ?? 0;
    expect(connects).toContain(at);
    expect(statsOf(s, "b").pool).toMatchObject({ waiting: 1, connecting: 1, size: 0 });
    s.b.revive();
    // What hangs would hang for a minute; the circuit opened meanwhile, hence the second attempt.
    expect(await s.clock.runUntil(waiting)).toMatchObject({ servedBy: "b", attempts: 2 });
    expect(s.clock.now()).toBeLessThan(15_000);
  });

  test("rebuildClient makes the client anew, once a step, and uses it from then on", async () => {
    const s = await watched({ readPreference: "secondary" });
    s.b.jam();
    await untilRung(s, "rebuildClient");
    expect(s.b.renewals).toBe(1);
    await s.clock.advance(10_000);
    expect(statsOf(s, "b")).toMatchObject({ health: "alive", circuit: "closed" });
    expect(steps(s).at(-1)).toBe("b rebuildClient recovered 1");
    const served = await readFor(s, 20_000, 50);
    expect(served.filter((id) => id === "b").length).toBeGreaterThan(100);
    expect(s.b.renewals).toBe(1);
  });

  test("a client that cannot be made anew stays, and the ladder goes on", async () => {
    const s = await watched();
    s.b.renew = () => {
      throw new Error("no more file descriptors");
    };
    s.b.die();
    await s.clock.advance(60_000);
    expect(steps(s)).toEqual(STEPS);
    s.b.revive();
    await s.clock.advance(15_000);
    expect(statsOf(s, "b")).toMatchObject({ health: "alive", circuit: "closed" });
  });

  test("isolate sends no caller to find out while there is anywhere else to go; probes bring it back", async () => {
    const s = await watched({ readPreference: "secondary", balance: "roundRobin" });
    s.b.die();
    await untilRung(s, "isolate");
    const failedBefore = statsOf(s, "b").failed;
    await readFor(s, 120_000, 100);
    expect(statsOf(s, "b").failed).toBe(failedBefore);
    // Only when nobody else is left, and then as a circuit's trials, one after each pause.
    s.db.isolate("c");
    for (let n = 0; n < 50; n++) {
      const error = await s.clock.runUntil(caught(s.db.query("select 1")));
      expect(error.executed).toBe("no");
      await s.clock.advance(1_000);
    }
    expect(statsOf(s, "b").failed - failedBefore).toBeLessThan(10);
    s.b.revive();
    await s.clock.advance(15_000);
    expect((await s.clock.runUntil(s.db.query("select 1"))).servedBy).toBe("b");
    expect(steps(s).at(-1)).toBe("b isolate recovered 1");
  });
});

describe("the end of a recovery", () => {
  test.each(["close", "remove"] as const)(
    "%s while it is under way leaves no timer",
    async (how) => {
      const s = await watched();
      s.b.condition = "silent";
      await untilRung(s, "rebuildPool");
      const ended = how === "close" ? s.db.close() : s.db.removeEndpoint("b");
      await s.clock.runUntil(ended);
      const taken = steps(s).length;
      await s.clock.advance(120_000);
      expect(steps(s).length).toBe(taken);
      if (how === "remove") await s.clock.runUntil(s.db.close());
      await s.clock.advance(2_000);
      expect(s.clock.waiting).toBe(0);
      expect(told(s, "recovery").length).toBe(taken);
    },
  );

  test("a person's release does not end it: the ladder follows the looks", async () => {
    const s = await watched();
    s.b.die();
    await untilRung(s, "rebuildPool");
    s.db.isolate("b");
    s.db.release("b");
    expect(statsOf(s, "b")).toMatchObject({ health: "down", recovery: "rebuildPool" });
    await s.clock.advance(60_000);
    expect(steps(s)).toEqual(STEPS);
  });
});
