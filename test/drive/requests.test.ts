import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Reply, rows } from "../../adapters/connectors/scripted/mod.ts";
import { createHoldfastOn, type Holdfast } from "../../src/holdfast.ts";
import { isHoldfastError } from "../../src/errors.ts";
import type { HoldfastOptions } from "../../src/options/types.ts";
import type { Session } from "../../src/session.ts";
import { type Request, RequestPlace } from "../request-place.ts";
import { caught, failure, next, server } from "./stage.ts";

const INSERT = "insert into t values (1)";

/** A primary `a` and two replicas, where I/O belongs to a request. */
function requestStage(place: RequestPlace, options: Partial<HoldfastOptions> = {}) {
  const { clock } = place;
  const ends = {
    a: server(clock, "primary"),
    b: server(clock, "replica"),
    c: server(clock, "replica"),
  };
  let looks = 0;
  for (const end of Object.values(ends)) {
    const report = end.report.bind(end);
    end.report = () => {
      looks++;
      return report();
    };
  }
  const db = createHoldfastOn(place.runtime, {
    endpoints: [
      { id: "a", role: "primary", connector: place.bound(ends.a) },
      { id: "b", role: "replica", connector: place.bound(ends.b), promotable: true },
      { id: "c", role: "replica", connector: place.bound(ends.c) },
    ],
    readPreference: "secondaryPreferred",
    alerts: false,
    ...options,
  });
  return { ...ends, db, clock, looks: () => looks };
}

