import { expect, test } from "vitest";
import { CircuitOpenError } from "../../src/errors.ts";
import { RetryStrategy } from "../../src/retry/strategy.ts";
import { caught, errorOf, next, soloStage, sqlError, stage, told } from "./stage.ts";

const ONCE = { execution: { retry: RetryStrategy.none() } };

/** Kills the primary and calls until its circuit opens. */
async function opened(
  options: Parameters<typeof soloStage>[0] = {},
): Promise<ReturnType<typeof soloStage>> {
  const s = soloStage({
    ...ONCE,
    circuit: { consecutiveFailures: 3, cooldownMs: 500 },
    ...options,
  });
  s.a.die();
  for (let n = 0; n < 3; n++) await errorOf(s, s.db.query("select 1"));
  return s;
}

test("query() opens the circuit after failures in a row, and then sends nothing", async () => {
  const s = await opened();
  expect(told(s, "circuit")).toEqual(["a closed open unavailable"]);
  const connects = s.a.connects;
  const error = await errorOf(s, s.db.query("select 1"));
  expect(error).toBeInstanceOf(CircuitOpenError);
  expect(error.retryAfterMs).toBeGreaterThan(0);
  expect(error.retryAfterMs).toBeLessThanOrEqual(1_000);
  expect(error.executed).toBe("no");
  expect(s.a.connects).toBeLessThanOrEqual(connects + 1);
  expect(s.a.statements).toEqual([]);
});

test("query() tries a half-open circuit with one call at a time and closes it after two", async () => {
  // Such a read does not look for a primary, which would make it wait.
  const s = await opened({ readPreference: "primaryPreferred" });
  s.a.revive();
  await s.clock.advance(1_000);
  const trial = s.db.query("select 1");
  const refused = caught(s.db.query("select 2"));
  expect(await s.clock.runUntil(refused)).toBeInstanceOf(CircuitOpenError);
  await s.clock.runUntil(trial);
  await s.clock.runUntil(s.db.query("select 3"));
  expect(told(s, "circuit").slice(1)).toEqual([
    "a open halfOpen its pause is over",
    "a halfOpen closed trials succeeded",
  ]);
});

test("query() opens the circuit again, for longer, when a trial fails", async () => {
  const s = await opened();
  await s.clock.advance(1_000);
  await errorOf(s, s.db.query("select 1"));
  expect(told(s, "circuit").slice(1)).toEqual([
    "a open halfOpen its pause is over",
    "a halfOpen open unavailable",
  ]);
  const error = await errorOf(s, s.db.query("select 1"));
  expect(error.retryAfterMs).toBeGreaterThan(900);
});

test("query() does not hold a statement's own fault against the endpoint", async () => {
  const s = soloStage({ ...ONCE, circuit: { consecutiveFailures: 2 } });
  next(s.a, ...[1, 2, 3, 4].map(() => sqlError("42P01")));
  for (let n = 0; n < 4; n++) await errorOf(s, s.db.query("select * from nowhere"));
  expect(told(s, "circuit")).toEqual([]);
});

test("query() does not hold a caller's short deadline against an endpoint that answers probes", async () => {
  const s = soloStage({ ...ONCE, circuit: { consecutiveFailures: 2 } });
  s.a.latencyMs = 50;
  for (let n = 0; n < 4; n++) await errorOf(s, s.db.query("select 1", [], { timeoutMs: 20 }));
  await s.clock.advance(5_000);
  expect(told(s, "circuit")).toEqual([]);
});

test("query() holds a deadline against an endpoint that is silent to probes too", async () => {
  const s = soloStage({ ...ONCE, circuit: { consecutiveFailures: 2 } });
  await s.clock.runUntil(s.db.query("select 1"));
  s.a.condition = "silent";
  await errorOf(s, s.db.query("select 1", [], { timeoutMs: 20 }));
  await s.clock.advance(5_000);
  expect(told(s, "circuit")).toEqual(["a closed open disconnected"]);
});

test("isolate() keeps everything away until release()", async () => {
  const s = stage({ readPreference: "secondary" });
  s.db.isolate("b");
  for (let n = 0; n < 20; n++) {
    expect((await s.clock.runUntil(s.db.query("select 1"))).servedBy).toBe("c");
  }
  s.db.isolate("c");
  const error = await errorOf(s, s.db.query("select 1"));
  expect(error).toBeInstanceOf(CircuitOpenError);
  s.db.release("b");
  expect((await s.clock.runUntil(s.db.query("select 1"))).servedBy).toBe("b");
  expect(s.db.stats().endpoints.map((e) => e.circuit)).toEqual(["closed", "closed", "isolated"]);
});

test("query() sends nothing that was queued to an endpoint that was isolated meanwhile", async () => {
  const s = stage({ readPreference: "secondary", pool: { max: 1 } });
  s.db.isolate("c");
  s.b.latencyMs = 100;
  const running = s.db.query("select 1");
  const queued = s.db.query("select 2");
  await s.clock.advance(150);
  s.db.isolate("b");
  s.db.release("c");
  expect((await s.clock.runUntil(running)).servedBy).toBe("b");
  expect((await s.clock.runUntil(queued)).servedBy).toBe("c");
  expect(s.b.statements).toEqual(["select 1"]);
});

test("the prober brings back an endpoint that answers again, without any traffic", async () => {
  const s = await opened({ probe: { intervalMs: 2_000 } });
  s.a.revive();
  await s.clock.advance(5_000);
  expect(s.db.stats().endpoints[0]?.circuit).toBe("closed");
  expect(s.a.statements).toEqual([]);
});

test("query() ends however many are queued when their endpoint is isolated", async () => {
  const s = soloStage({ ...ONCE, pool: { max: 1, maxQueue: 10_000 } });
  s.a.latencyMs = 100;
  const calls = Array.from({ length: 8_000 }, () => s.db.query("select 1").catch((e) => e.code));
  await s.clock.advance(150);
  s.db.isolate("a");
  const [served, ...refused] = await s.clock.runUntil(Promise.all(calls));
  expect(served).toMatchObject({ servedBy: "a" });
  expect(new Set(refused)).toEqual(new Set(["UNAVAILABLE"]));
  expect(s.db.stats().endpoints[0]?.pool).toMatchObject({ inUse: 0, idle: 1, waiting: 0, size: 1 });
});
