import { describe, expect, expectTypeOf, test } from "vitest";
import { scripted } from "../../adapters/connectors/scripted/mod.ts";
import { CIRCUIT_DEFAULTS } from "../../src/admit/circuit-options.ts";
import { OUTLIER_DEFAULTS } from "../../src/admit/outlier.ts";
import { OptionError } from "../../src/errors.ts";
import { LADDER_DEFAULTS } from "../../src/health/ladder.ts";
import { SUSPICION_DEFAULTS } from "../../src/health/suspicion.ts";
import { CLUSTER_DEFAULTS } from "../../src/model/cluster-rules.ts";
import { resolveOptions } from "../../src/options/resolve.ts";
import {
  allowedBy,
  OPTION_TABLE,
  type OptionPath,
  type OptionRow,
} from "../../src/options/table.ts";
import { ALERT_DEFAULTS, type AlertRule, DEFAULT_ALERTS } from "../../src/observe/alerts.ts";
import type { AlertOptions } from "../../src/options/alerts.ts";
import type {
  CircuitSettings,
  EndpointOptions,
  HedgeOptions,
  HoldfastOptions,
  PoolOptions,
  ProbeOptions,
  ReadPreferenceOptions,
} from "../../src/options/types.ts";
import { BUDGET_DEFAULTS } from "../../src/retry/budget.ts";
import { TimeoutStrategy } from "../../src/retry/execution.ts";

/** Every row; the keys are the table's own. */
const ROWS = Object.entries(OPTION_TABLE) as [OptionPath, OptionRow][];

/** Where an option stands in what people write. */
function placeOf(path: OptionPath): string {
  return path.replace(/^endpoint\./, "endpoints[0].").replace(/^alertRule\./, "alerts.rules[0].");
}

/** Options in which one number is `value` and everything else is as little as possible. */
function optionsWith(path?: OptionPath, value?: unknown): Record<string, unknown> {
  const endpoint: Record<string, unknown> = { id: "a", role: "primary", connector: scripted() };
  const rule: Record<string, unknown> = { ...DEFAULT_ALERTS[0] };
  const options: Record<string, unknown> = { endpoints: [endpoint] };
  if (path === undefined) return options;
  // A first and a longest bound each other: the one that is not looked at makes room.
  if (path === "circuit.cooldownMs") options["circuit"] = { maxCooldownMs: 3_600_000 };
  if (path === "circuit.maxCooldownMs") options["circuit"] = { cooldownMs: 1 };
  if (path === "recovery.backoffMs") options["recovery"] = { maxBackoffMs: 3_600_000 };
  if (path === "recovery.maxBackoffMs") options["recovery"] = { backoffMs: 1 };
  if (path === "outlier.baseEjectionMs") options["outlier"] = { maxEjectionMs: 3_600_000 };
  if (path === "outlier.maxEjectionMs") options["outlier"] = { baseEjectionMs: 1 };
  if (path === "sharing.busySyncMs") options["sharing"] = { quietSyncMs: 20_000 };
  if (path === "sharing.quietSyncMs") options["sharing"] = { busySyncMs: 10 };
  if (path === "pool.min") options["pool"] = { max: 10_000 };
  if (path.startsWith("readPreference.")) options["readPreference"] = { mode: "nearest" };
  if (path.startsWith("alertRule.")) options["alerts"] = { rules: [rule] };
  const listed: Record<string, Record<string, unknown>> = { endpoint, alertRule: rule };
  if (path === "hedge.minMs") options["hedge"] = { after: "p95" };
  const names = path.split(".");
  const last = names.pop() ?? path;
  let group = options;
  for (const name of names) {
    const inner = listed[name] ?? group[name] ?? {};
    if (!(name in listed)) group[name] = inner;
    group = inner as Record<string, unknown>; // made above
  }
  group[last] = value;
  return options;
}

