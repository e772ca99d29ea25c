import { describe, expect, test } from "vitest";
import type { Lease } from "../../src/drive/lease.ts";
import { scripted } from "../../adapters/connectors/scripted/mod.ts";
import { createHoldfastOn } from "../../src/holdfast.ts";
import { virtualRuntime } from "../virtual.ts";
import { Bench } from "./pool-bench.ts";
import { server, sqlError } from "./stage.ts";

describe("dynamic size", () => {
  test("whoever waits waits as long as a connect takes before one is begun for them", async () => {
    const b = new Bench();
    b.endpoint.latencyMs = 20;
    const first = b.ask("first");
    await b.clock.advance(20);
    b.ask("second");
    expect(b.endpoint.connects).toBe(1);
    // A connect was measured: 5 ms, what is assumed at first, moved a fifth towards 20.
    await b.clock.advance(7);
    expect(b.endpoint.connects).toBe(1);
    await b.clock.advance(1);
    expect(b.endpoint.connects).toBe(2);
    b.release(first.lease);
    expect(b.served).toEqual(["first", "second"]);
  });

  test("a busy moment opens nothing: connections come back sooner than one could be opened", async () => {
    const b = new Bench();
    b.endpoint.latencyMs = 20;
    const first = b.ask("first");
    await b.clock.advance(20);
    const others = [b.ask("second"), b.ask("third")];
    await b.clock.advance(2);
    b.release(first.lease);
    await b.clock.advance(2);
    for (const { lease } of others) b.release(lease);
    await b.clock.advance(100);
    expect(b.served).toEqual(["first", "second", "third"]);
    expect(b.endpoint.connects).toBe(1);
  });

  /** Nine callers at connections that come back every 9 ms, each of whom waits less than is patience, for a while. */
  async function crowd(b: Bench, callers: number, ms: number): Promise<void> {
    const until = b.clock.now() + ms;
    const take = (): void => {
      if (b.clock.now() >= until) return;
      const use = (lease: Lease): void => {
        b.clock.after(9, () => {
          b.release(lease);
          take();
        });
      };
      const lease = b.pool.acquire(
        { waitsSince: 0, granted: use, refused: (failure) => expect(failure).toBe(undefined) },
        b.clock.now(),
      );
      if (lease !== undefined) use(lease);
    };
    for (let n = 0; n < callers; n++) take();
    await b.clock.advance(ms + 100);
  }

  test("a lasting need opens what it needs, though nobody waits for long", async () => {
    const b = new Bench({ max: 20, idleTimeoutMs: 0 });
    b.endpoint.latencyMs = 20;
    await crowd(b, 10, 20_000);
    expect(b.pool.stats()).toMatchObject({ size: 10, created: 10 });
  });

  test("a lasting need opens no more than is allowed, and nothing at a server that has just refused one", async () => {
    const b = new Bench({ max: 20, idleTimeoutMs: 0 });
    b.endpoint.latencyMs = 20;
    await crowd(b, 10, 100);
    const { size } = b.pool.stats();
    b.endpoint.maxConnections = size;
    const before = b.endpoint.connects;
    await crowd(b, 10, 10_000);
    expect(b.pool.size).toBe(size);
    expect(b.endpoint.connects - before).toBeLessThanOrEqual(11);
    b.endpoint.maxConnections = 100;
    b.pool.allow(size);
    const refused = b.endpoint.connects;
    await crowd(b, 10, 10_000);
    expect(b.endpoint.connects).toBe(refused);
  });

  test("a lasting need of a little opens nothing: a tenth of a connection is not worth one", async () => {
    const b = new Bench({ max: 20, idleTimeoutMs: 0 });
    for (let n = 0; n < 100; n++) {
      const [first, second] = [b.ask("first"), b.ask("second")];
      await b.clock.advance(n === 0 ? 1 : 2);
      b.release(first.lease);
      b.release(second.lease);
      await b.clock.advance(50);
    }
    expect(b.endpoint.connects).toBeLessThanOrEqual(2);
  });

  test("warm() opens the minimum, and idling does not take it away", async () => {
    const b = new Bench({ min: 2 });
    expect(b.endpoint.connects).toBe(0);
    b.pool.warm();
    await b.clock.advance(10);
    expect(b.pool.stats()).toMatchObject({ size: 2, idle: 2 });
    await b.clock.advance(30_000);
    expect(b.pool.stats()).toMatchObject({ size: 2, created: 2 });
  });

  test("the minimum is opened again when a server is back, without a storm while it is not", async () => {
    const b = new Bench({ min: 2 });
    b.pool.warm();
    await b.clock.advance(10);
    b.endpoint.die();
    await b.clock.advance(10_000);
    expect(b.endpoint.connects).toBeLessThanOrEqual(2 + 2 * 11);
    b.endpoint.revive();
    await b.clock.advance(11_000);
    expect(b.pool.stats()).toMatchObject({ size: 2, idle: 2 });
  });

  test("allow() lets no more be in use than it says, and serves those who wait when it says more", async () => {
    const b = new Bench();
    const leases = [await b.get(), await b.get(), await b.get()];
    b.pool.allow(1);
    for (const lease of leases) b.release(lease);
    const first = b.ask("first");
    expect(first.lease).toBeDefined();
    b.ask("second");
    expect(b.pool.stats()).toMatchObject({ inUse: 1, waiting: 1, idle: 2, limit: 1 });
    b.pool.allow(2);
    expect(b.served.at(-1)).toBe("second");
    b.pool.allow(99);
    expect(b.pool.stats().limit).toBe(3);
  });

  test.each(["breaks", "is tainted", "has another role"])(
    "whoever waits for the limit is served when a connection in use %s, not only when one comes back",
    async (how) => {
      const b = new Bench({ idleTimeoutMs: 0 });
      const [one, two, three] = [await b.get(), await b.get(), await b.get()];
      b.pool.allow(1);
      b.release(one);
      b.release(two);
      const waits = b.ask("waits");
      expect(waits.lease).toBe(undefined);
      if (how === "breaks") three.connection.destroy();
      if (how === "has another role") b.pool.destroy(three, "told another role");
      else b.release(three, how === "breaks");
      expect(waits.lease).toBeDefined();
      expect(b.pool.stats()).toMatchObject({ inUse: 1, idle: 1, waiting: 0 });
      expect(b.endpoint.connects).toBe(3);
    },
  );

  test("whoever waits for the limit gets no connection that lay idle for long unasked", async () => {
    const b = new Bench({ idleTimeoutMs: 0, validateAfterIdleMs: 100 });
    const [one, two] = [await b.get(), await b.get()];
    b.pool.allow(1);
    b.release(one);
    const waits = b.ask("waits");
    await b.clock.advance(100);
    b.endpoint.deafen();
    b.pool.destroy(two, "broken");
    expect(b.pool.permits.checking).toBe(1);
    await b.clock.advance(100);
    expect(waits.lease?.connection.usable).toBe(true);
    expect(b.told).toContain("closed: failed validation");
  });

  test("a server that is full is asked again after a moment, when somebody still waits", async () => {
    const b = new Bench();
    const lease = await b.get();
    const usual = b.endpoint.connect.bind(b.endpoint);
    let refusals = 0;
    b.endpoint.connect = (options) => {
      refusals++;
      return refusals > 1
        ? usual(options)
        : Promise.reject(sqlError("53300", "sorry, too many clients already"));
    };
    const waits = b.ask("waits");
    await b.clock.advance(900);
    expect(refusals).toBe(1);
    expect(waits.refused).toBe(undefined);
    await b.clock.advance(200);
    expect(waits.lease).toBeDefined();
    b.release(lease);
  });
});

