import fc from "fast-check";
import { expect, test } from "vitest";
import {
  admission,
  connectsToBegin,
  countUse,
  freshPermits,
  mayGrow,
  mayServe,
  type PermitLimits,
  type Permits,
  sizeOf,
} from "../../src/admit/permits.ts";

const limits: fc.Arbitrary<PermitLimits> = fc.record({
  min: fc.nat({ max: 6 }),
  max: fc.integer({ min: 1, max: 8 }),
  maxQueue: fc.nat({ max: 5 }),
  maxConnecting: fc.integer({ min: 1, max: 4 }),
}).map((drawn) => ({ ...drawn, min: Math.min(drawn.min, drawn.max) }));

/** What may happen to a pool, as the drive does it. */
const STEPS = [
  "ask",
  "ask",
  "ask",
  "connected",
  "connected",
  "connected",
  "failed",
  "return",
  "lose",
  "check",
  "checked",
] as const;

type Step = (typeof STEPS)[number] | { readonly allow: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(...STEPS) },
  { weight: 1, arbitrary: fc.record({ allow: fc.integer({ min: 1, max: 8 }) }) },
);

/** A pool reduced to its counts. */
class Counted {
  readonly permits: Permits;
  readonly #limits: PermitLimits;
  served = 0;

  constructor(limits: PermitLimits) {
    this.#limits = limits;
    this.permits = freshPermits(limits);
  }

  take(what: Step): void {
    const { permits } = this;
    if (typeof what === "object") permits.allowed = Math.min(this.#limits.max, what.allow);
    else if (what === "ask") this.#ask();
    else if (what === "connected" && permits.connecting > 0) {
      permits.connecting--;
      permits.idle++;
    } else if (what === "failed" && permits.connecting > 0) permits.connecting--;
    else if (what === "return" && permits.inUse > 0) {
      permits.inUse--;
      permits.idle++;
    } else if (what === "lose" && permits.inUse > 0) permits.inUse--;
    else if (what === "check" && permits.idle > 0) {
      permits.idle--;
      permits.checking++;
    } else if (what === "checked" && permits.checking > 0) {
      permits.checking--;
      permits.idle++;
    }
    while (mayServe(permits)) {
      permits.waiting--;
      this.#use();
    }
    permits.connecting += connectsToBegin(permits, this.#limits, () => true);
  }

  #ask(): void {
    const admitted = admission(this.permits, this.#limits);
    if (admitted === "now") this.#use();
    if (admitted === "wait") this.permits.waiting++;
  }

  #use(): void {
    this.permits.idle--;
    countUse(this.permits);
    this.served++;
  }
}

test("permits never exceed their limits, and nobody waits for what is there", () => {
  let served = 0;
  fc.assert(
    fc.property(limits, fc.array(step, { maxLength: 80, size: "max" }), (bounds, steps) => {
      const pool = new Counted(bounds);
      for (const what of steps) {
        const usedBefore = pool.permits.inUse;
        pool.take(what);
        const { permits } = pool;
        for (const count of Object.values(permits)) expect(count).toBeGreaterThanOrEqual(0);
        expect(sizeOf(permits)).toBeLessThanOrEqual(bounds.max);
        expect(permits.connecting).toBeLessThanOrEqual(bounds.maxConnecting);
        // A limit that comes down sends nobody away who has a place.
        expect(permits.waiting).toBeLessThanOrEqual(bounds.maxQueue + bounds.max);
        expect(permits.inUse).toBeLessThanOrEqual(Math.max(usedBefore, permits.allowed));
        expect(permits.peakInUse).toBeGreaterThanOrEqual(permits.inUse);
        // Whoever waits, waits for a limit, for a connect, or for one being asked; never for nothing.
        const waitsForNothing = permits.waiting > permits.connecting && mayGrow(permits, bounds);
        expect(waitsForNothing).toBe(false);
      }
      served += pool.served;
    }),
    { numRuns: 500 },
  );
  expect(served).toBeGreaterThan(1_000);
});

test("connectsToBegin() begins no more for the impatient few than for all, and never too many", () => {
  const counts = fc.nat({ max: 8 });
  fc.assert(
    fc.property(
      limits,
      fc.record({
        idle: counts,
        inUse: counts,
        checking: counts,
        connecting: counts,
        waiting: counts,
      }),
      fc.integer({ min: 1, max: 8 }),
      fc.nat({ max: 9 }),
      (bounds, said, allowed, overdue) => {
        const permits = { ...said, allowed: Math.min(allowed, bounds.max), peakInUse: 0 };
        const few = connectsToBegin(permits, bounds, (place) => place < overdue);
        const all = connectsToBegin(permits, bounds, () => true);
        expect(few).toBeLessThanOrEqual(all);
        expect(few).toBeGreaterThanOrEqual(0);
        if (few > 0) {
          expect(sizeOf(permits) + all).toBeLessThanOrEqual(bounds.max);
          expect(permits.connecting + all).toBeLessThanOrEqual(bounds.maxConnecting);
        }
        expect(all > 0 ? mayGrow(permits, bounds) : true).toBe(true);
      },
    ),
  );
});
