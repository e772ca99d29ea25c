import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Reply, rows } from "../../adapters/connectors/scripted/mod.ts";
import type { AlertRule } from "../../src/observe/alerts.ts";
import type { AlertSink } from "../../src/ports.ts";
import { type Request, RequestPlace } from "../request-place.ts";
import { all, requests, requestStage } from "./request-stage.ts";
import { caught, failure, next } from "./stage.ts";

const INSERT = "insert into t values (1)";

const OUT: AlertRule = {
  name: "someOut",
  says: "an endpoint is out",
  of: "availableEndpoints",
  when: "below",
  threshold: 3,
  forMs: 0,
  clearForMs: 0,
};

describe("where I/O belongs to a request", () => {
  let place: RequestPlace;
  beforeEach(() => {
    place = new RequestPlace();
  });
  afterEach(() => place[Symbol.dispose]());

  test("50 requests at once read, write and run transactions, and leave nothing open", async () => {
    const s = requestStage(place);
    const served = await all(
      place,
      requests(place, s.db, 50, async (session) => {
        await session.query("select 1");
        await session.transaction((tx) => tx.query(INSERT));
        return (await session.query(INSERT)).servedBy;
      }),
    );
    expect(new Set(served)).toEqual(new Set(["a"]));
    await place.clock.advance(10_000);
    expect([s.a.open, s.b.open, s.c.open]).toEqual([0, 0, 0]);
    expect(s.db.stats().running).toBe(0);
  });

  test("the statements of a session share its connections; no other session gets them", async () => {
    const s = requestStage(place);
    await all(
      place,
      requests(place, s.db, 2, async (session) => {
        for (let n = 0; n < 5; n++) await session.query(INSERT);
      }),
    );
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
    await all(
      place,
      requests(place, s.db, 1, async (session) => {
        const reads = Array.from({ length: 30 }, () => session.query("select 1"));
        const writes = Array.from({ length: 10 }, () => session.query(INSERT));
        await Promise.all([...reads, ...writes]);
      }),
    );
    expect(most).toBe(5);
    expect(Math.max(s.a.connects, s.b.connects, s.c.connects)).toBeLessThan(10);
  });

  test("broken lines, retries and hedges cross nothing", async () => {
    const s = requestStage(place, { hedge: { afterMs: 5 } });
    next(s.b, failure(), "silence", failure(), "silence");
    next(s.c, failure(), failure());
    const served = await all(
      place,
      requests(place, s.db, 20, async (session) => {
        return (await session.query("select 1")).servedBy;
      }),
    );
    expect(served).toHaveLength(20);
  });

  describe("an endpoint that falls silent", () => {
    /** So many requests, each of which has been answered once when the replicas freeze. */
    async function frozen(count: number) {
      const s = requestStage(place, { probe: { timeoutMs: 500, doubtAfterMs: 100 } });
      const looked: string[] = [];
      s.db.on("probe", ({ endpoint }) => looked.push(endpoint));
      const started = requests(place, s.db, count, async (session) => {
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
      expect(new Set(await all(place, started))).toEqual(new Set(["a"]));
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
      expect(new Set(await all(place, rest))).toEqual(new Set(["a"]));
      expect(looked.length).toBeLessThanOrEqual(6);
      expect(place.clock.now()).toBeLessThan(3_000);
    });
  });

  describe("a failover of the database's own", () => {
    test("50 writes find the new primary, and its endpoints are asked about once", async () => {
      const s = requestStage(place);
      await all(place, requests(place, s.db, 1, (session) => session.query(INSERT)));
      s.a.role = "replica";
      s.b.role = "primary";
      s.b.generation = 2;
      const before = s.looks();
      const served = await all(
        place,
        requests(place, s.db, 50, async (session) => {
          return (await session.query(INSERT)).servedBy;
        }),
      );
      expect(new Set(served)).toEqual(new Set(["b"]));
      expect(s.looks() - before).toBeLessThanOrEqual(8);
    });

    test("nobody waits for a search of a request that is cut off", async () => {
      const s = requestStage(place);
      await all(place, requests(place, s.db, 1, (session) => session.query(INSERT)));
      s.a.role = "replica";
      s.b.role = "primary";
      s.b.generation = 2;
      const [first, ...rest] = requests(place, s.db, 10, (session) => session.query(INSERT));
      await place.clock.advance(3);
      first?.cut();
      for (const { servedBy } of await all(place, rest)) expect(servedBy).toBe("b");
    });
  });

  describe("a failover by hand", () => {
    test("writes of other requests wait for its end", async () => {
      const s = requestStage(place);
      const handover = place.request(() => s.db.failover("a", "b"));
      const writes = requests(
        place,
        s.db,
        10,
        async (session) => (await session.query(INSERT)).servedBy,
      );
      const served = await all(place, writes);
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
        requests(place, s.db, 1, (session) => {
          return session.query(INSERT, [], { timeoutMs: 500 });
        });
      await expect(all(place, write())).rejects.toMatchObject({ code: "DEADLINE" });
      await place.clock.advance(7_000);
      await all(place, write());
    });
  });

  test("requests that are cut off halfway count for nothing after a while", async () => {
    const s = requestStage(place);
    for (const end of [s.a, s.b, s.c]) end.answer = () => "silence";
    const started = requests(place, s.db, 10, (session, n) => {
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
    await all(place, requests(place, s.db, 1, (session) => session.query("select 1")));
    expect(load()).toBe(0);
    expect(s.db.stats().running).toBe(0);
  });

  test("a half-open circuit whose trial was cut off gets another one", async () => {
    const s = requestStage(place, { readPreference: "primary", circuit: { cooldownMs: 1_000 } });
    s.a.die();
    for (let n = 0; n < 20; n++) {
      await caught(all(place, requests(place, s.db, 1, (session) => session.query("select 1"))));
    }
    expect(s.db.stats().endpoints[0]?.circuit).toBe("open");
    s.a.condition = "silent";
    await place.clock.advance(2_000);
    const [trial] = requests(place, s.db, 1, (session) => session.query("select 1"));
    await place.clock.advance(5);
    trial?.cut();
    s.a.revive();
    await place.clock.advance(120_000);
    await all(place, requests(place, s.db, 5, (session) => session.query("select 1")));
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

  test("alerts go on being delivered when the request that delivered one is cut off", async () => {
    const heard: string[] = [];
    const deliver: AlertSink = ({ phase }) => {
      heard.push(phase);
      return heard.length === 1 ? new Promise<void>(() => {}) : undefined;
    };
    const s = requestStage(place, { alerts: { rules: [OUT], deliver } });
    const tick = (): Request<unknown> => place.request(() => s.db.tick());
    s.db.isolate("b");
    const first = tick();
    await place.clock.advance(100);
    first.cut();
    s.db.release("b");
    await place.clock.advance(60_000);
    // Whoever comes while the delivery may still be under way waits for it no longer than that may take.
    await all(place, [tick()]);
    s.db.isolate("b");
    await place.clock.advance(200_000);
    await all(place, [tick()]);
    expect(heard).toEqual(["firing", "resolved", "firing"]);
  });

  test("stats() counts the connections of all requests", async () => {
    const s = requestStage(place);
    await all(place, requests(place, s.db, 4, (session) => session.query(INSERT)));
    expect(s.db.stats().endpoints[0]?.pool.created).toBe(4);
  });
});