describe("age", () => {
  test("a connection that is too old goes when it comes back, not while it is used", async () => {
    const b = new Bench({ maxLifetimeMs: 1_000, idleTimeoutMs: 0 });
    const lease = await b.get();
    await b.clock.advance(1_000);
    expect(lease.connection.usable).toBe(true);
    b.release(lease);
    expect(b.told.at(-1)).toBe("closed: lifetime");
    expect(b.endpoint.open).toBe(0);
  });

  test("idle connections go at their age, one after the other and none before half of it", async () => {
    const b = new Bench({ max: 8, maxConnecting: 8, maxLifetimeMs: 100_000, idleTimeoutMs: 0 });
    const asked = Array.from({ length: 8 }, (_, n) => b.ask(`${n}`));
    await b.clock.advance(10);
    for (const { lease } of asked) b.release(lease);
    await b.clock.advance(49_000);
    expect(b.pool.size).toBe(8);
    const sizes = new Set<number>();
    for (let n = 0; n < 13; n++) {
      await b.clock.advance(5_000);
      sizes.add(b.pool.size);
    }
    expect(b.pool.size).toBe(0);
    expect(sizes.size).toBeGreaterThanOrEqual(6);
    expect(b.pool.stats().closed).toEqual({ lifetime: 8 });
  });
});

