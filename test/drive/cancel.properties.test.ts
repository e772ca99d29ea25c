import fc from "fast-check";
import { expect, test } from "vitest";
import { tooManyClients } from "../../adapters/connectors/scripted/condition.ts";
import { rows } from "../../adapters/connectors/scripted/mod.ts";
import { isHoldfastError } from "../../src/errors.ts";
import { RetryStrategy } from "../../src/retry/strategy.ts";
import type { Session } from "../../src/session.ts";
import { failure, next, sqlError, type Stage, stage } from "./stage.ts";

const FAULTS = [
  "none",
  "none",
  "none",
  "slow",
  "fast",
  "narrow",
  "silence",
  "break",
  "full",
  "cut",
  "deafen",
  "jam",
  "die",
  "refuse logins",
  "hang",
  "hang up",
  "revive",
  "revive",
  "demote",
  "isolate",
  "release",
  "remove",
] as const;

const CALLS = ["read", "read", "read", "hedged", "write", "session state", "transaction"] as const;

const step = fc.record(
  {
    call: fc.constantFrom(...CALLS),
    callers: fc.integer({ min: 1, max: 6 }),
    fault: fc.constantFrom(...FAULTS),
    at: fc.constantFrom("a", "b", "c"),
    latencyMs: fc.nat({ max: 60 }),
    pauseMs: fc.constantFrom(0, 0, 1, 7, 40, 300, 2_000),
    timeoutMs: fc.constantFrom(1, 3, 20, 150, 4_000),
    /** Before, at, or after any of the awaits: a connect, a question, the queue, the answer, a pause, a search. */
    abortMs: fc.option(fc.constantFrom(0, 0.5, 1, 1.5, 2, 3, 5, 11, 30, 100), { freq: 4 }),
  } as const,
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const place = fc.record({
  max: fc.integer({ min: 1, max: 3 }),
  min: fc.constantFrom(0, 1),
  persistentIO: fc.boolean(),
  background: fc.boolean(),
  intervalMs: fc.constantFrom(0, 400),
  closeTimeoutMs: fc.constantFrom(0, 50),
  isClosedEarly: fc.boolean(),
});

/** What befalls an endpoint. */
function befall(s: Stage, { fault, at, latencyMs }: Step): void {
  const endpoint = s[at];
  switch (fault) {
    case "none":
      return;
    case "slow":
      endpoint.latencyMs = latencyMs;
      return;
    case "fast":
      endpoint.latencyMs = 1;
      return;
    case "narrow":
      endpoint.capacity = 1;
      return;
    case "silence":
      return next(endpoint, "silence");
    case "break":
      return next(endpoint, failure());
    case "full":
      return next(endpoint, sqlError("53300"), sqlError("53300"));
    case "cut":
      return endpoint.cut();
    case "deafen":
      return endpoint.deafen();
    case "jam":
      return endpoint.jam();
    case "die":
      return endpoint.die();
    case "refuse logins":
      endpoint.condition = "refusingLogins";
      endpoint.loginRefusal = tooManyClients();
      return;
    case "hang":
      endpoint.condition = "silent";
      return;
    case "hang up":
      endpoint.condition = "hangingUp";
      return;
    case "revive":
      return endpoint.revive();
    case "demote":
      endpoint.role = endpoint.role === "primary" ? "replica" : "primary";
      return;
    case "isolate":
    case "release":
      if (s.db.stats().endpoints.some(({ id }) => id === at)) s.db[fault](at);
      return;
    case "remove":
      s.db.removeEndpoint(at).catch(() => {}); // It may be the last, or gone.
      return;
    default:
      fault satisfies never;
  }
}

/** A step is a request, with a session of its own: it is over when all its calls are. */
async function request(s: Stage, step: Step): Promise<void> {
  const kept: Promise<unknown>[] = [];
  // The holdfast may be closed by then, and no session can be made of it.
  await using session = s.db.session({ waitUntil: (work) => kept.push(work) });
  await Promise.all(begin(session, s, step));
  for (let seen = 0; seen < kept.length;) {
    seen = kept.length;
    await Promise.all(kept);
  }
}

/** Begins the calls of a step; each settles, with a typed error if it fails. */
function begin(db: Session, s: Stage, step: Step): Promise<unknown>[] {
  const { call, callers, timeoutMs, abortMs } = step;
  return Array.from({ length: callers }, async (_, n) => {
    const controller = abortMs === null ? undefined : new AbortController();
    // One after the other, so that some have been served by then and others wait.
    if (abortMs !== null) s.clock.after(abortMs * (1 + n / 2), () => controller?.abort());
    const options = {
      timeoutMs,
      ...(controller === undefined ? {} : { signal: controller.signal }),
    };
    try {
      switch (call) {
        case "read":
          await db.query("select 1", [], options);
          return;
        case "hedged":
          await db.query("select 1", [], { ...options, hedge: { afterMs: 2 } });
          return;
        case "write":
          await db.query("select 2", [], {
            ...options,
            intent: "write",
            idempotent: n % 2 === 0,
          });
          return;
        case "session state":
          await db.query("set x to 1", [], { ...options, intent: "write" });
          return;
        case "transaction":
          await db.transaction((tx) => tx.query("select 3"), { ...options, attempts: 2 });
          return;
        default:
          call satisfies never;
      }
    } catch (error) {
      expect(error).toSatisfy(isHoldfastError);
    }
  });
}

test("whoever gives up, whenever that is, leaves nothing behind: nothing in use, nobody waiting, no timer", async () => {
  let aborted = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 25 }),
      place,
      async (
        steps,
        { max, min, persistentIO, background, intervalMs, closeTimeoutMs, ...rest },
      ) => {
        const s = stage(
          {
            readPreference: "secondaryPreferred",
            pool: { max, min, maxQueue: 4, idleTimeoutMs: 300, validateAfterIdleMs: 50 },
            execution: {
              retry: RetryStrategy.exponential({ maxAttempts: 3 }),
              timeout: { connectionMs: 120 },
            },
            probe: { intervalMs, timeoutMs: 60, doubtAfterMs: 30, fall: 2 },
            recovery: { attemptsPerRung: 1, backoffMs: 50, failover: "automatic" },
            circuit: { cooldownMs: 100, maxCooldownMs: 400 },
            closeTimeoutMs,
          },
          { persistentIO, background },
        );
        for (const endpoint of [s.a, s.b, s.c]) endpoint.answer = () => rows({ ok: true });
        const calls: Promise<unknown>[] = [];
        for (const one of steps) {
          befall(s, one);
          calls.push(request(s, one));
          await s.clock.advance(one.pauseMs);
          for (const { pool } of s.db.stats().endpoints) {
            expect(pool.size + pool.connecting).toBeLessThanOrEqual(max);
            expect(pool.waiting).toBeLessThanOrEqual(4 + max);
          }
        }
        if (rest.isClosedEarly) void s.db.close();
        await s.clock.runUntil(Promise.all(calls));
        // Looks that somebody asked for may be under way; they end by their own limit.
        for (const endpoint of [s.a, s.b, s.c]) endpoint.revive();
        await s.clock.advance(2_000);
        const inUse = (): number =>
          s.db.stats().endpoints.reduce((n, { pool }) => n + pool.inUse, 0);
        for (let n = 0; n < 50 && inUse() > 0; n++) await s.clock.advance(7);
        expect(inUse()).toBe(0);
        for (const { inFlight, pool } of s.db.stats().endpoints) {
          expect({ inFlight, waiting: pool.waiting }).toEqual({ inFlight: 0, waiting: 0 });
        }
        expect(s.db.stats().running).toBe(0);
        aborted += s.events.filter((e) => e.type === "failed" && e.code === "ABORTED").length;
        await s.clock.runUntil(s.db.close());
        // What an endpoint itself does not answer ends by the limit of the connect.
        await s.clock.advance(1_000);
        expect([s.a.open, s.b.open, s.c.open]).toEqual([0, 0, 0]);
        expect(s.clock.waiting).toBe(0);
      },
    ),
    { numRuns: 300 },
  );
  // That it holds of calls nobody gives up says nothing.
  expect(aborted).toBeGreaterThan(100);
});
