import { describe, expect, test } from "vitest";
import { readOnlyRefusal } from "../../adapters/connectors/scripted/mod.ts";
import { FailoverError, UsageError } from "../../src/errors.ts";
import { createHoldfastOn } from "../../src/holdfast.ts";
import { virtualRuntime } from "../virtual.ts";
import { errorOf, next, server, stage, told } from "./stage.ts";

const INSERT = "insert into t values (1)";

describe("query() finds out who is primary", () => {
  test("query() takes a refused write as news: it corrects the map and runs it on the primary", async () => {
    const s = stage();
    await s.clock.runUntil(s.db.query(INSERT));
    // A switchover nobody told us about, with connections that survive it.
    s.a.role = "replica";
    s.b.role = "primary";
    s.b.generation = 2;
    const result = await s.clock.runUntil(s.db.query(INSERT));
    expect(result).toMatchObject({ servedBy: "b", attempts: 2 });
    expect(told(s, "role")).toEqual(["a primary replica", "b replica primary"]);
    expect(told(s, "retry")).toEqual([]);
    expect(s.db.stats()).toMatchObject({ primary: "b", epoch: 2 });
  });

  test("query() believes a handshake that says replica, and sends the write elsewhere", async () => {
    const s = stage();
    s.a.role = "replica";
    s.c.role = "primary";
    s.c.generation = 2;
    const result = await s.clock.runUntil(s.db.query(INSERT));
    expect(result.servedBy).toBe("c");
    expect(s.a.statements).toEqual([]);
  });

  test("query() does not read on a replica what was to be read on the primary", async () => {
    const s = stage();
    s.a.role = "replica";
    s.b.role = "primary";
    s.b.generation = 2;
    const result = await s.clock.runUntil(s.db.query("select 1"));
    expect(result.servedBy).toBe("b");
    expect(s.a.statements).toEqual([]);
    // It was a read all along: elsewhere it may still run on a replica.
    const again = s.db.query("select 1", [], { readPreference: "secondary" });
    expect((await s.clock.runUntil(again)).servedBy).not.toBe("b");
  });

  test("query() finds roles that were not declared", async () => {
    const s = stage({
      declared: { a: { role: undefined as never }, b: { role: undefined as never } },
    });
    expect((await s.clock.runUntil(s.db.query(INSERT))).servedBy).toBe("a");
    await s.clock.runUntil(s.db.discover());
    await s.clock.advance(10);
    expect(s.db.stats().endpoints.map((e) => e.role)).toEqual(["primary", "replica", "replica"]);
  });

  test("query() sends nothing to an old primary that comes back as if nothing had happened", async () => {
    const s = stage({ readPreference: "primaryPreferred" });
    await s.clock.runUntil(s.db.discover());
    s.a.die();
    s.b.role = "primary";
    s.b.generation = 2;
    await s.clock.runUntil(s.db.discover());
    s.a.revive();
    await s.clock.runUntil(s.db.discover());
    expect(s.db.stats().endpoints.map((e) => e.role)).toEqual(["outdated", "primary", "replica"]);
    for (let n = 0; n < 10; n++) await s.clock.runUntil(s.db.query(n % 2 ? INSERT : "select 1"));
    expect(s.a.statements).toEqual([]);
  });

  test("query() gives up a write when every endpoint is a replica, with an error that says so", async () => {
    const s = stage();
    s.a.role = "replica";
    const error = await errorOf(s, s.db.query(INSERT, [], { timeoutMs: 2_000 }));
    expect(error).toMatchObject({ code: "NO_ENDPOINT", executed: "no" });
    expect(error.message).toContain("a (replica), b (replica), c (replica)");
  });

  test("query() says how fresh a read had to be when every replica is too far behind", async () => {
    const s = stage({
      readPreference: { mode: "secondary", maxLagMs: 30_000 },
      probe: { intervalMs: 1_000 },
    });
    s.b.lagMs = 90_000;
    s.c.lagMs = 31_000;
    await s.clock.runUntil(s.db.query(INSERT));
    await s.clock.advance(2_000);
    const error = await errorOf(s, s.db.query("select 1"));
    expect(error).toMatchObject({ code: "NO_ENDPOINT", executed: "no" });
    expect(error.message).toContain("at most 30000 ms behind");
    s.c.lagMs = 29_000;
    await s.clock.advance(2_000);
    expect((await s.clock.runUntil(s.db.query("select 1"))).servedBy).toBe("c");
  });

  test("query() runs a read that turns out to write on the primary, now and from now on", async () => {
    const s = stage({ readPreference: "secondary" });
    next(s.b, readOnlyRefusal());
    next(s.c, readOnlyRefusal());
    const text = "select my_counter()";
    expect((await s.clock.runUntil(s.db.query(text))).servedBy).toBe("a");
    expect(await s.clock.runUntil(s.db.query(text))).toMatchObject({ servedBy: "a", attempts: 1 });
  });
});

