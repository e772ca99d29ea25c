/**
 * One call to a store as the machine sees it: an event, and what is answered when it is folded in.
 *
 * @module
 */

import { readCommand, readReport } from "../../../src/cluster/codec.ts";
import { readId, readReporter } from "../../../src/cluster/read-json.ts";
import { trialOf } from "../../../src/cluster/shared-circuit.ts";
import { snapshotOf } from "../../../src/cluster/snapshot.ts";
import type { Cluster } from "../../../src/cluster/state.ts";
import type { ClusterEvent } from "../../../src/cluster/step.ts";
import { StoreError } from "../../../src/errors.ts";
import type { Command, Report, Snapshot } from "../../../src/model/belief.ts";
import type { ClusterRules } from "../../../src/model/cluster-rules.ts";
import type { ClaimAnswer, ClaimRequest } from "../../../src/ports.ts";

/** When it is answered, and by which rules: they set the pace. */
export interface Moment {
  readonly now: number;
  readonly rules: ClusterRules;
}

/** An event, and its answer. */
export interface Turn<T> {
  readonly event: ClusterEvent;
  /** `after` is the same reference as `before` where nothing changed. */
  readonly answer: (after: Cluster, before: Cluster, moment: Moment) => T;
}

/** A report; throws a `StoreError` when it is none. */
export function syncTurn(told: Report): Turn<Snapshot> {
  const report = readReport(told);
  if (report === undefined) throw noSense("report");
  return {
    event: { type: "report", report },
    answer: (after, _before, { now, rules }) => snapshotOf(after, now, rules),
  };
}

/** A command; throws a `StoreError` when it is none. */
export function commandTurn(wanted: Command): Turn<Snapshot> {
  const command = readCommand(wanted);
  if (command === undefined) {
    throw new StoreError(
      "There is no such command. There are { type, endpoint } with the type isolate, release, remove or add; " +
        '{ type: "failover", from, to } with two endpoints; and { type: "failback" }',
    );
  }
  return {
    event: { type: "command", command },
    answer: (after, _before, { now, rules }) => snapshotOf(after, now, rules),
  };
}

/** A claim; throws a `StoreError` when it is none. */
export function claimTurn(asked: ClaimRequest): Turn<ClaimAnswer> {
  const endpoint = readId(asked.endpoint);
  const reporter = readReporter(asked.reporter);
  if (endpoint === undefined || reporter === undefined) throw noSense("claim");
  return {
    event: { type: "claim", request: { endpoint, reporter } },
    answer: (after, before, moment) => claimAnswer(after, before, endpoint, moment),
  };
}

function claimAnswer(
  after: Cluster,
  before: Cluster,
  endpoint: string,
  { now, rules }: Moment,
): ClaimAnswer {
  const circuit = after.endpoints.find((one) => one.id === endpoint)?.circuit;
  // Closed, isolated or unknown: there is nothing to try until somebody finds something new.
  if (circuit?.phase !== "open") return { granted: false, retryAfterMs: rules.busySyncMs };
  const trial = trialOf(circuit, now);
  // Each grant has a token of its own. Another state is none yet: instants may have been put on another clock.
  if (after.tokens !== before.tokens && trial !== undefined) {
    return { granted: true, token: trial.token, forMs: trial.until - now };
  }
  return { granted: false, retryAfterMs: Math.max(1, (trial?.until ?? circuit.until) - now) };
}

function noSense(what: string): StoreError {
  return new StoreError(
    `A store was given a ${what} that makes no sense, and did nothing with it: names are up to 128 ` +
      "characters, and nothing is newer than the store's own code.",
  );
}
