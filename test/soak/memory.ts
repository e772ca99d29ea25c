/**
 * What a process holds, read after a collection.
 */

import { readdirSync } from "node:fs";
import process from "node:process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const MB = 1024 * 1024;

/** What this process holds just now. */
export interface Held {
  readonly heapMb: number;
  readonly rssMb: number;
  /** Open file descriptors; `NaN` where there is no `/proc`. */
  readonly descriptors: number;
}

/** Collects what can be collected, then looks. */
export async function held(): Promise<Held> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void; // the flag puts it there
  // What a finalizer or a closing handle still holds goes one turn later.
  for (let round = 0; round < 3; round++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, rss } = process.memoryUsage();
  return { heapMb: heapUsed / MB, rssMb: rss / MB, descriptors: descriptors() };
}

function descriptors(): number {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return NaN;
  }
}
