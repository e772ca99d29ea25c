/**
 * As much of vitest as `test/contract/` needs, for places where vitest itself does not run: a case is
 * run by its name, with the hooks of the suites around it.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert";

type Work = () => unknown;

interface Case {
  readonly name: string;
  readonly run: Work;
  readonly before: readonly Work[];
  readonly after: readonly Work[];
}

const cases: Case[] = [];
let before: Work[] = [];
let after: Work[] = [];

export function describe(_name: string, suite: () => void): void {
  const outer = { before, after };
  before = [...before];
  after = [...after];
  suite();
  ({ before, after } = outer);
}

export function beforeAll(work: Work): void {
  before.push(work);
}

export function afterAll(work: Work): void {
  after.push(work);
}

export function test(name: string, run: Work): void {
  cases.push({ name, run, before, after });
}

/** The names of all cases that were described. */
export function caseNames(): string[] {
  return cases.map(({ name }) => name);
}

/** Runs one case; rejects as it does. */
export async function runCase(name: string): Promise<void> {
  const found = cases.find((each) => each.name === name);
  if (found === undefined) throw new Error(`No case is called ${JSON.stringify(name)}`);
  for (const work of found.before) await work();
  try {
    await found.run();
  } finally {
    for (const work of found.after) await work();
  }
}

interface Expectation {
  toBe(expected: unknown): void;
  toEqual(expected: unknown): void;
  toMatchObject(expected: object): void;
  toBeInstanceOf(expected: new (...args: never[]) => unknown): void;
  toContain(expected: unknown): void;
  toBeGreaterThanOrEqual(expected: number | bigint): void;
  readonly not: { toBe(expected: unknown): void };
}

export function expect(actual: unknown): Expectation {
  return {
    toBe: (expected) => strictEqual(actual, expected),
    toEqual: (expected) => deepStrictEqual(actual, expected),
    toMatchObject: (expected) => deepStrictEqual(partOf(actual, expected), expected),
    toBeInstanceOf: (expected) => ok(actual instanceof expected, `${String(actual)} is another`),
    toContain: (expected) => ok((actual as unknown[]).includes(expected), `${String(actual)}`),
    toBeGreaterThanOrEqual: (expected) =>
      ok((actual as number | bigint) >= expected, `${String(actual)} is less than ${expected}`),
    not: { toBe: (expected) => ok(!Object.is(actual, expected), "Both are the same") },
  };
}

/** What of `actual` the object `expected` speaks about. */
function partOf(actual: unknown, expected: unknown): unknown {
  const isObject = typeof actual === "object" && actual !== null;
  if (!isObject || typeof expected !== "object" || expected === null) return actual;
  if (Array.isArray(expected)) {
    return Array.isArray(actual) ? actual.map((each, i) => partOf(each, expected[i])) : actual;
  }
  const entries = Object.entries(expected).map(([key, value]) => [
    key,
    partOf((actual as Record<string, unknown>)[key], value),
  ]);
  return Object.fromEntries(entries);
}
