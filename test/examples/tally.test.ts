import { describe, expect, test } from "vitest";
import {
  freshTally,
  promisesKept,
  readDone,
  readFailed,
  reckon,
  type Tally,
  withinOutage,
  writeDone,
  writeFailed,
  type WriteFailure,
} from "../../examples/demo/tally.ts";

function failure(id: string, change: Partial<WriteFailure> = {}): WriteFailure {
  return { id, code: "UNAVAILABLE", executed: "no", startedMs: 10, endedMs: 20, ...change };
}

function found(...ids: string[]): { ids: string[]; balance: number; transferred: number } {
  return { ids, balance: 7, transferred: 7 };
}

function acknowledged(...ids: string[]): Tally {
  const tally = freshTally();
  for (const id of ids) writeDone(tally, id, 0, 1);
  return tally;
}

describe("reckon()", () => {
  test("reckon() finds nothing wrong when everything is there", () => {
    const verdict = reckon(acknowledged("a", "b"), found("a", "b"));
    expect(verdict).toMatchObject({ writes: 2, acknowledged: 2, found: 2, lost: 0, unexpected: 0 });
    expect(promisesKept(verdict)).toBe(true);
  });

  test("reckon() calls an acknowledged write that is missing lost", () => {
    const verdict = reckon(acknowledged("a", "b"), found("b"));
    expect(verdict.lost).toBe(1);
    expect(promisesKept(verdict)).toBe(false);
  });

  test("reckon() calls a row unexpected when its caller was told that it did not run", () => {
    const tally = acknowledged("a");
    writeFailed(tally, failure("b"));
    const verdict = reckon(tally, found("a", "b"));
    expect(verdict.unexpected).toBe(1);
    expect(promisesKept(verdict)).toBe(false);
  });

  test("reckon() calls a row nobody wrote unexpected", () => {
    expect(reckon(acknowledged("a"), found("a", "z")).unexpected).toBe(1);
  });

  test("reckon() counts ambiguous writes apart, there or not", () => {
    const tally = acknowledged("a");
    writeFailed(tally, failure("b", { executed: "unknown", code: "AMBIGUOUS_WRITE" }));
    writeFailed(tally, failure("c", { executed: "unknown", code: "AMBIGUOUS_WRITE" }));
    writeFailed(tally, failure("d", { executed: "yes", code: "UNREPLICATED_WRITE" }));
    const verdict = reckon(tally, found("a", "b"));
    expect(verdict).toMatchObject({ lost: 0, unexpected: 0, ambiguous: { total: 3, found: 1 } });
    expect(verdict.writeErrorsByCode).toEqual({ AMBIGUOUS_WRITE: 2, UNREPLICATED_WRITE: 1 });
    expect(promisesKept(verdict)).toBe(true);
  });

  test("reckon() notices half a transaction", () => {
    const verdict = reckon(acknowledged("a"), { ids: ["a"], balance: 0, transferred: 7 });
    expect(promisesKept(verdict)).toBe(false);
  });

  test("reckon() counts the write errors for which there was no excuse", () => {
    const tally = acknowledged();
    tally.outage = { fromMs: 100, toMs: 200 };
    writeFailed(tally, failure("before", { startedMs: 10, endedMs: 99 }));
    writeFailed(tally, failure("in", { startedMs: 150, endedMs: 160 }));
    writeFailed(tally, failure("after", { startedMs: 201, endedMs: 210 }));
    expect(reckon(tally, found()).writeErrorsOutsideOutage).toBe(2);
  });

  test("reckon() says how long there was no primary and when writes were back", () => {
    const tally = acknowledged("a");
    tally.outage = { fromMs: 100, toMs: 200 };
    writeDone(tally, "begun before", 99, 101);
    writeDone(tally, "b", 150, 230);
    writeDone(tally, "c", 240, 250);
    expect(reckon(tally, found("a"))).toMatchObject({ outageMs: 100, writableAfterMs: 130 });
  });
});

describe("withinOutage()", () => {
  const outage = { fromMs: 100, toMs: 200 };
  test.each([
    [{ startedMs: 50, endedMs: 100 }, true],
    [{ startedMs: 200, endedMs: 300 }, true],
    [{ startedMs: 50, endedMs: 300 }, true],
    [{ startedMs: 50, endedMs: 99 }, false],
    [{ startedMs: 201, endedMs: 300 }, false],
  ])("withinOutage() holds a write's whole life %j against it", (life, expected) => {
    expect(withinOutage(failure("x", life), outage)).toBe(expected);
  });

  test("withinOutage() knows an outage that has no end yet, and none at all", () => {
    expect(withinOutage(failure("x"), { fromMs: 0, toMs: undefined })).toBe(true);
    expect(withinOutage(failure("x"), undefined)).toBe(false);
  });
});

describe("readDone()", () => {
  test("readDone() keeps the longest time between two answers", () => {
    const tally = freshTally();
    for (const now of [5, 7, 40, 41]) readDone(tally, now);
    readFailed(tally, "DEADLINE");
    expect(reckon(tally, found())).toMatchObject({
      reads: 5,
      readErrors: 1,
      longestReadGapMs: 33,
      readErrorsByCode: { DEADLINE: 1 },
    });
  });
});
