/**
 * Whatever is passed for options: an OptionError or nothing, and never a secret in it.
 */

import fc from "fast-check";
import { expect, test } from "vitest";
import { scripted } from "../../adapters/connectors/scripted/mod.ts";
import { isHoldfastError, OptionError } from "../../src/errors.ts";
import { createHoldfastOn } from "../../src/holdfast.ts";
import { OPTION_TABLE } from "../../src/options/table.ts";
import { virtualRuntime } from "../virtual.ts";

/** What must never be told: a password in a URL, a long token. */
const SECRETS = [
  "postgres://app:hunter2-hunter2@db.example/shop",
  "hunter2-hunter2@db",
  "npg_hunter2-hunter2-hunter2-hunter2-hunter2-hunter2",
];

const WORDS = [
  ...new Set(Object.keys(OPTION_TABLE).flatMap((path) => path.split("."))),
  ...("endpoints readPreference balance execution retry timeout classify observer id role connector " +
    "tags promotable mode strategy weights type maxAttempts delaysMs jitter writingFunctions intervalMs " +
    "alerts rules deliver says of when threshold clearAt forMs above below " +
    "signal idempotent bulk intent isolation readOnly attempts problems connect dialect __proto__ " +
    "constructor toString length").split(" "),
];

const leaf = fc.oneof(
  fc.constantFrom<unknown>(...SECRETS, null, undefined, "", "primary", "replica", "exponential"),
  fc.constantFrom<unknown>(NaN, Infinity, -1, 0, 1, 1.5, 1e12, 10n, true, Symbol("s"), () => 1),
  fc.constantFrom<unknown>(new Date(0), new Map(), [], {}, "5", scripted()),
);

const junk = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie("any"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...WORDS, ...SECRETS), tie("any"), { maxKeys: 6 }),
  ),
})).any;

const endpoints = [{ id: "a", role: "primary", connector: scripted() }];

function expectNoSecret(thrown: unknown): void {
  expect(thrown).toBeInstanceOf(OptionError);
  const { message, problems } = thrown as OptionError; // just seen to be one
  expect(`${message} ${JSON.stringify(problems)}`).not.toContain("hunter2");
  for (const { path, value, allowed } of problems) {
    expect([path, value, allowed].every((text) => typeof text === "string" && text !== "")).toBe(
      true,
    );
  }
}

test("createHoldfastOn() takes any junk for options or throws an OptionError without a secret", () => {
  fc.assert(
    fc.property(junk, fc.boolean(), (given, withEndpoints) => {
      const options = withEndpoints && typeof given === "object" ? { ...given, endpoints } : given;
      try {
        createHoldfastOn(virtualRuntime(), options as never);
      } catch (thrown) {
        expectNoSecret(thrown);
      }
    }),
    { numRuns: 3_000 },
  );
});

test("createHoldfastOn() takes any junk for an endpoint or throws an OptionError", () => {
  fc.assert(
    fc.property(junk, (given) => {
      const endpoint = typeof given === "object" ? { ...endpoints[0], ...given } : given;
      try {
        createHoldfastOn(virtualRuntime(), { endpoints: [endpoint] } as never);
      } catch (thrown) {
        expectNoSecret(thrown);
      }
    }),
    { numRuns: 2_000 },
  );
});

test("query(), transaction() and session() take any junk for options or reject in holdfast's words", async () => {
  await fc.assert(
    fc.asyncProperty(junk, junk, async (given, params) => {
      const runtime = virtualRuntime();
      const db = createHoldfastOn(runtime, { endpoints, probe: { intervalMs: 0 } } as never);
      const calls: (() => Promise<unknown>)[] = [
        async () => await db.query("select 1", undefined, given as never),
        async () => await db.query("select ?", params as never),
        async () => await db.query(given as never),
        async () => await db.transaction(() => Promise.resolve(), given as never),
        async () => await db.session(given as never).query("select 1"),
        async () => db.addEndpoint(given as never),
        async () => await db.removeEndpoint(given as never),
        async () => await db.failover(given as never, params as never, given as never),
      ];
      for (const call of calls) {
        try {
          await runtime.clock.runUntil(call());
        } catch (thrown) {
          expect(isHoldfastError(thrown) ? "" : (thrown as Error).stack).toBe("");
          expect((thrown as Error).message).not.toContain("hunter2");
        }
      }
      await runtime.clock.runUntil(db.close());
    }),
    { numRuns: 400 },
  );
});
