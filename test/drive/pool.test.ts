import { expect, test } from "vitest";
import { POOL_CLOSED, QUEUE_FULL } from "../../src/drive/pool-failure.ts";
import { Bench } from "./pool-bench.ts";

test("acquire() opens no more than max, and no more than maxConnecting at once", async () => {
  const b = new Bench();
  for (let n = 0; n < 5; n++) b.ask(`${n}`);
  expect(b.endpoint.connects).toBe(2);
  await b.clock.advance(10);
  expect(b.endpoint.connects).toBe(3);
  expect(b.pool.stats()).toMatchObject({ size: 3, idle: 0, inUse: 3, waiting: 2, created: 3 });
});

test("acquire() serves in order of arrival", async () => {
  const b = new Bench({ max: 1 });
  const first = b.ask("first");
  const second = b.ask("second");
  const third = b.ask("third");
  await b.clock.advance(10);
  b.release(first.lease);
  b.release(second.lease);
  b.release(third.lease);
  expect(b.served).toEqual(["first", "second", "third"]);
  expect(b.endpoint.connects).toBe(1);
});

test("acquire() does not overtake those who wait, though a connection lies idle", async () => {
  const b = new Bench({ max: 1 });
  const first = await b.get();
  b.ask("waits");
  b.release(first);
  const late = b.ask("late");
  expect(b.served).toEqual(["get", "waits"]);
  expect(late.lease).toBe(undefined);
});

test("acquire() hands out the connection used last, so that the others can go", async () => {
  const b = new Bench();
  const [one, two] = [await b.get(), await b.get()];
  b.release(one);
  b.release(two);
  expect(b.ask("again").lease).toBe(two);
});

test("acquire() refuses at once when the queue is full", async () => {
  const b = new Bench({ max: 1, maxQueue: 1 });
  await b.get();
  b.ask("queued");
  expect(b.ask("too many").refused?.code).toBe(QUEUE_FULL);
});

test("acquire() without a queue refuses when all are busy, not while one may still be opened", async () => {
  const b = new Bench({ max: 2, maxQueue: 0 });
  const [one, two] = [b.ask("one"), b.ask("two")];
  expect(b.ask("three").refused).toMatchObject({
    code: QUEUE_FULL,
    message: "All 2 connections are taken, and 2 callers wait already",
  });
  await b.clock.advance(10);
  expect(b.served).toEqual(["one", "two"]);
  expect(b.ask("four").refused?.code).toBe(QUEUE_FULL);
  b.release(one.lease);
  b.release(two.lease);
  expect(b.ask("five").lease).toBeDefined();
});

test("acquire() tells a failed connect to one waiter and goes on for the others", async () => {
  const b = new Bench({ maxConnecting: 1 });
  b.endpoint.condition = "refusing";
  const first = b.ask("first");
  const second = b.ask("second");
  await b.clock.advance(1);
  b.endpoint.condition = "up";
  await b.clock.advance(10);
  expect(first.refused?.code).toBe("ECONNREFUSED");
  expect(second.lease).toBeDefined();
});

test("acquire() gives up a connect that does not come about, and aborts it", async () => {
  const b = new Bench();
  b.endpoint.condition = "silent";
  const asked = b.ask("asked");
  await b.clock.advance(1_000);
  expect(asked.refused).toMatchObject({ phase: "connecting", code: "CONNECT_TIMEOUT" });
  expect(b.pool.size).toBe(0);
});

test("forget() takes a caller out of the queue; what was opened for it is kept for the next", async () => {
  const b = new Bench();
  const gone = b.ask("gone");
  gone.forget();
  await b.clock.advance(10);
  expect(b.served).toEqual([]);
  expect(b.pool.stats()).toMatchObject({ idle: 1, waiting: 0 });
});

test("release() closes what carries session state or is broken, and opens another for who waits", async () => {
  const b = new Bench({ max: 1 });
  const first = await b.get();
  const waits = b.ask("waits");
  b.release(first, false);
  await b.clock.advance(10);
  expect(waits.lease).toBeDefined();
  b.endpoint.cut();
  b.release(waits.lease);
  expect(b.told).toEqual(["opened", "closed: carries session state", "opened", "closed: broken"]);
  expect(b.endpoint.open).toBe(0);
});

test("release() twice is one release", async () => {
  const b = new Bench();
  const lease = await b.get();
  b.release(lease);
  b.release(lease);
  expect(b.pool.stats()).toMatchObject({ size: 1, idle: 1, inUse: 0, waiting: 0 });
});

test("a connection that dies while idle is noticed and not handed out", async () => {
  const b = new Bench();
  b.release(await b.get());
  b.endpoint.cut();
  expect(b.pool.size).toBe(0);
  expect(b.told.at(-1)).toBe("closed: lost while idle");
  expect(b.ask("next").lease).toBe(undefined);
});

test("idle connections are closed after idleTimeoutMs, those in use are not", async () => {
  const b = new Bench();
  const [one, two] = [await b.get(), await b.get()];
  b.release(one);
  await b.clock.advance(2_100);
  expect(b.told.at(-1)).toBe("closed: idle");
  expect(b.endpoint.open).toBe(1);
  b.release(two);
  await b.clock.advance(2_100);
  expect(b.endpoint.open).toBe(0);
  expect(b.clock.waiting).toBe(0);
});

