/** What a holdfast refuses: work after its end, and calls that could never work as written. */

import { describe, expect, test } from "vitest";
import { ClosedError, OptionError, UsageError } from "../../src/errors.ts";
import type { Holdfast } from "../../src/holdfast.ts";
import { RetryStrategy } from "../../src/retry/strategy.ts";
import { caught, errorOf, server, soloStage, stage } from "./stage.ts";

describe("after close()", () => {
  const connector = server(soloStage().clock, "replica");
  test.each<[string, (db: Holdfast) => unknown]>([
    ["addEndpoint", (db) => db.addEndpoint({ id: "d", connector })],
    ["removeEndpoint", (db) => db.removeEndpoint("b")],
    ["failover", (db) => db.failover("a", "b")],
    ["isolate", (db) => db.isolate("b")],
    ["release", (db) => db.release("b")],
    ["discover", (db) => db.discover()],
    ["transaction", (db) => db.transaction(() => Promise.resolve(1))],
    ["execute", (db) => db.execute("select 1")],
    ["session().query", (db) => db.session().query("select 1")],
  ])("%s() is refused with a ClosedError", async (_, call) => {
    const s = stage();
    await s.clock.runUntil(s.db.close());
    // Inside an async function what is thrown at once is rejected with.
    const error = await caught((async () => await call(s.db))());
    expect(error).toBeInstanceOf(ClosedError);
    expect(s.clock.waiting).toBe(0);
  });
});

describe("calls that could never work", () => {
  test.each([
    ["an event that there is not", "circiut", () => {}, /"circiut".*circuit, health/],
    ["no function", "circuit", undefined, /needs a function/],
  ])("on() with %s is a UsageError", (_, type, listener, message) => {
    const { db } = soloStage();
    expect(() => db.on(type as "*", listener as () => void)).toThrow(UsageError);
    expect(() => db.on(type as "*", listener as () => void)).toThrow(message);
  });

  test("transaction() without a function is a UsageError, and begins nothing", async () => {
    const s = soloStage();
    const error = await caught(s.db.transaction("x" as never));
    expect(error).toBeInstanceOf(UsageError);
    expect(s.a.connects).toBe(0);
  });

  test("a hedge on a call that may have one attempt only is an OptionError", async () => {
    const s = stage({ execution: { retry: RetryStrategy.none() } });
    const error = await caught<OptionError>(
      s.db.query("select 1", [], { hedge: { after: "p95" } }),
    );
    expect(error).toBeInstanceOf(OptionError);
    expect(error.problems.map(({ path }) => path)).toEqual(["options.hedge"]);
  });
});

test("stats() shows no share of the load while a circuit is not closed", async () => {
  const s = stage({ circuit: { consecutiveFailures: 1 } });
  s.db.isolate("c");
  s.a.die();
  await errorOf(s, s.db.query("select 1", [], { timeoutMs: 10 }));
  expect(s.db.stats().endpoints.map(({ circuit, share }) => [circuit, share])).toEqual([
    ["open", 0],
    ["closed", 1],
    ["isolated", 0],
  ]);
});
