import fc from "fast-check";
import { expect, test } from "vitest";
import {
  admits,
  at,
  type Circuit,
  type CircuitEvent,
  type CircuitOptions,
  closedCircuit,
  cooldownMs,
  step,
} from "../../src/admit/circuit.ts";

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

const anyOptions: fc.Arbitrary<CircuitOptions> = fc.record({
  consecutiveFailures: fc.integer({ min: 1, max: 5 }),
  failureRatio: fc.double({ min: 0, max: 1, noNaN: true }),
  minimumCalls: fc.integer({ min: 1, max: 10 }),
  windowMs: fc.constant(10_000),
  slowCallMs: fc.constant(1_000),
  slowCallRatio: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
  cooldownMs: fc.integer({ min: 1, max: 2_000 }),
  maxCooldownMs: fc.integer({ min: 1, max: 30_000 }),
  halfOpenTrials: fc.integer({ min: 1, max: 4 }),
  successesToClose: fc.integer({ min: 1, max: 4 }),
  trialTimeoutMs: fc.integer({ min: 100, max: 5_000 }),
});

const totals = fc.tuple(fc.nat(20), fc.nat(20), fc.nat(20)).map(([well, failures, slow]) => ({
  calls: well + failures + slow,
  failures,
  slow,
}));

/** An event, how long after the last one, and whether it speaks for the present round. */
const anyEvent: fc.Arbitrary<CircuitEvent> = fc.oneof(
  fc.record({ type: fc.constant("success") }),
  { weight: 3, arbitrary: fc.record({ type: fc.constant("failure"), totals, random }) },
  fc.record({ type: fc.constant("slow"), totals, random }),
  fc.record({ type: fc.constant("neutral") }),
  { weight: 3, arbitrary: fc.record({ type: fc.constant("trial") }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constantFrom("isolate", "release") }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("told"), until: fc.nat(30_000) }) },
);
const anyHistory = fc.array(
  fc.record({ event: anyEvent, pause: fc.oneof(fc.nat(50), fc.nat(5_000)), late: fc.nat(4) }),
  { maxLength: 40 },
);
type History = readonly { event: CircuitEvent; pause: number; late: number }[];

function live(
  history: History,
  options: CircuitOptions,
  check?: (before: Circuit, event: CircuitEvent, after: Circuit, now: number) => void,
): { circuit: Circuit; now: number } {
  let circuit = closedCircuit;
  let now = 0;
  for (const { event, pause, late } of history) {
    now += pause;
    // A fifth without a round, as an attempt that carries nothing.
    const stamped = late === 4 || !isResult(event)
      ? event
      : { ...event, round: circuit.round - Math.max(0, late - 2) };
    const next = step(circuit, stamped, now, options);
    check?.(circuit, stamped, next, now);
    circuit = next;
  }
  return { circuit, now };
}

function isResult(event: CircuitEvent): boolean {
  return !["trial", "isolate", "release", "told"].includes(event.type);
}

const MANY = { numRuns: 1_000 };

test("step() never shortens an open circuit's pause, whatever results come in", () => {
  fc.assert(
    fc.property(anyHistory, anyOptions, (history, options) => {
      live(history, options, (before, event, after, now) => {
        if (before.phase !== "open" || now >= before.until || event.type === "isolate") return;
        if (event.type === "told") {
          expect(after).toMatchObject({ ...before, until: expect.any(Number) });
        } else expect(after).toBe(before);
        expect(cooldownMs(after, now)).toBeGreaterThanOrEqual(cooldownMs(before, now));
        expect(admits(after, now, options)).toBe(false);
      });
    }),
    MANY,
  );
});

test("step() pauses between the base and the cap", () => {
  fc.assert(
    fc.property(anyHistory, anyOptions, (history, options) => {
      const cap = Math.max(options.cooldownMs, options.maxCooldownMs);
      live(history, options, (before, event, after, now) => {
        // How long the others leave it alone is their business.
        if (after.phase !== "open" || after === before || event.type === "told") return;
        const pause = cooldownMs(after, now);
        expect(pause).toBeGreaterThanOrEqual(options.cooldownMs - 1e-6);
        expect(pause).toBeLessThanOrEqual(cap + 1e-6);
      });
    }),
    MANY,
  );
});

test("step() never has more trials under way than allowed", () => {
  fc.assert(
    fc.property(anyHistory, anyOptions, (history, options) => {
      live(history, options, (_before, _event, after) => {
        if (after.phase !== "halfOpen") return;
        expect(after.trials).toBeLessThanOrEqual(options.halfOpenTrials);
        expect(after.trials).toBeGreaterThanOrEqual(0);
      });
    }),
    MANY,
  );
});

test("step() keeps to the number of trials even against attempts that end in any order and any round", () => {
  const act = fc.record({
    pause: fc.oneof(fc.nat(20), fc.nat(3_000)),
    ends: fc.boolean(),
    which: fc.nat(),
    how: fc.constantFrom("success", "failure", "neutral"),
    random,
  });
  fc.assert(
    fc.property(fc.array(act, { maxLength: 80 }), anyOptions, (acts, options) => {
      let circuit = closedCircuit;
      let now = 0;
      const running: { round: number; trialAt: number | undefined }[] = [];
      for (const { pause, ends, which, how, random } of acts) {
        now += pause;
        const ended = ends ? running.splice(which % Math.max(1, running.length), 1)[0] : undefined;
        if (ended !== undefined) {
          const { round } = ended;
          const counts = { calls: 0, failures: 0, slow: 0 };
          const event: CircuitEvent = how === "failure"
            ? { type: how, totals: counts, random, round }
            : { type: how, round };
          circuit = step(circuit, event, now, options);
        } else if (admits(circuit, now, options)) {
          const onTrial = at(circuit, now).phase === "halfOpen";
          if (onTrial) circuit = step(circuit, { type: "trial" }, now, options);
          running.push({ round: circuit.round, trialAt: onTrial ? now : undefined });
          const trials = running.filter((r) => {
            return r.trialAt !== undefined && r.round === circuit.round;
          });
          if (onTrial) expect(trials.length).toBeLessThanOrEqual(options.halfOpenTrials);
        }
      }
    }),
    MANY,
  );
});

test("step() closes from wherever it got to, if only trials succeed", () => {
  fc.assert(
    fc.property(anyHistory, anyOptions, (history, options) => {
      let { circuit, now } = live(history, options);
      circuit = step(circuit, { type: "release" }, now, options);
      // The last is the longest that anybody was told to wait.
      now += options.maxCooldownMs + options.cooldownMs + options.trialTimeoutMs + 30_000;
      for (let n = 0; n < options.successesToClose && circuit.phase !== "closed"; n++) {
        expect(admits(circuit, now, options)).toBe(true);
        circuit = step(circuit, { type: "trial" }, now, options);
        circuit = step(circuit, { type: "success", round: circuit.round }, now, options);
      }
      expect(circuit.phase).toBe("closed");
    }),
    MANY,
  );
});

test("step() gives the same reference exactly when nothing changed, and never changes what it was given", () => {
  fc.assert(
    fc.property(anyHistory, anyOptions, (history, options) => {
      live(history, options, (before, event, after, now) => {
        const frozen = JSON.stringify(before);
        step(before, event, now, options);
        expect(JSON.stringify(before)).toBe(frozen);
        expect(JSON.stringify(after) === frozen).toBe(after === before);
        expect(after.round).toBeGreaterThanOrEqual(before.round);
      });
    }),
  );
});
