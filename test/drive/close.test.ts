import process from "node:process";
import { describe, expect, test } from "vitest";
import { settled } from "../virtual.ts";
import { ClosedError, UsageError } from "../../src/errors.ts";
import { caught, errorOf, failure, next, server, soloStage, stage, told } from "./stage.ts";

const INSERT = "insert into t values (1)";

describe("close() ends everything", () => {
  test("close() lets what runs and what is queued finish, and refuses what is new", async () => {
    const s = soloStage({ pool: { max: 1 } });
    s.a.latencyMs = 100;
    const running = s.db.query("select 1");
    const queued = s.db.query("select 2");
    await s.clock.advance(150);
    const closed = s.db.close();
    const late = caught(s.db.query("select 3"));
    expect(await s.clock.runUntil(late)).toBeInstanceOf(ClosedError);
    expect((await s.clock.runUntil(running)).attempts).toBe(1);
    expect((await s.clock.runUntil(queued)).attempts).toBe(1);
    await s.clock.runUntil(closed);
    expect(s.a.open).toBe(0);
    expect(s.clock.waiting).toBe(0);
  });

  test("close() cuts what has not finished within closeTimeoutMs", async () => {
    const s = soloStage({ closeTimeoutMs: 200, pool: { max: 1 } });
    next(s.a, "silence");
    const write = caught(s.db.query(INSERT));
    const queued = caught(s.db.query("select 2"));
    await s.clock.advance(10);
    await s.clock.runUntil(s.db.close());
    expect(s.clock.now()).toBe(210);
    expect(await s.clock.runUntil(write)).toMatchObject({
      code: "AMBIGUOUS_WRITE",
      executed: "unknown",
    });
    expect(await s.clock.runUntil(queued)).toMatchObject({ code: "CLOSED", executed: "no" });
    expect(s.a.open).toBe(0);
    expect(s.clock.waiting).toBe(0);
  });

  test("close() ends a pause, a search, a look and a connect under way", async () => {
    const s = stage({ closeTimeoutMs: 0, probe: { intervalMs: 1_000 } });
    s.a.die();
    s.b.condition = "silent";
    s.c.condition = "silent";
    const pausing = caught(s.db.query(INSERT));
    const connecting = caught(s.db.query("select 1", [], { readPreference: "secondary" }));
    await s.clock.advance(3);
    await s.clock.runUntil(s.db.close());
    expect(s.clock.now()).toBeLessThan(10);
    expect(await s.clock.runUntil(pausing)).toMatchObject({ code: "CLOSED", executed: "no" });
    expect(await s.clock.runUntil(connecting)).toMatchObject({ code: "CLOSED", executed: "no" });
    expect(s.clock.waiting).toBe(0);
  });

  test("close() lets a transaction finish, and cuts one that does not", async () => {
    const s = soloStage({ closeTimeoutMs: 200 });
    const good = s.db.transaction(async (tx) => {
      await new Promise<void>((wake) => s.clock.after(100, wake));
      await tx.query(INSERT);
    });
    const stuck = caught(s.db.transaction(() => new Promise<void>(() => {})));
    await s.clock.advance(20);
    const closed = s.db.close();
    await s.clock.runUntil(good);
    await s.clock.runUntil(closed);
    expect(s.clock.now()).toBe(220);
    expect(await s.clock.runUntil(stuck)).toMatchObject({ code: "CLOSED", executed: "no" });
    expect(s.a.open).toBe(0);
  });

  test("close() twice is one close, and a first call after it starts nothing", async () => {
    const s = stage({ probe: { intervalMs: 1_000 } });
    await s.clock.runUntil(Promise.all([s.db.close(), s.db.close()]));
    expect(await errorOf(s, s.db.query("select 1"))).toBeInstanceOf(ClosedError);
    expect(await errorOf(s, s.db.discover())).toBeInstanceOf(ClosedError);
    expect(s.clock.waiting).toBe(0);
    expect(s.a.connects + s.b.connects + s.c.connects).toBe(0);
  });

  test("await using closes at the end of the block", async () => {
    const s = soloStage();
    const work = async (): Promise<void> => {
      await using db = s.db;
      await db.query("select 1");
    };
    await s.clock.runUntil(work());
    expect(s.a.open).toBe(0);
  });

  test("close() leaves no timer behind after ordinary use", async () => {
    const s = stage({ readPreference: "nearest", probe: { intervalMs: 2_000 } });
    for (let n = 0; n < 20; n++) await s.clock.runUntil(s.db.query(n % 3 ? "select 1" : INSERT));
    await s.clock.advance(5_000);
    await s.clock.runUntil(s.db.close());
    expect(s.clock.waiting).toBe(0);
    expect(s.a.open + s.b.open + s.c.open).toBe(0);
  });
});

