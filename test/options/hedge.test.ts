import { describe, expect, test } from "vitest";
import { scripted } from "../../adapters/connectors/scripted/mod.ts";
import { OptionError } from "../../src/errors.ts";
import { checkedOptions, parseHedge, QUERY_KEYS } from "../../src/options/call.ts";
import { resolveOptions } from "../../src/options/resolve.ts";
import { RetryStrategy } from "../../src/retry/strategy.ts";

function resolve(hedge: unknown, execution: unknown = {}): unknown {
  const endpoints = [{ id: "a", role: "primary", connector: scripted() }];
  return resolveOptions({ endpoints, hedge, execution }).settings.hedge;
}

function problemsOf(work: () => unknown): string[] {
  try {
    work();
  } catch (error) {
    if (error instanceof OptionError) return error.problems.map((p) => `${p.path}: ${p.allowed}`);
    throw error;
  }
  return [];
}

describe("hedge", () => {
  test("is off unless asked for", () => {
    expect([undefined, false].map((hedge) => resolve(hedge))).toEqual([undefined, undefined]);
  });

  test("takes a fixed time, or the p95 with a floor of 5 ms", () => {
    expect(resolve({ afterMs: 40 })).toEqual({ afterMs: 40 });
    expect(resolve({ after: "p95" })).toEqual({ after: "p95", minMs: 5 });
    expect(resolve({ after: "p95", minMs: 20 })).toEqual({ after: "p95", minMs: 20 });
  });

  test.each([
    [true, "hedge: an object"],
    [{}, 'hedge: { afterMs }, { after: "p95" } or false'],
    [{ after: "p99" }, "hedge.after: one of p95"],
    [{ after: "p95", afterMs: 5 }, "hedge.after: one of after and afterMs, not both"],
    [{ minMs: 5 }, "hedge.after: p95, where minMs is given"],
    [{ afterMs: 5, minMs: 5 }, "hedge.after: p95, where minMs is given"],
    [{ afterMs: 5, beforeMs: 5 }, "hedge.beforeMs: one of afterMs, after, minMs"],
  ])("refuses %j", (hedge, problem) => {
    expect(problemsOf(() => resolve(hedge))).toEqual([problem]);
    const perCall = problemsOf(() => checkedOptions({ hedge } as never, QUERY_KEYS));
    expect(perCall).toEqual([`options.${problem}`]);
  });

  test("is refused where only one attempt is allowed: it would silently never be made", () => {
    const execution = { retry: RetryStrategy.none() };
    expect(problemsOf(() => resolve({ afterMs: 5 }, execution))[0]).toMatch(/^hedge: off where/);
    expect(problemsOf(() => resolve(false, execution))).toEqual([]);
  });

  test("of a single call has the same forms and defaults", () => {
    const retry = RetryStrategy.exponential();
    expect(parseHedge(undefined, retry)).toBe(undefined);
    expect(parseHedge(false, retry)).toBe(false);
    expect(parseHedge({ afterMs: 40 }, retry)).toEqual({ afterMs: 40 });
    expect(parseHedge({ after: "p95" }, retry)).toEqual({ after: "p95", minMs: 5 });
  });
});
