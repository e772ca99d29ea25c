import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  freshHealth,
  type Health,
  type HealthEvent,
  reason,
  step,
  SUSPICION_DEFAULTS,
  type SuspicionOptions,
} from "../../src/health/suspicion.ts";

/** `p` and `q`: a probe or a query failed; `P` and `Q`: it was answered. */
function live(
  story: string,
  options: SuspicionOptions = SUSPICION_DEFAULTS,
  from: Health = freshHealth,
): Health {
  return story.split("").reduce((health, letter) => step(health, happening(letter), options), from);
}

function happening(letter: string): HealthEvent {
  const by = letter.toLowerCase() === "p" ? "probe" : "query";
  return { type: letter === letter.toLowerCase() ? "failed" : "answered", by };
}

function state(story: string, options?: SuspicionOptions): string {
  return live(story, options).state;
}

describe("step()", () => {
  test("leaves a well endpoint that answers as it is, by reference", () => {
    expect(live("QPQP")).toBe(freshHealth);
  });

  test("suspects an endpoint at its first failure, and finds it down at the third in a row", () => {
    expect(live("p")).toEqual({ state: "suspect", failures: 1, successes: 0 });
    expect(live("pp")).toEqual({ state: "suspect", failures: 2, successes: 0 });
    expect(live("ppp")).toEqual({ state: "down", failures: 3, successes: 0 });
  });

  test("finds it down only by a probe, however many queries fail; then one probe is enough", () => {
    expect(live("q".repeat(1_000))).toEqual({ state: "suspect", failures: 3, successes: 0 });
    expect(state("q".repeat(1_000) + "p")).toBe("down");
    expect(state("qqp")).toBe("down");
    expect(state("ppq")).toBe("suspect");
    expect(state("ppqp")).toBe("down");
  });

  test("counts failures in a row only: an answer of either source begins anew", () => {
    expect(state("ppQpp")).toBe("suspect");
    expect(state("qqPpp")).toBe("suspect");
    expect(state("ppQppp")).toBe("down");
  });

  test("trusts a suspect again after two answers in a row, of either source", () => {
    expect(live("pQ")).toEqual({ state: "suspect", failures: 0, successes: 1 });
    expect(live("pQP")).toBe(freshHealth);
    expect(live("ppQQ")).toBe(freshHealth);
    expect(state("pQqQ")).toBe("suspect");
  });

  test("brings back what is down by two answered probes in a row, and by nothing else", () => {
    expect(live("pppPP")).toBe(freshHealth);
    expect(state("pppP")).toBe("down");
    expect(state("pppPpP")).toBe("down");
    expect(state("ppp" + "Q".repeat(1_000))).toBe("down");
    expect(live("pppPQP")).toBe(freshHealth);
  });

  test("does not let a query that ends late hold up what probes have seen", () => {
    expect(live("pppPqP")).toBe(freshHealth);
  });

  test("goes from alive to down at once with fall 1, if a probe failed", () => {
    const options = { fall: 1, rise: 1 };
    expect(state("p", options)).toBe("down");
    expect(state("q", options)).toBe("suspect");
    expect(state("qp", options)).toBe("down");
    expect(live("pP", options)).toBe(freshHealth);
    expect(live("qQ", options)).toBe(freshHealth);
  });

  test("trusts at once what proved well by other means", () => {
    const recovered: HealthEvent = { type: "recovered" };
    for (const story of ["p", "ppp", "pppP"]) {
      expect(step(live(story), recovered, SUSPICION_DEFAULTS)).toBe(freshHealth);
    }
    expect(step(freshHealth, recovered, SUSPICION_DEFAULTS)).toBe(freshHealth);
  });
});

describe("reason()", () => {
  const after = (story: string, options?: SuspicionOptions): string =>
    reason(live(story, options), happening(story.at(-1) ?? ""));

  test("says what led to a state", () => {
    expect(after("q")).toBe("a query failed");
    expect(after("p")).toBe("a probe failed");
    expect(after("qqqqqp")).toBe("3 or more failures in a row, the last of a probe");
    expect(after("p", { fall: 1, rise: 2 })).toBe("a probe failed");
    expect(after("pppPP")).toBe("it answers again");
    expect(reason(freshHealth, { type: "recovered" })).toBe("it proved well");
  });
});

const anyOptions = fc.record({
  fall: fc.integer({ min: 1, max: 5 }),
  rise: fc.integer({ min: 1, max: 5 }),
});
const anyEvent: fc.Arbitrary<HealthEvent> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      // Mostly failures, or hardly anything gets down.
      type: fc.constantFrom("failed", "failed", "answered"),
      by: fc.constantFrom("probe", "query"),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("recovered") }) },
);
const anyHistory = fc.array(anyEvent, { maxLength: 60 });
const MANY = { numRuns: 1_000 };

function follow(
  check: (before: Health, event: HealthEvent, after: Health, options: SuspicionOptions) => void,
): void {
  fc.assert(
    fc.property(anyHistory, anyOptions, (history, options) => {
      let health = freshHealth;
      for (const event of history) {
        const after = step(health, event, options);
        check(health, event, after, options);
        health = after;
      }
    }),
    MANY,
  );
}

describe("step(), whatever happens,", () => {
  test("lets only a probe's failure take an endpoint down, and no query bring it back", () => {
    follow((before, event, after) => {
      if (before.state === after.state) return;
      if (after.state === "down") expect(event).toEqual({ type: "failed", by: "probe" });
      if (before.state !== "down") return;
      expect(after.state).toBe("alive");
      expect(event.type === "recovered" || event.by === "probe").toBe(true);
    });
  });

  test("keeps its counts within fall and rise, and holds nothing against what is alive", () => {
    follow((_before, _event, after, { fall, rise }) => {
      expect(after.failures).toBeGreaterThanOrEqual(0);
      expect(after.failures).toBeLessThanOrEqual(fall);
      expect(after.successes).toBeGreaterThanOrEqual(0);
      expect(after.successes).toBeLessThan(rise);
      expect(after.failures === 0 || after.successes === 0).toBe(true);
      expect(after === freshHealth).toBe(after.state === "alive");
    });
  });

  test("gives the same reference exactly when nothing changed, and goes on the same after JSON", () => {
    follow((before, event, after, options) => {
      const frozen = JSON.stringify(before);
      expect(JSON.stringify(after) === frozen).toBe(after === before);
      const copy = JSON.parse(frozen) as Health; // what JSON.stringify wrote just now
      expect(step(copy, event, options)).toEqual(after);
      expect(JSON.stringify(before)).toBe(frozen);
    });
  });

  test("is down after `fall` failed probes in a row and alive after `rise` answered ones", () => {
    fc.assert(
      fc.property(anyHistory, anyOptions, (history, options) => {
        const { fall, rise } = options;
        const anywhere = history.reduce((h, event) => step(h, event, options), freshHealth);
        expect(live("p".repeat(fall), options, anywhere).state).toBe("down");
        expect(live("P".repeat(rise), options, anywhere)).toBe(freshHealth);
      }),
      MANY,
    );
  });
});