describe("failover() makes another endpoint the primary", () => {
  test("failover() promotes the database", async () => {
    const s = stage();
    await s.clock.runUntil(s.db.discover());
    s.b.generation = 1;
    s.a.die();
    const report = await s.clock.runUntil(s.db.failover("a", "b"));
    expect(report).toMatchObject({ from: "a", to: "b", promoted: true, generation: 2 });
    expect((await s.clock.runUntil(s.db.query(INSERT))).servedBy).toBe("b");
    expect(told(s, "failover")).toEqual(["a b started true", "a b done true"]);
  });

  test("failover() switches only the roles where it may not promote", async () => {
    const s = stage({ declared: { b: { promotable: false } } });
    await s.clock.runUntil(s.db.failover("a", "b"));
    expect(s.db.stats().primary).toBe("b");
    expect(s.b.role).toBe("replica");
    expect(told(s, "failover").at(-1)).toBe("a b done false");
  });

  test("failover() that cannot reach its target changes nothing", async () => {
    const s = stage();
    s.b.die();
    const error = await errorOf(s, s.db.failover("a", "b"));
    expect(error).toBeInstanceOf(FailoverError);
    expect(s.db.stats().primary).toBe("a");
    expect((await s.clock.runUntil(s.db.query(INSERT))).servedBy).toBe("a");
    expect(told(s, "failover").at(-1)).toBe("a b failed false");
  });

  test("failover() gives up on a target that hangs, in time", async () => {
    const s = stage();
    await s.clock.runUntil(s.db.discover());
    s.b.condition = "silent";
    const error = await errorOf(s, s.db.failover("a", "b", { timeoutMs: 700 }));
    expect(error).toBeInstanceOf(FailoverError);
    expect(s.clock.now()).toBeLessThan(1_500);
    expect(s.db.stats().primary).toBe("a");
  });

  test("failover() lets no write through to the old primary, and those who wait find the new one", async () => {
    const s = stage();
    await s.clock.runUntil(s.db.query(INSERT));
    s.b.latencyMs = 100;
    s.b.generation = 1;
    const promoted = s.db.failover("a", "b");
    const error = await errorOf(s, s.db.query(INSERT, [], { timeoutMs: 50 }));
    expect(error.executed).toBe("no");
    const late = s.clock.runUntil(s.db.query(INSERT));
    await s.clock.runUntil(promoted);
    expect((await late).servedBy).toBe("b");
    expect(s.a.statements).toEqual([INSERT]);
  });

  test("failover() refuses a second one beside it: there would be two primaries", async () => {
    const s = stage();
    await s.clock.runUntil(s.db.discover());
    s.b.latencyMs = 100;
    const first = s.db.failover("a", "b");
    expect(await errorOf(s, s.db.failover("a", "c"))).toBeInstanceOf(FailoverError);
    await s.clock.runUntil(first);
    expect(s.c.role).toBe("replica");
    await s.clock.runUntil(s.db.failover("b", "c"));
    expect(s.db.stats().primary).toBe("c");
  });

  test("failover() closes the circuit of the new primary, which has just answered", async () => {
    const s = stage({ declared: { c: { weight: 0 } }, readPreference: "secondary" });
    await s.clock.runUntil(s.db.discover());
    s.b.die();
    for (let i = 0; i < 12; i++) await s.clock.runUntil(s.db.query("select 1"));
    expect(s.db.stats().endpoints.find(({ id }) => id === "b")?.circuit).not.toBe("closed");
    s.b.revive();
    await s.clock.runUntil(s.db.failover("a", "b"));
    const writes = Array.from({ length: 5 }, () => s.db.query(INSERT));
    const results = await s.clock.runUntil(Promise.all(writes));
    expect(results.map(({ servedBy }) => servedBy)).toEqual(["b", "b", "b", "b", "b"]);
  });

  test("failover() refuses a source that is not the primary: nothing would be fenced", async () => {
    const s = stage();
    await s.clock.runUntil(s.db.discover());
    expect(await errorOf(s, s.db.failover("b", "c"))).toBeInstanceOf(UsageError);
    expect(s.c.role).toBe("replica");
  });

  test("failover() refuses an old primary come back as its target", async () => {
    const s = stage();
    await s.clock.runUntil(s.db.discover());
    s.b.generation = 1;
    await s.clock.runUntil(s.db.failover("a", "b"));
    expect(await errorOf(s, s.db.failover("b", "a"))).toBeInstanceOf(FailoverError);
    expect(s.db.stats().primary).toBe("b");
  });

  test("query() does not write to whichever of several unknown endpoints accepts it", async () => {
    const runtime = virtualRuntime(3);
    const old = server(runtime.clock, "primary");
    const real = server(runtime.clock, "primary");
    // The old primary answers first; the real one, of a higher generation, a moment later.
    real.generation = 2;
    real.latencyMs = 50;
    const db = createHoldfastOn(runtime, {
      endpoints: [{ id: "old", connector: old }, { id: "real", connector: real }],
      probe: { intervalMs: 0 },
    });
    const result = await runtime.clock.runUntil(db.query(INSERT, [], { timeoutMs: 5_000 }));
    expect(result.servedBy).toBe("real");
    expect(old.statements).toEqual([]);
  });

  test("failover() leaves a person's isolation as it is", async () => {
    const s = stage();
    await s.clock.runUntil(s.db.discover());
    s.b.latencyMs = 100;
    const promoted = s.db.failover("a", "b");
    s.db.isolate("a");
    await s.clock.runUntil(promoted);
    expect(s.db.stats().endpoints.find(({ id }) => id === "a")?.circuit).toBe("isolated");
  });

  test.each([["a", "a"], ["a", "nobody"], ["nobody", "b"]])(
    "failover(%s, %s) rejects and does not throw",
    async (from, to) => {
      const s = stage();
      expect(await errorOf(s, s.db.failover(from, to))).toBeInstanceOf(UsageError);
    },
  );

  test("failover() refuses an endpoint that is read-only or being removed", async () => {
    const s = stage({ declared: { b: { role: "readOnly" } } });
    expect(await errorOf(s, s.db.failover("a", "b"))).toBeInstanceOf(UsageError);
    next(s.c, "silence");
    const read = s.db.query("select 1", [], {
      readPreference: { mode: "secondary" },
      timeoutMs: 300,
    });
    read.catch(() => {});
    const removed = s.db.removeEndpoint("c");
    expect(await errorOf(s, s.db.failover("a", "c"))).toBeInstanceOf(UsageError);
    await s.clock.runUntil(removed);
  });
});