describe("removeEndpoint() and addEndpoint()", () => {
  test("removeEndpoint() lets what runs finish, sends what is queued elsewhere, and nothing new", async () => {
    const s = stage({ readPreference: "secondary", pool: { max: 1 } });
    s.db.isolate("c");
    s.b.latencyMs = 50;
    const running = s.db.query("select 1");
    const queued = s.db.query("select 2");
    await s.clock.advance(60);
    s.db.release("c");
    const removed = s.db.removeEndpoint("b");
    expect(s.db.stats().endpoints.find((e) => e.id === "b")?.draining).toBe(true);
    expect((await s.clock.runUntil(running)).servedBy).toBe("b");
    expect((await s.clock.runUntil(queued)).servedBy).toBe("c");
    await s.clock.runUntil(removed);
    expect(s.b.statements).toEqual(["select 1"]);
    expect(s.b.open).toBe(0);
    expect(told(s, "endpoint").slice(-2)).toEqual(["b draining", "b removed"]);
  });

  test("removeEndpoint() settles also when it is called twice, or beside close()", async () => {
    const s = stage();
    next(s.b, "silence");
    next(s.c, "silence");
    const stuck = caught(s.db.query("select 1", [], { readPreference: "secondary" }));
    await s.clock.advance(10);
    const [first, second] = [s.db.removeEndpoint("b"), s.db.removeEndpoint("b")];
    await s.clock.runUntil(Promise.allSettled([first, second, s.db.close(), stuck]));
    expect([s.b.open, s.c.open]).toEqual([0, 0]);
  });

  test("removeEndpoint() keeps the last one", async () => {
    const s = soloStage();
    expect(await errorOf(s, s.db.removeEndpoint("a"))).toBeInstanceOf(UsageError);
  });

  test("removeEndpoint() keeps the last one that is not being removed already", async () => {
    const s = stage();
    s.b.answer = () => "silence";
    s.c.answer = () => "silence";
    const reads = [1, 2, 3, 4].map(() =>
      caught(s.db.query("select 1", [], { readPreference: "secondary", timeoutMs: 500 }))
    );
    await s.clock.advance(10);
    const removals = [s.db.removeEndpoint("b"), s.db.removeEndpoint("c")];
    expect(await errorOf(s, s.db.removeEndpoint("a"))).toBeInstanceOf(UsageError);
    await s.clock.runUntil(Promise.allSettled([...removals, ...reads]));
    expect(s.db.stats().endpoints.map((e) => e.id)).toEqual(["a"]);
  });

  test("addEndpoint() takes a newcomer in at once", async () => {
    const s = soloStage({ readPreference: "secondaryPreferred" });
    const other = server(s.clock, "replica");
    s.db.addEndpoint({ id: "b", role: "replica", connector: other });
    expect((await s.clock.runUntil(s.db.query("select 1"))).servedBy).toBe("b");
    expect(told(s, "endpoint").at(-1)).toBe("b added");
  });
});

describe("on() and stats() tell what happens", () => {
  test("on() and the observer may be async and reject: nobody else notices", async () => {
    const unhandled: unknown[] = [];
    const hear = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", hear);
    // Typed as TypeScript's own assignment of an async function would be.
    const bad: () => unknown = () => Promise.reject(new Error("a bad listener"));
    const s = soloStage({ observer: bad as () => void });
    s.db.on("connection", bad as () => void);
    await s.clock.runUntil(s.db.query("select 1"));
    await settled();
    process.off("unhandledRejection", hear);
    expect(unhandled).toEqual([]);
  });

  test("on() tells one type or all, until it is ended, whatever a listener throws", async () => {
    const s = soloStage();
    const heard: string[] = [];
    s.db.on("connection", () => {
      throw new Error("a bad listener");
    });
    const end = s.db.on("connection", (event) => heard.push(event.change));
    await s.clock.runUntil(s.db.query("select 1"));
    end();
    await s.clock.runUntil(s.db.close());
    expect(heard).toEqual(["opened"]);
    expect(told(s, "connection")).toEqual(["a opened first need", "a closed closing"]);
  });

  test("stats() counts what ran, what waits and what failed", async () => {
    const s = soloStage({ pool: { max: 1 } });
    await s.clock.runUntil(s.db.query("select 1"));
    next(s.a, failure());
    await errorOf(s, s.db.query(INSERT));
    const running = s.db.query("select 1");
    await s.clock.advance(0.5);
    const { endpoints, primary, running: calls } = s.db.stats();
    expect({ primary, calls }).toEqual({ primary: "a", calls: 1 });
    expect(endpoints[0]).toMatchObject({
      id: "a",
      role: "primary",
      answered: 1,
      failed: 1,
      lastFailure: "disconnected",
      inFlight: 1,
      latencyMs: 1,
    });
    await s.clock.runUntil(running);
  });

  test("events hold no statement, no parameter and no URL", async () => {
    const s = stage();
    next(s.a, failure({ message: "postgres://app:hunter2@db/shop went away" }));
    await errorOf(s, s.db.query("insert into secret_table values (?)", ["hunter2"]));
    const text = JSON.stringify(s.events);
    expect(text).not.toMatch(/hunter2|secret_table|insert/);
  });
});
