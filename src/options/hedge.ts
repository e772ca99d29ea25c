/**
 * Checks a hedge.
 *
 * @module
 */

import type { HedgeStrategy } from "../retry/hedge.ts";
import type { RetryStrategy } from "../retry/strategy.ts";
import type { Inspector } from "./inspector.ts";

const KNOWN = ["afterMs", "after", "minMs"];

/** When to hedge; `undefined`: never. What is wrong with it goes to the inspector. */
export function readHedge(
  inspector: Inspector,
  value: unknown,
  path = "hedge",
): HedgeStrategy | undefined {
  if (value === undefined || value === false) return undefined;
  const given = inspector.record(path, value);
  inspector.onlyKnown(path, given, KNOWN);
  const { after } = given;
  const afterMs = inspector.number("hedge.afterMs", given["afterMs"], `${path}.afterMs`);
  const minMs = inspector.number("hedge.minMs", given["minMs"], `${path}.minMs`) ?? 0;
  if (after !== undefined) {
    inspector.word(`${path}.after`, after, ["p95"]);
    if (given["afterMs"] === undefined) return { after: "p95", minMs };
    inspector.refuse(`${path}.after`, after, "one of after and afterMs, not both");
  } else if (given["minMs"] !== undefined) {
    inspector.refuse(`${path}.after`, after, "p95, where minMs is given");
  } else if (!("afterMs" in given) && typeof value === "object") {
    inspector.refuse(path, value, '{ afterMs }, { after: "p95" } or false');
  }
  return afterMs === undefined ? undefined : { afterMs };
}

/** A second attempt is an attempt: where only one is allowed, a hedge would silently never be made. */
export function refuseLoneHedge(
  inspector: Inspector,
  hedge: HedgeStrategy | undefined,
  { maxAttempts }: RetryStrategy,
  path = "hedge",
): void {
  if (hedge === undefined || maxAttempts !== 1) return;
  inspector.refuse(
    path,
    hedge,
    "off where execution.retry.maxAttempts is 1: a hedge is the second attempt",
  );
}
