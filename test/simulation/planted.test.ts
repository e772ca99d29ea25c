/**
 * The simulation can fail: bugs are planted between the drive and the databases, and must be found.
 */

import { expect, test } from "vitest";
import { Failure } from "../../src/model/failure.ts";
import type { Connection, Connector, RoleReport } from "../../src/ports.ts";
import type { Answer } from "../../src/model/result.ts";
import type { Wrap } from "./isolate.ts";
import { play } from "./run.ts";

/** Far more than any of these needs. */
const SEEDS = 60;

/** What the first failing seed was accused of. */
async function firstBreach(wrap: Wrap): Promise<string> {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { violation } = await play(seed, { wrap });
    if (violation !== undefined) return violation.message;
  }
  return `none in ${SEEDS} seeds`;
}

/** A connector whose connections are not quite what they were. */
function wrapped(change: (line: Connection) => Partial<Connection>): Wrap {
  return (connector: Connector): Connector => ({
    ...connector,
    connect: async (options) => tampered(await connector.connect(options), change),
  });
}

/** The methods must find the private parts of the real one, so they are bound to it. */
function tampered(line: Connection, change: (line: Connection) => Partial<Connection>): Connection {
  const changed: Partial<Connection> = change(line);
  return new Proxy(line, {
    get(target, key) {
      const value: unknown = Reflect.get({ ...changed }, key) ?? Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
    set: (target, key, value) => Reflect.set(target, key, value, target),
  });
}

test("play() finds writes that are sent again because a broken line claims they never left", async () => {
  const wrap = wrapped((line) => ({
    run: (...args) =>
      line.run(...args).catch((failure: Failure) => {
        const { origin, message, connection } = failure;
        if (origin !== "network") throw failure;
        throw new Failure({ origin, message, connection, phase: "connecting" });
      }) as Promise<Answer<never>>,
  }));
  expect(await firstBreach(wrap)).toMatch(
    /in doubt, and was sent again|executed "no", but was|executed although/,
  );
});

test("play() finds answers to writes that were never executed", async () => {
  const wrap = wrapped((line) => ({
    run: (text, params, options) =>
      text.startsWith("insert") && params[0] !== undefined && Number(params[0]) % 5 === 0
        ? Promise.resolve({ rows: [], fields: [], rowsAffected: 1 })
        : line.run(text, params, options),
  }));
  expect(await firstBreach(wrap)).toMatch(/acknowledged but never executed/);
});

test("play() finds connections that are never closed", async () => {
  const wrap = wrapped(() => ({ destroy: () => {}, close: () => Promise.resolve() }));
  expect(await firstBreach(wrap)).toMatch(
    /connections to|connections open|promises have not settled/,
  );
});

test("play() finds a statement that is sent twice by its driver", async () => {
  const wrap = wrapped((line) => ({
    run: async (text, params, options) => {
      if (text.startsWith("insert")) await line.run(text, params, options);
      return await line.run(text, params, options) as Answer<never>;
    },
  }));
  expect(await firstBreach(wrap)).toMatch(/in doubt, and was sent again|executed 2 times/);
});

test("play() finds no wait without an end, though no question and no goodbye is ever answered", async () => {
  const wrap = wrapped((line) => ({
    inspect: () => new Promise<RoleReport>(() => {}),
    close: () => {
      void line.close();
      return new Promise<void>(() => {});
    },
  }));
  expect(await firstBreach(wrap)).toBe(`none in ${SEEDS} seeds`);
});

test("play() plays the same seed twice the same way", async () => {
  const one = await play(42, { tracing: true });
  const other = await play(42, { tracing: true });
  expect(one.trace.length).toBeGreaterThan(100);
  expect(other.trace).toEqual(one.trace);
});
