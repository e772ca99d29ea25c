import fc from "fast-check";
import { expect, test } from "vitest";
import { isHoldfastError } from "../../src/errors.ts";
import type { Session } from "../../src/session.ts";
import { RequestPlace } from "../request-place.ts";
import { requests, type RequestStage, requestStage } from "./request-stage.ts";
import { failure, next } from "./stage.ts";

const INSERT = "insert into t values (1)";

test("whatever fails and whoever is cut off, all others are answered and nothing crosses", async () => {
  using place = new RequestPlace();
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
        const started = requests(place, s.db, callers, (session) => {
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

type Ends = Pick<RequestStage, "a" | "b" | "c">;

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
