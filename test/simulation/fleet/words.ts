/**
 * What an isolate has to say of its endpoints.
 */

import type { EndpointReport } from "../../../src/model/belief.ts";
import type { Own } from "./isolate.ts";
import type { World } from "./world.ts";

/** How a trial ended that was made for all. */
export interface TrialResult {
  readonly index: number;
  readonly token: number;
  readonly passed: boolean;
}

/** Who had an answer within this time uses the endpoint (`EndpointReport.saw`). */
const USED_MS = 60_000;

interface Moment {
  readonly now: number;
  readonly result: TrialResult | undefined;
}

export function wordsOf(
  { truth }: World,
  owns: readonly Own[],
  { now, result }: Moment,
): EndpointReport[] {
  return truth.targets.map(({ id, index, role }) => {
    const own = owns[index];
    const trial = result?.index === index
      ? { trial: { token: result.token, passed: result.passed } }
      : {};
    if (own === undefined) return { id, ...trial };
    const { circuit, answeredAt, failedAt } = own;
    if (circuit.phase === "open" && circuit.because !== "told") {
      return { id, saw: "down", agoMs: now - failedAt, ...trial };
    }
    if (now - answeredAt > USED_MS) return { id, ...trial };
    const agoMs = now - answeredAt;
    return { id, saw: "up", agoMs, role: { role, agoMs }, ...trial };
  });
}
