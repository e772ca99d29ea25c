import { describe, expect, test } from "vitest";
import { postgres } from "../../adapters/connectors/postgres/mod.ts";
import { scripted } from "../../adapters/connectors/scripted/mod.ts";
import { createHoldfast, OptionError } from "../../mod.ts";

/** The problems of unusable options, as `path: value`. */
function problemsOf(options: unknown): string[] {
  try {
    createHoldfast(options as never);
  } catch (error) {
    if (error instanceof OptionError) return error.problems.map((p) => `${p.path}: ${p.value}`);
    throw error;
  }
  return [];
}

const connector = scripted();

describe("createHoldfast() refuses what cannot be used", () => {
  test("createHoldfast() reports every wrong option at once", () => {
    expect(problemsOf({
      endpoints: [
        { id: "", connector, weight: -1, role: "king" },
        { id: "b", connector: "postgres://app:hunter2@db/shop", tags: { region: 5 } },
      ],
      readPreference: "somewhere",
      pool: { max: 0, maximum: 5 },
      circuit: { cooldownMs: 60_000, maxCooldownMs: 1_000 },
      execution: { retry: { type: "exponential", maxAttempts: 0 }, timeout: { queryMs: "5" } },
      sessions: {},
    })).toEqual(
      [
        "sessions: an unknown option",
        'endpoints[0].role: "king"',
        "endpoints[0].id: an empty text",
        "endpoints[0].weight: -1",
        "endpoints[1].tags.region: 5",
        "endpoints[1].connector: a text (not shown)",
        'execution.timeout.queryMs: "5"',
        "pool.maximum: an unknown option",
        "pool.max: 0",
        "circuit.maxCooldownMs: 1000",
        'readPreference: "somewhere"',
        "execution.retry.maxAttempts: 0",
        "execution.retry.initialDelayMs: undefined",
        "execution.retry.maxDelayMs: undefined",
      ],
    );
  });

  test.each([
    ["no endpoint", [], "endpoints"],
    ["replicas only", [{ id: "a", role: "replica", connector }], "endpoints"],
    ["two primaries", [
      { id: "a", role: "primary", connector },
      { id: "b", role: "master", connector },
    ], "endpoints"],
    ["one id twice", [{ id: "a", connector }, { id: "a", connector }], "endpoints[1].id"],
    ["two dialects", [
      { id: "a", connector },
      { id: "b", connector: scripted({ dialect: "mysql" }) },
    ], "endpoints"],
    ["a URL for an id", [{ id: "postgres://app:hunter2@db/shop", connector }], "endpoints[0].id"],
  ])("createHoldfast() refuses %s", (_, endpoints, path) => {
    const problems = problemsOf({ endpoints });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${path.replaceAll(/[[\].]/g, "\\$&")}: `));
    expect(problems[0]).not.toContain("hunter2");
  });

  test.each([
    ["a dialect that is no text", { dialect: [Number.NaN, Object.create(null)] }],
    ["problems that are none", { dialect: "postgres", problems: ["text", new Date(0), null] }],
  ])("createHoldfast() refuses a connector with %s", (_, odd) => {
    const problems = problemsOf({
      endpoints: [{ id: "a", connector: { connect: () => Promise.reject(new Error()), ...odd } }],
    });
    expect(problems.length).toBeGreaterThan(0);
    for (const problem of problems) expect(problem).toMatch(/^endpoints\[0\]\.connector\.\w+: /);
  });
});

test.each([
  ["recovery", { backoffMs: 9_000, maxBackoffMs: 1_000 }, "recovery.maxBackoffMs: 1000"],
  ["outlier", { baseEjectionMs: 9_000, maxEjectionMs: 1_000 }, "outlier.maxEjectionMs: 1000"],
])(
  "createHoldfast() refuses a %s whose longest is shorter than its first",
  (group, said, problem) => {
    expect(problemsOf({ endpoints: [{ id: "a", connector }], [group]: said })).toEqual([problem]);
  },
);

test("createHoldfast() says what is wrong with a connector as a whole", () => {
  const nothing = postgres(undefined as never);
  expect(problemsOf({ endpoints: [{ id: "a", connector: nothing }] })).toEqual([
    "endpoints[0].connector: undefined",
  ]);
});