/** What the settings hold for a path. */
function resolved(path: OptionPath, options: unknown): unknown {
  const { settings, stations } = resolveOptions(options);
  const [station] = stations;
  const places: Record<string, unknown> = {
    ...settings,
    endpoint: { weight: station?.endpoint.weight, maxConnections: station?.maxConnections },
    alertRule: settings.alerts.rules[0],
    sharing: { ...settings.sharing.rules, ...settings.sharing },
    session: { pinAfterWriteMs: settings.pinAfterWriteMs },
  };
  return path.split(".").reduce<unknown>(
    (place, name) => (place as Record<string, unknown> | undefined)?.[name],
    places,
  );
}

/** The only problem that `options` have. */
function problemOf(options: unknown): OptionError["problems"][number] | undefined {
  try {
    resolveOptions(options);
  } catch (error) {
    if (error instanceof OptionError && error.problems.length === 1) return error.problems[0];
    throw error;
  }
  return undefined;
}

describe.each(ROWS)("OPTION_TABLE %s", (path, row) => {
  const [low, high] = row.range;
  const step = row.unit === "ratio" ? 0.001 : 1;

  test("its default is what the settings hold, and is accepted when written down", () => {
    // Where nothing is hedged there is no floor for it either.
    const bare = path === "hedge.minMs" ? optionsWith(path) : optionsWith();
    expect(resolved(path, bare)).toBe(row.default);
    expect(problemOf(optionsWith(path, row.default))).toBeUndefined();
    expect(resolved(path, optionsWith(path, row.default))).toBe(row.default);
  });

  test("both ends of its range are accepted", () => {
    expect(resolved(path, optionsWith(path, low))).toBe(low);
    expect(resolved(path, optionsWith(path, high))).toBe(high);
  });

  test("what lies outside, or is no number, is refused with the path and what is allowed", () => {
    const wrong = [low - step, high + step, NaN, Infinity, -Infinity, "5", null, true, [5], {}];
    const refusal = { path: placeOf(path), allowed: allowedBy(row) };
    expect(wrong.map((value) => problemOf(optionsWith(path, value))))
      .toEqual(wrong.map(() => expect.objectContaining(refusal)));
  });

  test("a fraction is accepted unless it is a count", () => {
    const half = row.unit === "ratio" ? (low + high) / 2 : high - 0.5;
    const refused = problemOf(optionsWith(path, half)) !== undefined;
    expect(refused).toBe(row.unit === "count");
  });

  test("it says something, in a line", () => {
    expect(row.says).toMatch(/^\S.{10,119}$/);
    expect(low).toBeLessThan(high);
  });
});

describe("OPTION_TABLE defaults", () => {
  function under(prefix: string): Record<string, number | undefined> {
    return Object.fromEntries(
      ROWS.filter(([path]) => path.startsWith(`${prefix}.`))
        .map(([path, row]) => [path.slice(prefix.length + 1), row.default]),
    );
  }

  test("of what is shared are CLUSTER_DEFAULTS", () => {
    const { settings } = resolveOptions(optionsWith());
    expect(settings.sharing.rules).toEqual(CLUSTER_DEFAULTS);
  });

  test("of the circuit are CIRCUIT_DEFAULTS", () => {
    expect(under("circuit")).toEqual(CIRCUIT_DEFAULTS);
  });

  test("of the ladder, the suspicion and the outliers are those of their reducers", () => {
    expect(under("recovery")).toEqual(LADDER_DEFAULTS);
    expect(under("probe")).toMatchObject({ ...SUSPICION_DEFAULTS });
    const { confirmWithinMs: _, forgetAfterMs: __, ...rest } = OUTLIER_DEFAULTS;
    expect(under("outlier")).toMatchObject(rest);
  });

  test("of an alert rule are ALERT_DEFAULTS", () => {
    expect(under("alertRule")).toEqual(ALERT_DEFAULTS);
  });

  test("of the retry budget are BUDGET_DEFAULTS, but for the time to live, which is fixed", () => {
    const { ttlMs, ...rest } = BUDGET_DEFAULTS;
    expect(under("retryBudget")).toEqual(rest);
    expect(resolveOptions(optionsWith()).settings.retryBudget.ttlMs).toBe(ttlMs);
  });

  test("of the time limits are TimeoutStrategy.default()", () => {
    expect(under("execution.timeout")).toEqual(TimeoutStrategy.default());
  });
});

