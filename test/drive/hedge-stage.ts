/**
 * A stage for hedged reads: who is asked first is known, and no connect is in the way.
 */

import { expect } from "vitest";
import type { Member } from "../../src/model/topology.ts";
import { type Stage, stage, type StageOptions } from "./stage.ts";

/** A read that any endpoint answers. */
export const READ = "select n from t";

/** The first candidate there is: reads go to `b`, and beside it to `c`. */
export function firstOf(candidates: readonly Member[]): Member {
  const [first] = candidates;
  if (first === undefined) throw new Error("No candidate");
  return first;
}

/** Reads go to `b` and, after 20 ms, to `c`; all pools are warm. */
export async function hedged(options: StageOptions = {}): Promise<Stage> {
  const s = stage({
    readPreference: "secondary",
    balance: firstOf,
    hedge: { afterMs: 20 },
    pool: { idleTimeoutMs: 0 },
    // Warming isolates and releases: who comes back would get little at first.
    rampMs: 0,
    ...options,
  });
  await warm(s);
  return s;
}

/** Opens a connection to each replica and forgets what was sent. */
async function warm(s: Stage): Promise<void> {
  for (const id of ["b", "c"]) {
    const other = id === "b" ? "c" : "b";
    s.db.isolate(other);
    await s.clock.runUntil(s.db.query("select 0"));
    s.db.release(other);
  }
  for (const endpoint of [s.a, s.b, s.c]) endpoint.statements.length = 0;
  s.events.length = 0;
}

/** Nothing is under way and nobody waits. */
export function expectIdle(s: Stage): void {
  const { endpoints, running } = s.db.stats();
  expect(running).toBe(0);
  for (const { inFlight, pool } of endpoints) {
    expect({ inFlight, inUse: pool.inUse, waiting: pool.waiting })
      .toEqual({ inFlight: 0, inUse: 0, waiting: 0 });
  }
}

/** Statements so far, at `a`, `b` and `c`. */
export function sent(s: Stage): number[] {
  return [s.a, s.b, s.c].map(({ statements }) => statements.length);
}
