import { describe, expect, test } from "vitest";
import { classify } from "../../mod.ts";
import { AmbiguousWriteError } from "../../src/errors.ts";
import { errorOf, failure, next, stage } from "./stage.ts";

/** Reads a table and calls a function nobody knows: it may do anything. */
const DOUBTFUL = "select process(id) from queue";

describe("query() and functions it does not know", () => {
  test("query() does not run such a read again when its answer is lost on the primary", async () => {
    const s = stage({ readPreference: "primary" });
    next(s.a, failure());
    expect(await errorOf(s, s.db.query(DOUBTFUL))).toBeInstanceOf(AmbiguousWriteError);
    expect(s.a.statements).toEqual([DOUBTFUL]);
  });

  test("query() runs it again when its answer is lost on a replica, which cannot write", async () => {
    const s = stage({ readPreference: "secondary" });
    next(s.b, failure());
    next(s.c, failure());
    const result = await s.clock.runUntil(s.db.query(DOUBTFUL));
    expect(result.attempts).toBe(3);
    expect(s.a.statements).toEqual([]);
  });

  test("query() runs it again on the primary when it certainly did not run", async () => {
    const s = stage({ readPreference: "primary" });
    next(s.a, failure({ phase: "connecting" }));
    expect((await s.clock.runUntil(s.db.query(DOUBTFUL))).attempts).toBe(2);
  });

  test.for([
    { intent: "read" as const },
    { idempotent: true },
  ])("query() runs it again on the primary on the caller's word: %o", async (options) => {
    const s = stage({ readPreference: "primary" });
    next(s.a, failure());
    expect((await s.clock.runUntil(s.db.query(DOUBTFUL, [], options))).attempts).toBe(2);
  });

  test("query() runs it again on the primary when the function is listed as reading", async () => {
    const s = stage({
      readPreference: "primary",
      classify: { readingFunctions: ["process"] },
    });
    next(s.a, failure());
    expect((await s.clock.runUntil(s.db.query(DOUBTFUL))).attempts).toBe(2);
  });
});

describe("classify() and functions it does not know", () => {
  test.for(
    [
      ["select 1", undefined],
      ["select count(*) from queue", undefined],
      [DOUBTFUL, true],
      ["with q as (select process(id) as p from queue) select lower(p) from q", true],
    ] as const,
  )("classify() says of %s whether it calls one: %s", ([text, calls]) => {
    expect(classify(text)).toMatchObject({ intent: "read" });
    expect(classify(text).callsUnknown).toBe(calls);
  });
});
