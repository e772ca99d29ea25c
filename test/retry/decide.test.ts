import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Executed, OutcomeKind } from "../../src/model/outcome.ts";
import { decide, type Decision, type Safety, type Situation } from "../../src/retry/decide.ts";

const KINDS: readonly OutcomeKind[] = [
  "unavailable",
  "disconnected",
  "overloaded",
  "exhausted",
  "timeout",
  "readOnly",
  "conflict",
  "cancelled",
  "aborted",
  "misconfigured",
  "statement",
  "unreplicated",
];
const EXECUTED: readonly Executed[] = ["no", "unknown", "yes"];
const SAFETY: readonly Safety[] = ["read", "idempotent", "write"];

/** A failure that leaves every way open: it did not run, there is time, budget and another endpoint. */
function situation(facts: Partial<Situation> & { kind?: OutcomeKind; executed?: Executed } = {}) {
  const { kind = "unavailable", executed = "no", ...rest } = facts;
  return {
    outcome: { kind, scope: "endpoint", executed },
    attempt: 1,
    maxAttempts: 3,
    safe: "read",
    inTransaction: false,
    remainingMs: 1_000,
    elsewhere: true,
    delayMs: 50,
    budget: true,
    ...rest,
  } satisfies Situation;
}

const ELSEWHERE: Decision = { action: "retry", where: "elsewhere", delayMs: 0 };
const HERE: Decision = { action: "retry", where: "here", delayMs: 50 };
const REROUTE: Decision = { action: "reroute" };

function short(decision: Decision): string {
  return decision.action === "retry" ? decision.where : decision.action;
}

/** What each kind comes to when it did not run: with another endpoint left, and without. */
const NOT_RUN: { readonly [K in OutcomeKind]: readonly [string, string] } = {
  unavailable: ["elsewhere", "here"],
  disconnected: ["elsewhere", "here"],
  overloaded: ["elsewhere", "here"],
  timeout: ["elsewhere", "here"],
  conflict: ["elsewhere", "here"],
  exhausted: ["elsewhere", "fail"],
  misconfigured: ["elsewhere", "fail"],
  readOnly: ["reroute", "reroute"],
  cancelled: ["fail", "fail"],
  aborted: ["fail", "fail"],
  statement: ["fail", "fail"],
  unreplicated: ["fail", "fail"],
};

const EVERY = KINDS.flatMap((kind) =>
  EXECUTED.flatMap((executed) => SAFETY.map((safe) => ({ kind, executed, safe })))
);