describe("resolveOptions()", () => {
  test.each(["circuit", "pool", "probe", "retryBudget", "session", "execution.timeout"])(
    "knows in %s the table's keys and no others",
    (group) => {
      const path = `${group}.noSuchOption` as OptionPath; // wrong on purpose
      const keys = ROWS.map(([known]) => known).filter((known) => known.startsWith(`${group}.`))
        .map((known) => known.slice(group.length + 1));
      expect(problemOf(optionsWith(path, 1))).toEqual({
        path,
        value: "an unknown option",
        allowed: `one of ${keys.join(", ")}`,
      });
    },
  );

  test("refuses a longest pause that is shorter than the first one", () => {
    const options = { ...optionsWith(), circuit: { cooldownMs: 60_000 } };
    expect(problemOf(options)).toEqual({
      path: "circuit.maxCooldownMs",
      value: "30000",
      allowed: "at least cooldownMs (60000)",
    });
  });

  test("tells everything that is wrong at once", () => {
    const options = {
      ...optionsWith("pool.max", 0),
      closeTimeoutMs: -1,
      surprise: true,
      balance: "best",
    };
    expect(() => resolveOptions(options)).toThrow(
      expect.objectContaining({
        code: "OPTION",
        problems: [
          expect.objectContaining({ path: "surprise" }),
          expect.objectContaining({ path: "pool.max" }),
          expect.objectContaining({ path: "balance" }),
          expect.objectContaining({ path: "closeTimeoutMs" }),
        ],
      }),
    );
  });
});

/** The names that the table has under a prefix. */
type Under<Prefix extends string> = OptionPath extends infer Path
  ? Path extends `${Prefix}.${infer Name}` ? Name : never
  : never;
/** The names of a group's numbers. */
type Numbers<Group> = {
  [Name in keyof Group]-?: NonNullable<Group[Name]> extends number ? Name : never;
}[keyof Group];
type Group<Name extends keyof HoldfastOptions> = NonNullable<HoldfastOptions[Name]>;

/** All that either form of a hedge may hold. */
type Hedge = { [Name in KeysOf<HedgeOptions>]-?: ValueOf<HedgeOptions, Name> };
type KeysOf<Union> = Union extends unknown ? keyof Union : never;
type ValueOf<Union, Name extends PropertyKey> = Union extends { readonly [N in Name]?: infer V } ? V
  : never;

test("HoldfastOptions names exactly the table's numbers", () => {
  expectTypeOf<keyof CircuitSettings>().toEqualTypeOf<Under<"circuit">>();
  expectTypeOf<keyof PoolOptions>().toEqualTypeOf<Under<"pool">>();
  expectTypeOf<keyof ProbeOptions>().toEqualTypeOf<Under<"probe">>();
  expectTypeOf<Numbers<AlertOptions>>().toEqualTypeOf<Under<"alerts">>();
  expectTypeOf<Numbers<Omit<AlertRule, "threshold" | "clearAt">>>()
    .toEqualTypeOf<Under<"alertRule">>();
  expectTypeOf<Numbers<Hedge>>().toEqualTypeOf<Under<"hedge">>();
  expectTypeOf<keyof Group<"retryBudget">>().toEqualTypeOf<Under<"retryBudget">>();
  expectTypeOf<keyof Group<"session">>().toEqualTypeOf<Under<"session">>();
  expectTypeOf<keyof NonNullable<Group<"execution">["timeout"]>>()
    .toEqualTypeOf<Under<"execution.timeout">>();
  expectTypeOf<Numbers<EndpointOptions>>().toEqualTypeOf<Under<"endpoint">>();
  expectTypeOf<Numbers<ReadPreferenceOptions>>().toEqualTypeOf<Under<"readPreference">>();
  expectTypeOf<Numbers<HoldfastOptions>>()
    .toEqualTypeOf<Exclude<OptionPath, `${string}.${string}`>>();
});