describe("dead connections", () => {
  const IDLE = { validateAfterIdleMs: 500, idleTimeoutMs: 0 };

  test("one that lay idle for long is asked before somebody gets it", async () => {
    const b = new Bench(IDLE);
    b.release(await b.get());
    await b.clock.advance(499);
    const early = b.ask("early");
    expect(early.lease).toBeDefined();
    b.release(early.lease);
    await b.clock.advance(500);
    const late = b.ask("late");
    expect(late.lease).toBe(undefined);
    await b.clock.advance(1);
    expect(late.lease).toBe(early.lease);
    expect(b.endpoint.connects).toBe(1);
  });

  test("one that does not answer is given up, and all that lay as long with it", async () => {
    const b = new Bench({ ...IDLE, max: 4 });
    const leases = [await b.get(), await b.get(), await b.get()];
    for (const lease of leases) b.release(lease);
    await b.clock.advance(1_000);
    for (const { connection } of leases) connection.inspect = () => new Promise(() => {});
    const asked = b.ask("asked");
    await b.clock.advance(60);
    expect(b.pool.stats().closed).toEqual({ "failed validation": 3 });
    expect(asked.lease).toBeDefined();
    expect(leases).not.toContain(asked.lease);
  });

  test("clear() also gives up what is being connected: it is of the old generation", async () => {
    const b = new Bench();
    const asked = b.ask("asked");
    b.pool.clear("role changed");
    await b.clock.advance(10);
    expect(b.endpoint.connects).toBe(2);
    expect(b.endpoint.open).toBe(1);
    expect(asked.lease?.generation).toBe(1);
    expect(b.pool.stats()).toMatchObject({ generation: 1, created: 1 });
  });

  test("rebuild() cuts connects under way and asks the new connector; who waits is served by it", async () => {
    const b = new Bench();
    b.endpoint.condition = "silent";
    const asked = b.ask("asked");
    await b.clock.advance(10);
    const fresh = server(b.clock, "primary");
    b.pool.rebuild(fresh);
    await b.clock.advance(10);
    expect(asked.lease).toBeDefined();
    expect(fresh.connects).toBe(1);
  });
});

test("there is no minimum where a database sleeps when nobody uses it", async () => {
  for (const scalesToZero of [false, true]) {
    const runtime = virtualRuntime();
    const { clock } = runtime;
    const a = scripted({ role: "primary", latencyMs: 1, clock, scalesToZero });
    const db = createHoldfastOn(runtime, {
      endpoints: [{ id: "a", role: "primary", connector: a }],
      pool: { min: 2, idleTimeoutMs: 10_000 },
      probe: { intervalMs: 0 },
    });
    await clock.runUntil(db.query("select 1"));
    await clock.advance(5_000);
    expect(a.open).toBe(scalesToZero ? 1 : 2);
    await clock.advance(15_000);
    expect(a.open).toBe(scalesToZero ? 0 : 2);
    await clock.runUntil(db.close());
  }
});