describe("decide()", () => {
  test.each(EVERY)("decide() on $kind, executed: $executed, statement: $safe", (facts) => {
    const { kind, executed, safe } = facts;
    const mayRunAgain = executed === "no" || (executed === "unknown" && safe !== "write");
    const [elsewhere, here] = mayRunAgain ? NOT_RUN[kind] : ["fail", "fail"];
    expect(short(decide(situation(facts)))).toBe(elsewhere);
    expect(short(decide(situation({ ...facts, elsewhere: false })))).toBe(here);
    expect(short(decide(situation({ ...facts, inTransaction: true })))).toBe("fail");
    expect(short(decide(situation({ ...facts, remainingMs: 0 })))).toBe("fail");
    const bounded = here === "reroute" ? "reroute" : "fail";
    expect(short(decide(situation({ ...facts, attempt: 3 })))).toBe(
      elsewhere === "fail" ? "fail" : bounded,
    );
    expect(short(decide(situation({ ...facts, budget: false })))).toBe(
      elsewhere === "fail" ? "fail" : bounded,
    );
  });

  test("decide() goes elsewhere at once and stays here after the delay", () => {
    expect(decide(situation())).toEqual(ELSEWHERE);
    expect(decide(situation({ elsewhere: false }))).toEqual(HERE);
    expect(decide(situation({ kind: "readOnly", safe: "write" }))).toEqual(REROUTE);
  });

  test("decide() waits as long as the server asks, if that is longer", () => {
    const asks = (retryAfterMs: number) =>
      situation({
        elsewhere: false,
        outcome: { kind: "overloaded", scope: "endpoint", executed: "no", retryAfterMs },
      });
    expect(decide(asks(300))).toEqual({ ...HERE, delayMs: 300 });
    expect(decide(asks(5))).toEqual(HERE);
    expect(short(decide(asks(1_000)))).toBe("fail");
  });

  test("decide() does not wait elsewhere for what this endpoint asks", () => {
    const outcome = {
      kind: "overloaded",
      scope: "endpoint",
      executed: "no",
      retryAfterMs: 9_999,
    } as const;
    expect(decide(situation({ outcome }))).toEqual(ELSEWHERE);
  });

  test.each<[Partial<Situation> & { kind?: OutcomeKind; executed?: Executed }, string]>([
    [{ kind: "statement" }, "the statement itself is at fault"],
    [{ kind: "aborted" }, "the caller's signal fired"],
    [{ kind: "cancelled" }, "the server ended it on request or by its own timeout"],
    [{ executed: "yes" }, "it has already run"],
    [{ kind: "unreplicated", executed: "yes" }, "it has already run"],
    [{ inTransaction: true }, "only the whole transaction can run again"],
    [
      { executed: "unknown", safe: "write" },
      "it may already have run, and running it twice could do harm",
    ],
    [{ remainingMs: 0 }, "the deadline has passed"],
    [{ attempt: 3 }, "all attempts are used up"],
    [{ budget: false }, "the retry budget is empty"],
    [{ kind: "misconfigured", elsewhere: false }, "no other endpoint is left to try"],
    [{ elsewhere: false, delayMs: 1_000 }, "the next try would miss the deadline"],
  ])("decide() says why not: %o", (facts, because) => {
    expect(decide(situation(facts))).toEqual({ action: "fail", because });
  });

  const anySituation: fc.Arbitrary<Situation> = fc.record({
    outcome: fc.record(
      {
        kind: fc.constantFrom(...KINDS),
        scope: fc.constantFrom("endpoint" as const, "statement" as const, "client" as const),
        executed: fc.constantFrom(...EXECUTED),
        retryAfterMs: fc.double(),
      },
      { requiredKeys: ["kind", "scope", "executed"] },
    ),
    attempt: fc.integer({ min: 1, max: 6 }),
    maxAttempts: fc.integer({ min: 0, max: 6 }),
    safe: fc.constantFrom(...SAFETY),
    inTransaction: fc.boolean(),
    remainingMs: fc.double(),
    elsewhere: fc.boolean(),
    delayMs: fc.double(),
    budget: fc.boolean(),
  });

  test("decide() never runs a write again that may have run", () => {
    fc.assert(
      fc.property(anySituation, (s) => {
        if (s.safe === "write" && s.outcome.executed !== "no") {
          expect(decide(s).action).toBe("fail");
        }
      }),
    );
  });

  test("decide() keeps every bound, whatever the numbers are", () => {
    fc.assert(
      fc.property(anySituation, (s) => {
        const decision = decide(s);
        if (decision.action === "fail") return;
        expect(s.outcome.executed).not.toBe("yes");
        expect(s.inTransaction).toBe(false);
        expect(s.remainingMs).toBeGreaterThan(0);
        if (decision.action === "reroute") {
          expect(s.outcome.kind).toBe("readOnly");
          return;
        }
        expect(s.attempt).toBeLessThan(s.maxAttempts);
        expect(s.budget).toBe(true);
        expect(decision.delayMs).toBeLessThan(s.remainingMs);
        expect(decision.where).toBe(s.elsewhere ? "elsewhere" : "here");
        if (decision.where === "here") {
          expect(decision.delayMs).toBeGreaterThanOrEqual(s.delayMs);
          expect(decision.delayMs).toBeGreaterThanOrEqual(s.outcome.retryAfterMs ?? 0);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
