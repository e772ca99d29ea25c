import fc from "fast-check";
import { expect, test } from "vitest";
import { rows } from "../../adapters/connectors/scripted/mod.ts";
import { isHoldfastError } from "../../src/errors.ts";
import type { HedgeOptions } from "../../src/options/types.ts";
import { failure, next, sqlError, stage } from "./stage.ts";

/** What happens between two calls, to one of the endpoints. */
const FAULTS = [
  "none",
  "none",
  "slow",
  "fast",
  "silence",
  "break",
  "conflict",
  "wrong",
  "cut",
  "refuse",
  "hang",
  "revive",
  "isolate",
  "release",
] as const;

const step = fc.record(
  {
    call: fc.constantFrom("read", "read", "read", "write", "idempotent", "mystery", "transaction"),
    fault: fc.constantFrom(...FAULTS),
    at: fc.constantFrom("a", "b", "c"),
    latencyMs: fc.nat({ max: 80 }),
    pauseMs: fc.nat({ max: 60 }),
    timeoutMs: fc.constantFrom(15, 100, 5_000),
    abortMs: fc.option(fc.nat({ max: 60 })),
  } as const,
);

const hedge: fc.Arbitrary<HedgeOptions> = fc.constantFrom<HedgeOptions>(
  { afterMs: 1 },
  { afterMs: 20 },
  { after: "p95", minMs: 1 },
);

const READS = ["read", "mystery"];

test("every hedged call ends once, nothing is left of it, and no more is sent than was granted", async () => {
  let hedges = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 40 }),
      hedge,
      fc.integer({ min: 1, max: 3 }),
      fc.boolean(),
      async (steps, hedge, max, closeEarly) => {
        const s = stage({
          hedge,
          readPreference: "secondaryPreferred",
          pool: { max, maxQueue: 3, acquireTimeoutMs: 200, idleTimeoutMs: 500 },
          retryBudget: { ratio: 0.2, minRetriesPerSecond: 1 },
          closeTimeoutMs: 100,
        });
        for (const endpoint of [s.a, s.b, s.c]) endpoint.answer = () => rows({ ok: true });
        const calls: Promise<unknown>[] = [];
        let ended = 0;
        const expectEnd = (call: Promise<unknown>): void => {
          calls.push(
            call.catch((error: unknown) => expect(isHoldfastError(error)).toBe(true))
              .finally(() => ended++),
          );
        };
        for (const { call, fault, at, latencyMs, pauseMs, timeoutMs, abortMs } of steps) {
          const endpoint = s[at];
          switch (fault) {
            case "none":
              break;
            case "slow":
              endpoint.latencyMs = latencyMs;
              break;
            case "fast":
              endpoint.latencyMs = 1;
              break;
            case "silence":
              next(endpoint, "silence");
              break;
            case "break":
              next(endpoint, failure());
              break;
            case "conflict":
              next(endpoint, sqlError("40001"));
              break;
            case "wrong":
              next(endpoint, sqlError("22012"));
              break;
            case "cut":
              endpoint.cut();
              break;
            case "refuse":
              endpoint.die();
              break;
            case "hang":
              endpoint.condition = "silent";
              break;
            case "revive":
              endpoint.revive();
              break;
            case "isolate":
            case "release":
              s.db[fault](at);
              break;
            default:
              fault satisfies never;
          }
          const controller = abortMs === null ? undefined : new AbortController();
          if (abortMs !== null) s.clock.after(abortMs, () => controller?.abort());
          const options = {
            timeoutMs,
            ...(controller === undefined ? {} : { signal: controller.signal }),
          };
          if (call === "transaction") {
            expectEnd(s.db.transaction((tx) => tx.query("select 1 as inside"), options));
          } else {
            const text = call === "mystery" ? "select mystery() from t" : `select '${call}' from t`;
            const write = {
              ...options,
              intent: "write",
              idempotent: call === "idempotent",
            } as const;
            expectEnd(s.db.query(text, [], READS.includes(call) ? options : write));
          }
          await s.clock.advance(pauseMs);
        }
        if (closeEarly) void s.db.close();
        await s.clock.advance(6_000);
        await Promise.all(calls);
        expect(ended).toBe(steps.length);

        const of = (type: string) => s.events.filter((event) => event.type === type);
        const sent = s.events.filter((e) => e.type === "hedge" && e.phase === "sent");
        const over = s.events.filter((e) => e.type === "hedge" && e.phase === "over");
        hedges += sent.length;
        expect(over.length).toBe(sent.length);
        const extra = sent.length + of("retry").length;
        // Ten seconds' worth at a time, and this took no twenty.
        expect(extra).toBeLessThanOrEqual(2 * (10 + 0.2 * steps.length));
        const all = [...s.a.statements, ...s.b.statements, ...s.c.statements];
        const outside = all.filter((text) => text.startsWith("select") && !text.includes("inside"));
        expect(outside.length).toBeLessThanOrEqual(steps.length + extra);

        for (const { inFlight, pool } of s.db.stats().endpoints) {
          expect({ inFlight, inUse: pool.inUse, waiting: pool.waiting })
            .toEqual({ inFlight: 0, inUse: 0, waiting: 0 });
        }
        await s.clock.runUntil(s.db.close());
        expect([s.a.open, s.b.open, s.c.open]).toEqual([0, 0, 0]);
        // Connects that a frozen endpoint never answered end by their own limit.
        await s.clock.advance(10_000);
        expect(s.clock.waiting).toBe(0);
      },
    ),
    { numRuns: 300 },
  );
  // That it holds of calls that are never hedged says nothing.
  expect(hedges).toBeGreaterThan(100);
});