describe("where I/O belongs to a request", () => {
  let place: RequestPlace;
  beforeEach(() => {
    place = new RequestPlace();
  });
  afterEach(() => {
    place[Symbol.dispose]();
    expect(place.crossings.slice(0, 2)).toEqual([]);
  });

  /** So many requests at once, each with a session of its own. */
  function requests<T>(
    db: Holdfast,
    count: number,
    work: (session: Session, n: number) => Promise<T>,
  ): Request<T>[] {
    return Array.from({ length: count }, (_, n) => {
      return place.request((ctx) => work(db.session({ ctx }), n));
    });
  }

  function all<T>(started: readonly Request<T>[]): Promise<T[]> {
    return place.clock.runUntil(Promise.all(started.map(({ answer }) => answer)));
  }

  test("50 requests at once read, write and run transactions, and leave nothing open", async () => {
    const s = requestStage(place);
    const served = await all(requests(s.db, 50, async (session) => {
      await session.query("select 1");
      await session.transaction((tx) => tx.query(INSERT));
      return (await session.query(INSERT)).servedBy;
    }));
    expect(new Set(served)).toEqual(new Set(["a"]));
    await place.clock.advance(10_000);
    expect([s.a.open, s.b.open, s.c.open]).toEqual([0, 0, 0]);
    expect(s.db.stats().running).toBe(0);
  });

  test("the statements of a session share its connections; no other session gets them", async () => {
    const s = requestStage(place);
    await all(requests(s.db, 2, async (session) => {
      for (let n = 0; n < 5; n++) await session.query(INSERT);
    }));
    expect(s.a.connects).toBe(2);
  });

  test("a request has three connections to an endpoint and six in all, one of them for looks", async () => {
    const s = requestStage(place, { balance: "roundRobin" });
    let most = 0;
    const count = (): Reply => {
      most = Math.max(most, s.a.open + s.b.open + s.c.open);
      return rows({ ok: true });
    };
    for (const end of [s.a, s.b, s.c]) end.answer = count;
    await all(requests(s.db, 1, async (session) => {
      const reads = Array.from({ length: 30 }, () => session.query("select 1"));
      const writes = Array.from({ length: 10 }, () => session.query(INSERT));
      await Promise.all([...reads, ...writes]);
    }));
    expect(most).toBe(5);
    expect(Math.max(s.a.connects, s.b.connects, s.c.connects)).toBeLessThan(10);
  });

  test("broken lines, retries and hedges cross nothing", async () => {
    const s = requestStage(place, { hedge: { afterMs: 5 } });
    next(s.b, failure(), "silence", failure(), "silence");
    next(s.c, failure(), failure());
    const served = await all(requests(s.db, 20, async (session) => {
      return (await session.query("select 1")).servedBy;
    }));
    expect(served).toHaveLength(20);
  });

  describe("an endpoint that falls silent", () => {
    /** So many requests, each of which has been answered once when the replicas freeze. */
    async function frozen(count: number) {
      const s = requestStage(place, { probe: { timeoutMs: 500, doubtAfterMs: 100 } });
      const looked: string[] = [];
      s.db.on("probe", ({ endpoint }) => looked.push(endpoint));
      const started = requests(s.db, count, async (session) => {
        await session.query("select 1");
        await new Promise<void>((resolve) => place.runtime.clock.after(50, resolve));
        return (await session.query("select 1")).servedBy;
      });
      await place.clock.advance(40);
      s.b.condition = "silent";
      s.c.condition = "silent";
      return { ...s, started, looked };
    }

    test("is asked about once, though 50 requests doubt", async () => {
      const { started, looked } = await frozen(50);
      expect(new Set(await all(started))).toEqual(new Set(["a"]));
      expect(looked.length).toBeLessThanOrEqual(6);
      expect(place.clock.now()).toBeLessThan(2_000);
    });

    test("is asked about by another one, when the request that asked is cut off", async () => {
      const { started, looked } = await frozen(20);
      const [first, second, ...rest] = started;
      // They are the first to doubt, each of one of the two.
      await place.clock.advance(120);
      first?.cut();
      second?.cut();
      expect(new Set(await all(rest))).toEqual(new Set(["a"]));
      expect(looked.length).toBeLessThanOrEqual(6);
      expect(place.clock.now()).toBeLessThan(3_000);
    });
  });

  describe("a failover of the database's own", () => {
    test("50 writes find the new primary, and its endpoints are asked about once", async () => {
      const s = requestStage(place);
      await all(requests(s.db, 1, (session) => session.query(INSERT)));
      s.a.role = "replica";
      s.b.role = "primary";
      s.b.generation = 2;
      const before = s.looks();
      const served = await all(requests(s.db, 50, async (session) => {
        return (await session.query(INSERT)).servedBy;
      }));
      expect(new Set(served)).toEqual(new Set(["b"]));
      expect(s.looks() - before).toBeLessThanOrEqual(8);
    });

    test("nobody waits for a search of a request that is cut off", async () => {
      const s = requestStage(place);
      await all(requests(s.db, 1, (session) => session.query(INSERT)));
      s.a.role = "replica";
      s.b.role = "primary";
      s.b.generation = 2;
      const [first, ...rest] = requests(s.db, 10, (session) => session.query(INSERT));
      await place.clock.advance(3);
      first?.cut();
      for (const { servedBy } of await all(rest)) expect(servedBy).toBe("b");
    });
  });

  describe("a failover by hand", () => {
    test("writes of other requests wait for its end", async () => {
      const s = requestStage(place);
      const handover = place.request(() => s.db.failover("a", "b"));
      const writes = requests(s.db, 10, async (session) => (await session.query(INSERT)).servedBy);
      const served = await all(writes);
      await place.clock.runUntil(handover.answer);
      expect(new Set(served)).toEqual(new Set(["b"]));
    });

    test("of a request that is cut off is over some time after its limit", async () => {
      const s = requestStage(place);
      s.b.condition = "silent";
      const handover = place.request(() => s.db.failover("a", "b", { timeoutMs: 1_000 }));
      await place.clock.advance(10);
      handover.cut();
      const write = (): Request<unknown>[] =>
        requests(s.db, 1, (session) => {
          return session.query(INSERT, [], { timeoutMs: 500 });
        });
      await expect(all(write())).rejects.toMatchObject({ code: "DEADLINE" });
      await place.clock.advance(7_000);
      await all(write());
    });
  });

  test("requests that are cut off halfway count for nothing after a while", async () => {
    const s = requestStage(place);
    for (const end of [s.a, s.b, s.c]) end.answer = () => "silence";
    const started = requests(s.db, 10, (session, n) => {
      return n % 2 === 0
        ? session.query("select 1", [], { timeoutMs: 1_000 })
        : session.transaction((tx) => tx.query(INSERT), { timeoutMs: 1_000 });
    });
    await place.clock.advance(50);
    for (const one of started) one.cut();
    const load = () => s.db.stats().endpoints.reduce((sum, { inFlight }) => sum + inFlight, 0);
    expect(load()).toBe(10);
    await place.clock.advance(10_000);
    for (const end of [s.a, s.b, s.c]) end.answer = () => rows({ ok: true });
    await all(requests(s.db, 1, (session) => session.query("select 1")));
    expect(load()).toBe(0);
    expect(s.db.stats().running).toBe(0);
  });

  test("a half-open circuit whose trial was cut off gets another one", async () => {
    const s = requestStage(place, { readPreference: "primary", circuit: { cooldownMs: 1_000 } });
    s.a.die();
    for (let n = 0; n < 20; n++) {
      await caught(all(requests(s.db, 1, (session) => session.query("select 1"))));
    }
    expect(s.db.stats().endpoints[0]?.circuit).toBe("open");
    s.a.condition = "silent";
    await place.clock.advance(2_000);
    const [trial] = requests(s.db, 1, (session) => session.query("select 1"));
    await place.clock.advance(5);
    trial?.cut();
    s.a.revive();
    await place.clock.advance(120_000);
    await all(requests(s.db, 5, (session) => session.query("select 1")));
  });

  describe("misuse is told at once, and moves no circuit", () => {
    test("the cluster itself", async () => {
      const { db } = requestStage(place);
      const says = /runs no statement\. Make a session in each request, db\.session\(\{ ctx \}\)/;
      const request = place.request(async () => {
        for (const call of [db.query("select 1"), db.execute("select 1"), db.transaction(noop)]) {
          const error = await caught(call);
          expect(error).toMatchObject({ code: "USAGE" });
          expect(error.message).toMatch(says);
        }
        expect(() => db.session()).toThrow(/needs its request's execution context/);
      });
      await place.clock.runUntil(request.answer);
    });

    test("a session made where there is no request", () => {
      const { db } = requestStage(place);
      expect(() => db.session({ waitUntil: () => {} })).toThrow(/There is no request here/);
    });

    test.each([["while the other one lives", false], ["when the other one is over", true]])(
      "a session of another request, %s",
      async (_, isOver) => {
        const { db, a } = requestStage(place);
        let session: Session | undefined;
        const owner = place.request(async (ctx) => {
          session = db.session({ ctx });
          await session.query(INSERT);
          if (!isOver) await new Promise(() => {});
        });
        await place.clock.advance(100);
        if (isOver) await owner.answer;
        const thief = place.request(async () => {
          const calls = [session?.query(INSERT), session?.transaction(noop), session?.close()];
          return await Promise.all(calls.map((call) => caught(Promise.resolve(call))));
        });
        for (const error of await place.clock.runUntil(thief.answer)) {
          expect(error.code).toBe("USAGE");
          expect(error.message).toMatch(/belongs to another request, or to one that is over/);
        }
        expect(a.statements).toEqual([INSERT]);
      },
    );

    test("a session of another request, where the place cannot tell before its I/O refuses", async () => {
      const { here: _, ...blind } = place.runtime;
      const a = server(place.clock, "primary");
      const connector = place.bound(a);
      const db = createHoldfastOn(blind, { endpoints: [{ id: "a", role: "primary", connector }] });
      let session: Session | undefined;
      const owner = place.request(async (ctx) => {
        session = db.session({ ctx });
        await session.query(INSERT);
        await new Promise(() => {});
      });
      await place.clock.advance(100);
      const thief = place.request(() => caught(session?.query(INSERT) ?? Promise.reject()));
      const error = await place.clock.runUntil(thief.answer);
      expect(error.code).toBe("USAGE");
      expect(error.message).toMatch(/belongs to another request/);
      expect(db.stats().endpoints[0]?.circuit).toBe("closed");
      expect(place.crossings.splice(0).length).toBeGreaterThan(0);
      owner.cut();
    });
  });

  test("close() closes a session's connections early, and the session is over", async () => {
    const s = requestStage(place);
    const request = place.request(async (ctx) => {
      await using session = s.db.session({ ctx });
      await session.query(INSERT);
      expect(s.a.open).toBe(1);
      await session.close();
      expect(s.a.open).toBe(0);
      const error = await caught(session.query(INSERT));
      expect(error).toMatchObject({ code: "CLOSED" });
    });
    await place.clock.runUntil(request.answer);
  });

  test("stats() counts the connections of all requests", async () => {
    const s = requestStage(place);
    await all(requests(s.db, 4, (session) => session.query(INSERT)));
    expect(s.db.stats().endpoints[0]?.pool.created).toBe(4);
  });

  test("whatever fails and whoever is cut off, all others are answered and nothing crosses", async () => {
    const step = fc.record({
      fault: fc.constantFrom("none", "none", "break", "silence", "freeze", "die", "revive", "swap"),
      at: fc.constantFrom("a", "b", "c"),
      call: fc.constantFrom("read", "hedged", "write", "transaction", "three"),
      callers: fc.integer({ min: 1, max: 8 }),
      cutAfterMs: fc.option(fc.constantFrom(0, 1, 3, 20, 130, 400), { freq: 2 }),
      pauseMs: fc.constantFrom(0, 1, 5, 60, 700),
    });
    let answered = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 12 }), async (steps) => {
        const s = requestStage(place, {
          probe: { timeoutMs: 100, doubtAfterMs: 50 },
          execution: { timeout: { queryMs: 2_000, transactionMs: 2_000, connectionMs: 200 } },
          circuit: { cooldownMs: 200, maxCooldownMs: 500 },
        });
        const left: Promise<unknown>[] = [];
        for (const { fault, at, call, callers, cutAfterMs, pauseMs } of steps) {
          befall(s, fault, at);
          const started = requests(s.db, callers, (session) => {
            return carryOut(session, call).then(() => answered++, expectTyped);
          });
          const cut = cutAfterMs === null ? undefined : started.pop();
          left.push(...started.map(({ answer }) => answer));
          if (cutAfterMs !== null) place.clock.after(cutAfterMs, () => cut?.cut());
          await place.clock.advance(pauseMs);
        }
        await place.clock.runUntil(Promise.all(left), 60_000);
        expect(place.crossings.slice(0, 1)).toEqual([]);
        for (const end of [s.a, s.b, s.c]) end.revive();
        await place.clock.advance(20_000);
        expect([s.a.open, s.b.open, s.c.open]).toEqual([0, 0, 0]);
        await place.clock.runUntil(
          place.request((ctx) => {
            return s.db.session({ ctx }).query("select 1").catch(expectTyped);
          }).answer,
        );
        const { running, endpoints } = s.db.stats();
        expect(running).toBe(0);
        expect(endpoints.map(({ inFlight }) => inFlight)).toEqual([0, 0, 0]);
      }),
      { numRuns: 150 },
    );
    expect(answered).toBeGreaterThan(1_000);
  });
});

type Ends = Pick<ReturnType<typeof requestStage>, "a" | "b" | "c">;

function befall(ends: Ends, fault: string, at: keyof Ends): void {
  const end = ends[at];
  if (fault === "break") next(end, failure(), failure());
  else if (fault === "silence") next(end, "silence");
  else if (fault === "freeze") end.condition = "silent";
  else if (fault === "die") end.die();
  else if (fault === "revive") end.revive();
  else if (fault === "swap") {
    const primary = Object.values(ends).find(({ role }) => role === "primary");
    const generation = (primary?.generation ?? 0) + 1;
    if (primary !== undefined) primary.role = "replica";
    end.role = "primary";
    end.generation = generation;
  }
}

async function carryOut(session: Session, call: string): Promise<unknown> {
  if (call === "read") return await session.query("select 1");
  if (call === "hedged") return await session.query("select 1", [], { hedge: { afterMs: 2 } });
  if (call === "write") return await session.query(INSERT);
  if (call === "transaction") return await session.transaction((tx) => tx.query(INSERT));
  return await Promise.all([1, 2, 3].map(() => session.query("select 1")));
}

function expectTyped(error: unknown): void {
  expect(error).toSatisfy(isHoldfastError);
}

async function noop(): Promise<void> {}