test("an idle connection is closed within one and a half times idleTimeoutMs", async () => {
  const b = new Bench();
  const [one, two] = [await b.get(), await b.get()];
  b.release(one);
  // Just after a look, at the worst.
  await b.clock.advance(1);
  b.release(two);
  await b.clock.advance(998);
  expect(b.pool.stats().idle).toBe(2);
  await b.clock.advance(502);
  expect(b.pool.stats().idle).toBe(0);
});

test("clear() closes idle connections now and used ones when they come back", async () => {
  const b = new Bench();
  const [one, two] = [await b.get(), await b.get()];
  b.release(one);
  b.pool.clear("role changed");
  expect(b.endpoint.open).toBe(1);
  b.release(two);
  expect(b.endpoint.open).toBe(0);
  expect(b.told.slice(-2)).toEqual(["closed: role changed", "closed: retired"]);
});

test("adopt() takes in a connection opened outside, unless there is no room", async () => {
  const b = new Bench({ max: 1 });
  const [outside, other] = await b.clock.runUntil(
    Promise.all([b.endpoint.connect(), b.endpoint.connect()]),
  );
  b.pool.adopt(outside, b.clock.now());
  b.pool.adopt(other, b.clock.now());
  expect(b.pool.size).toBe(1);
  expect(b.endpoint.open).toBe(1);
});

test("drain() refuses who waits, waits for what is in use, and is the same when asked again", async () => {
  const b = new Bench({ max: 1 });
  const lease = await b.get();
  const waits = b.ask("waits");
  const drained = Promise.all([b.pool.drain(), b.pool.drain()]);
  expect(waits.refused?.code).toBe(POOL_CLOSED);
  expect(b.ask("late").refused?.code).toBe(POOL_CLOSED);
  b.release(lease);
  await drained;
  expect(b.endpoint.open).toBe(0);
  expect(b.clock.waiting).toBe(0);
});

test("drain() gives up connects under way", async () => {
  const b = new Bench();
  b.endpoint.condition = "silent";
  b.ask("asked");
  await b.clock.advance(10);
  await b.pool.drain();
  expect(b.pool.size).toBe(0);
  expect(b.clock.waiting).toBe(0);
});

test("destroyAll() cuts what a drain still waits for", async () => {
  const b = new Bench();
  await b.get();
  const drained = b.pool.drain();
  b.pool.destroyAll();
  await drained;
  expect(b.endpoint.open).toBe(0);
});

test.each(["hangs", "fails"])("drain() cuts a connection whose goodbye %s", async (how) => {
  const b = new Bench();
  const lease = await b.get();
  lease.connection.close = () =>
    how === "fails" ? Promise.reject(new Error("no")) : new Promise(() => {});
  b.release(lease);
  const startedAt = b.clock.now();
  await b.clock.runUntil(b.pool.drain());
  expect(b.clock.now() - startedAt).toBe(how === "fails" ? 0 : 2_000);
  expect(b.endpoint.open).toBe(0);
  expect(b.clock.waiting).toBe(0);
});

test("adopt() cuts what it has no room for and what does not go in good order", async () => {
  const b = new Bench({ max: 1 });
  await b.get();
  const outside = await b.clock.runUntil(b.endpoint.connect());
  outside.close = () => Promise.reject(new Error("no"));
  b.pool.adopt(outside, b.clock.now());
  await b.clock.advance(1);
  expect(b.endpoint.open).toBe(1);
});

test("putBack() does not make a connection look used", async () => {
  const b = new Bench();
  b.release(await b.get());
  for (let n = 0; n < 4; n++) {
    await b.clock.advance(500);
    const lease = b.pool.takeIdle();
    if (lease !== undefined) b.pool.putBack(lease, b.clock.now());
  }
  expect(b.told.at(-1)).toBe("closed: idle");
});

test("a pool that keeps nothing gives the same permits and closes each connection after its call", async () => {
  const b = new Bench({}, false);
  const asked = Array.from({ length: 5 }, (_, n) => b.ask(`${n}`));
  await b.clock.advance(10);
  expect(b.pool.stats()).toMatchObject({ inUse: 3, waiting: 2 });
  for (const { lease } of asked) b.release(lease);
  await b.clock.advance(10);
  for (const { lease } of asked) b.release(lease);
  expect(b.served).toEqual(["0", "1", "2", "3", "4"]);
  expect(b.endpoint.open).toBe(0);
  expect(b.pool.stats().closed).toEqual({ "used once": 5 });
});

test("stats() tells how long callers waited, of those who did", async () => {
  const b = new Bench({ max: 1 });
  const first = await b.get();
  const second = b.ask("second");
  await b.clock.advance(40);
  b.release(first);
  b.release(second.lease);
  const { acquire } = b.pool.stats();
  expect(acquire.waited).toBe(2);
  expect(acquire.p99Ms).toBeGreaterThan(35);
  expect(acquire.p99Ms).toBeLessThan(45);
});
