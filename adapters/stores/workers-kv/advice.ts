/**
 * One report folded into a state that several write without seeing each other: the machine's step, and what stands in
 * for the trial that nobody can claim here.
 *
 * @module
 */

import type { Draw } from "../../../src/cluster/shared-circuit.ts";
import { isBusy } from "../../../src/cluster/snapshot.ts";
import type { Cluster } from "../../../src/cluster/state.ts";
import { step } from "../../../src/cluster/step.ts";
import type { EndpointReport, Report } from "../../../src/model/belief.ts";

/** When and by which rules. */
export interface Around {
  readonly now: number;
  readonly draw: Draw;
}

/**
 * The state after a report. Whoever has had an answer from an endpoint that is out, once its pause is over, has made
 * the trial.
 */
export function heed(before: Cluster, report: Report, { now, draw }: Around): Cluster {
  let cluster = before;
  const endpoints = report.endpoints.map((word): EndpointReport => {
    if (!hasPassed(cluster, word, now)) return word;
    const request = { endpoint: word.id, reporter: report.reporter };
    const claimed = step(cluster, { type: "claim", request }, now, draw);
    if (claimed.tokens === cluster.tokens) return word;
    cluster = claimed;
    return { ...word, trial: { token: claimed.tokens, passed: true } };
  });
  const after = step(cluster, { type: "report", report: { ...report, endpoints } }, now, draw);
  // Who wrote last has the highest version, whatever it had read: else its readers would take it for an old copy.
  return after.version === before.version
    ? after
    : { ...after, version: Math.max(after.version, Math.floor(now)) };
}

function hasPassed(
  { endpoints }: Cluster,
  { id, saw, agoMs = 0 }: EndpointReport,
  now: number,
): boolean {
  const circuit = endpoints.find((one) => one.id === id)?.circuit;
  return saw === "up" && circuit?.phase === "open" && now - agoMs > circuit.pausedAt;
}

/** Whether others have to learn of it. While all is quiet they have not: a key may be written once a second only. */
export function isNews(before: Cluster, after: Cluster): boolean {
  if (after.version !== before.version) return true;
  // In an incident it matters who is there, and who finds what.
  return (isBusy(before) || isBusy(after)) && after !== before;
}
