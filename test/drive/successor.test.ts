import { describe, expect, test } from "vitest";
import { caught, told } from "./stage.ts";
import { INSERT, replicated } from "./replicated-stage.ts";
import { statsOf } from "./watch-stage.ts";

describe("the fall back of a primary that nothing brings back", () => {
  test("the replica that has most becomes the primary, once", async () => {
    const s = await replicated();
    s.a.die();
    await s.clock.advance(120_000);
    expect(told(s, "failover")).toEqual(["a c started true", "a c done true"]);
    expect(s.c.role).toBe("primary");
    expect(s.b.role).toBe("replica");
    expect((await s.clock.runUntil(s.db.query(INSERT))).servedBy).toBe("c");
    // The old primary comes back, and is none.
    s.a.revive();
    await s.clock.advance(60_000);
    expect(statsOf(s, "a").role).toBe("outdated");
    expect(told(s, "failover").length).toBe(2);
  });

  test("without being asked to, nobody is promoted", async () => {
    const s = await replicated({ recovery: { attemptsPerRung: 1 } });
    s.a.die();
    await s.clock.advance(300_000);
    expect(told(s, "failover")).toEqual([]);
    expect(statsOf(s, "a").recovery).toBe("isolate");
    expect(s.db.stats().primary).toBe("a");
  });

  test("nobody is promoted when the primary came back while the others were asked", async () => {
    const s = await replicated();
    s.a.die();
    for (let n = 0; n < 10_000 && statsOf(s, "a").recovery !== "rebuildClient"; n++) {
      await s.clock.advance(10);
    }
    // The replicas take their time to answer; meanwhile the primary is there again.
    s.b.latencyMs = 900;
    s.c.latencyMs = 900;
    while (statsOf(s, "a").recovery !== "isolate") await s.clock.advance(10);
    s.a.revive();
    await s.clock.advance(60_000);
    expect(told(s, "failover")).toEqual([]);
    expect(s.db.stats().primary).toBe("a");
    expect(statsOf(s, "a").health).toBe("alive");
  });

  test("a replica that is down, may not be promoted or is held by a person does not become the primary", async () => {
    const s = await replicated({ declared: { b: { promotable: false } } });
    s.c.die();
    await s.clock.advance(10_000);
    s.a.die();
    await s.clock.advance(60_000);
    expect(told(s, "failover")).toEqual([]);

    const other = await replicated();
    other.db.isolate("c");
    other.a.die();
    await other.clock.advance(60_000);
    expect(told(other, "failover")).toEqual(["a b started true", "a b done true"]);
    expect((await other.clock.runUntil(other.db.query(INSERT))).servedBy).toBe("b");
  });

  test("how far a replica has come is measured for this, and not taken from a quick look under way", async () => {
    const s = await replicated({ probe: { intervalMs: 300_000, fall: 1, timeoutMs: 5_000 } });
    await s.clock.advance(400_000);
    // Since it was last measured, `b` has overtaken `c`.
    s.b.position = 300n;
    s.b.latencyMs = 200;
    s.a.die();
    await s.clock.runUntil(caught(s.db.query(INSERT, [], { timeoutMs: 100 })));
    // Somebody asks for the primary all the time: quick looks, that measure nothing.
    for (let n = 0; n < 10_000 && statsOf(s, "a").recovery !== "isolate"; n++) {
      void s.db.discover();
      await s.clock.advance(10);
    }
    await s.clock.advance(60_000);
    expect(told(s, "failover")).toEqual(["a b started true", "a b done true"]);
  });

  test("a replica that is down is not replaced by anybody", async () => {
    const s = await replicated();
    s.b.die();
    await s.clock.advance(120_000);
    expect(statsOf(s, "b").recovery).toBe("isolate");
    expect(told(s, "failover")).toEqual([]);
  });

  test("close() ends a failover that was begun for it, and leaves no timer", async () => {
    const s = await replicated({ closeTimeoutMs: 0 });
    s.a.die();
    for (let n = 0; n < 10_000 && statsOf(s, "a").recovery !== "rebuildClient"; n++) {
      await s.clock.advance(10);
    }
    s.c.latencyMs = 400;
    while (told(s, "failover").length === 0) await s.clock.advance(10);
    const writing = caught(s.db.query(INSERT));
    await s.clock.runUntil(s.db.close());
    await s.clock.runUntil(writing);
    await s.clock.advance(2_000);
    expect(s.clock.waiting).toBe(0);
    expect([s.a.open, s.b.open, s.c.open]).toEqual([0, 0, 0]);
  });
});
