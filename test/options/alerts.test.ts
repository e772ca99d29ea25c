import { describe, expect, test } from "vitest";
import { scripted } from "../../adapters/connectors/scripted/mod.ts";
import { OptionError } from "../../src/errors.ts";
import { type AlertRule, DEFAULT_ALERTS } from "../../src/observe/alerts.ts";
import { resolveOptions } from "../../src/options/resolve.ts";

/** Options with the given `alerts`. */
function withAlerts(alerts: unknown): unknown {
  return { endpoints: [{ id: "a", role: "primary", connector: scripted() }], alerts };
}

function alertsOf(alerts: unknown) {
  return resolveOptions(withAlerts(alerts)).settings.alerts;
}

/** The problems, as `path: value`. */
function problemsOf(alerts: unknown): string[] {
  try {
    resolveOptions(withAlerts(alerts));
  } catch (error) {
    if (error instanceof OptionError) return error.problems.map((p) => `${p.path}: ${p.value}`);
    throw error;
  }
  return [];
}

const RULE: AlertRule = {
  name: "queue",
  says: "callers wait",
  of: "waitingCallers",
  when: "above",
  threshold: 50,
};

describe("HoldfastOptions.alerts", () => {
  test("watches the guide's three and delivers nothing, unless told", () => {
    const { rules, deliver, intervalMs } = alertsOf(undefined);
    expect(rules).toMatchObject(DEFAULT_ALERTS);
    expect(rules.map(({ name }) => name)).toEqual(["fewEndpoints", "slowResponses", "lowScore"]);
    expect({ deliver, intervalMs }).toEqual({ deliver: [], intervalMs: 5_000 });
  });

  test("watches nothing when false", () => {
    expect(alertsOf(false)).toMatchObject({ rules: [], deliver: [] });
  });

  test("takes rules of your own, in place of the three or beside them", () => {
    expect(alertsOf({ rules: [RULE] }).rules).toEqual([
      { ...RULE, clearAt: 50, forMs: 10_000, clearForMs: 10_000 },
    ]);
    expect(alertsOf({ rules: [...DEFAULT_ALERTS, RULE] }).rules).toHaveLength(4);
    expect(alertsOf({ rules: [] }).rules).toEqual([]);
  });

  test("takes one sink or several", () => {
    const sink = (): void => {};
    expect(alertsOf({ deliver: sink }).deliver).toEqual([sink]);
    expect(alertsOf({ deliver: [sink, sink] }).deliver).toEqual([sink, sink]);
  });

  test("tells everything that is wrong at once, and no address", () => {
    const problems = problemsOf({
      rules: [
        { ...RULE, of: "queue", when: "over", threshold: "50", forMs: -1 },
        { ...RULE, clearAt: 51 },
        { ...RULE, name: "low", when: "below", clearAt: 49 },
        { ...RULE, name: "https://app:hunter2@hooks.example", says: "", until: 5 },
        7,
      ],
      deliver: "https://app:hunter2@hooks.example",
      intervalMs: 0,
      every: 5,
    });
    expect(problems).toEqual([
      "alerts.every: an unknown option",
      'alerts.rules[0].when: "over"',
      'alerts.rules[0].threshold: "50"',
      'alerts.rules[0].of: "queue"',
      "alerts.rules[0].forMs: -1",
      "alerts.rules[1].clearAt: 51",
      "alerts.rules[2].clearAt: 49",
      "alerts.rules[3].until: an unknown option",
      "alerts.rules[3].name: a text (not shown)",
      "alerts.rules[3].says: an empty text",
      "alerts.rules[4]: 7",
      'alerts.rules[1].name: "queue"',
      "alerts.deliver: a text (not shown)",
      "alerts.intervalMs: 0",
    ]);
  });

  test.each([
    ["true", true, "alerts: true"],
    ["a list", [], "alerts: a list of 0"],
    ["rules that are no list", { rules: RULE }, "alerts.rules: an object"],
    ["too many rules", { rules: Array(101).fill(RULE) }, "alerts.rules: a list of 101"],
    ["too many sinks", { deliver: Array(11).fill(() => {}) }, "alerts.deliver: a list of 11"],
    ["a rule that is none", { rules: [RULE, null] }, "alerts.rules[1]: null"],
    ["a sink that is none", { deliver: [() => {}, null] }, "alerts.deliver: a list of 2"],
    [
      "a threshold that is no number",
      { rules: [{ ...RULE, threshold: NaN }] },
      "alerts.rules[0].threshold: NaN",
    ],
  ])("refuses %s", (_, alerts, problem) => {
    expect(problemsOf(alerts)).toEqual([problem]);
  });
});
