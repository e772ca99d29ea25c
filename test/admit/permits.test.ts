import { describe, expect, test } from "vitest";
import {
  admission,
  connectsToBegin,
  countUse,
  freshPermits,
  mayGrow,
  mayServe,
  type PermitLimits,
  type Permits,
  sizeOf,
} from "../../src/admit/permits.ts";

const LIMITS: PermitLimits = { min: 0, max: 4, maxQueue: 2, maxConnecting: 2 };

/** Permits of a pool of four, with what is said of them. */
function permits(said: Partial<Permits> = {}): Permits {
  return { ...freshPermits(LIMITS), ...said };
}

function always(): boolean {
  return true;
}

function never(): boolean {
  return false;
}

describe("admission()", () => {
  test("admission() gives an idle connection at once, and else a place in the queue", () => {
    expect(admission(permits({ idle: 1 }), LIMITS)).toBe("now");
    expect(admission(permits({ inUse: 4 }), LIMITS)).toBe("wait");
    expect(admission(permits(), LIMITS)).toBe("wait");
  });

  test("admission() lets nobody overtake those who wait", () => {
    expect(admission(permits({ idle: 1, waiting: 1 }), LIMITS)).toBe("wait");
  });

  test("admission() refuses past the queue's limit, and at once where there is no queue", () => {
    expect(admission(permits({ inUse: 4, waiting: 2 }), LIMITS)).toBe("refuse");
    const without = { ...LIMITS, maxQueue: 0 };
    expect(admission(permits({ inUse: 4 }), without)).toBe("refuse");
    expect(admission(permits({ idle: 1 }), without)).toBe("now");
  });

  test("admission() counts nobody against the queue whom a connection may still be opened for", () => {
    const without = { ...LIMITS, maxQueue: 0 };
    expect(admission(permits(), without)).toBe("wait");
    expect(admission(permits({ inUse: 2, waiting: 1, connecting: 1 }), without)).toBe("wait");
    expect(admission(permits({ inUse: 2, waiting: 2, connecting: 2 }), without)).toBe("refuse");
    expect(admission(permits({ inUse: 2, checking: 2, waiting: 1 }), without)).toBe("wait");
    // What is not allowed just now is nothing to wait for.
    expect(admission(permits({ inUse: 2, allowed: 2 }), without)).toBe("refuse");
    expect(admission(permits({ inUse: 3, allowed: 2 }), without)).toBe("refuse");
  });

  test("admission() gives no idle connection beyond what is allowed in use", () => {
    const busy = permits({ idle: 2, inUse: 2, allowed: 2 });
    expect(admission(busy, LIMITS)).toBe("wait");
    expect(admission({ ...busy, allowed: 3 }, LIMITS)).toBe("now");
    // The limit fell while more were in use: those go on, and nobody joins them.
    expect(admission({ ...busy, allowed: 1 }, LIMITS)).toBe("wait");
  });
});

describe("mayServe()", () => {
  test.each([
    [{ waiting: 1, idle: 1, inUse: 1, allowed: 2 }, true],
    [{ waiting: 0, idle: 1, inUse: 1, allowed: 2 }, false],
    [{ waiting: 1, idle: 0, inUse: 1, allowed: 2 }, false],
    [{ waiting: 1, idle: 1, inUse: 2, allowed: 2 }, false],
  ])("mayServe() of %j is %s", (said, may) => {
    expect(mayServe(permits(said))).toBe(may);
  });
});

describe("connectsToBegin()", () => {
  test("connectsToBegin() opens one for each who waits while nothing is open, a few at a time", () => {
    expect(connectsToBegin(permits({ waiting: 1 }), LIMITS, never)).toBe(1);
    expect(connectsToBegin(permits({ waiting: 9 }), LIMITS, never)).toBe(2);
    expect(connectsToBegin(permits({ waiting: 9, connecting: 1 }), LIMITS, never)).toBe(1);
    expect(connectsToBegin(permits({ waiting: 9, connecting: 2 }), LIMITS, never)).toBe(0);
  });

  test("connectsToBegin() opens none for whoever gets what is on its way", () => {
    expect(connectsToBegin(permits({ waiting: 1, connecting: 1 }), LIMITS, always)).toBe(0);
  });

  test("connectsToBegin() lets those wait who have not waited for long, once something is open", () => {
    const open = permits({ inUse: 1, waiting: 2 });
    expect(connectsToBegin(open, LIMITS, never)).toBe(0);
    expect(connectsToBegin(open, LIMITS, (place) => place === 0)).toBe(1);
    expect(connectsToBegin(open, LIMITS, always)).toBe(2);
  });

  test("connectsToBegin() stays within the maximum, and within what is allowed in use", () => {
    expect(connectsToBegin(permits({ inUse: 4, waiting: 2 }), LIMITS, always)).toBe(0);
    expect(connectsToBegin(permits({ inUse: 2, checking: 1, waiting: 2 }), LIMITS, always)).toBe(1);
    expect(connectsToBegin(permits({ inUse: 2, waiting: 2, allowed: 2 }), LIMITS, always)).toBe(0);
  });

  test("connectsToBegin() keeps the minimum although nobody waits, and whatever is allowed", () => {
    const kept = { ...LIMITS, min: 3 };
    expect(connectsToBegin(permits(), kept, never)).toBe(2);
    expect(connectsToBegin(permits({ idle: 2 }), kept, never)).toBe(1);
    expect(connectsToBegin(permits({ idle: 3 }), kept, never)).toBe(0);
    expect(connectsToBegin(permits({ idle: 2, allowed: 1 }), kept, never)).toBe(1);
    // Those who wait count among it: more of them is not more of both.
    expect(connectsToBegin(permits({ idle: 1, waiting: 1 }), kept, always)).toBe(2);
  });

  test("mayGrow() tells whether one more could begin", () => {
    expect(mayGrow(permits(), LIMITS)).toBe(true);
    expect(mayGrow(permits({ connecting: 2 }), LIMITS)).toBe(false);
    expect(mayGrow(permits({ inUse: 1, idle: 2, checking: 1 }), LIMITS)).toBe(false);
    expect(mayGrow(permits({ inUse: 2, allowed: 2 }), LIMITS)).toBe(false);
  });
});

describe("the counts", () => {
  test("sizeOf() counts what is open and what is on its way, not who waits", () => {
    expect(sizeOf(permits({ idle: 1, inUse: 2, checking: 3, connecting: 4, waiting: 5 }))).toBe(10);
  });

  test("countUse() remembers the most that were in use at once", () => {
    const counts = permits();
    countUse(counts);
    countUse(counts);
    counts.inUse--;
    expect(counts).toMatchObject({ inUse: 1, peakInUse: 2 });
    counts.peakInUse = counts.inUse;
    countUse(counts);
    expect(counts.peakInUse).toBe(2);
  });

  test("freshPermits() allows as many as there may be", () => {
    expect(freshPermits(LIMITS)).toEqual({
      idle: 0,
      inUse: 0,
      checking: 0,
      connecting: 0,
      waiting: 0,
      allowed: 4,
      peakInUse: 0,
    });
  });
});
