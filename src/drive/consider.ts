/**
 * Gathers what a decision looks at, and enters in the trip what was decided.
 *
 * @module
 */

import { balance, withdraw } from "../retry/budget.ts";
import { decide, type Decision } from "../retry/decide.ts";
import { delayBefore } from "../retry/delay.ts";
import type { Core, Site } from "./core.ts";
import { elsewhere } from "./choose.ts";
import { learnWrite } from "./plan.ts";
import { remainingMs, type Trip } from "./trip.ts";
import type { Judged } from "./verdict.ts";

/** How often one call may find that its idea of the primary was wrong. */
const MAX_REROUTES = 3;

/** What follows a failed attempt. */
export function consider(core: Core, site: Site, trip: Trip, failed: Judged): Decision {
  const { random } = core.runtime;
  const { retry } = core.settings.execution;
  const { outcome } = failed;
  const { now } = trip;
  if (outcome.kind === "readOnly" && failed.failure !== undefined) heedRefusal(core, trip);
  // What may have run of a BEGIN died with its connection.
  if (outcome.executed !== "no" && trip.hold === undefined) trip.mayHaveRun = true;
  if (!trip.tried.includes(site.id)) trip.tried = [...trip.tried, site.id];
  // A replica's refusal showed that it writes, and another attempt of it may have: that is no read to repeat.
  if (trip.safety === "write" && trip.mayHaveRun && outcome.executed === "no") {
    return { action: "fail", because: "an earlier attempt may have run" };
  }
  const decision = decide({
    outcome,
    attempt: trip.attempts - trip.reroutes,
    maxAttempts: retry.maxAttempts,
    safe: trip.safety,
    inTransaction: trip.hold?.lease !== undefined,
    remainingMs: remainingMs(trip, now),
    elsewhere: elsewhere(core, trip),
    delayMs: delayBefore(retry, trip.attempts, trip.delayMs, random),
    budget: balance(core.budget, now) >= 1,
  });
  if (decision.action === "fail") return decision;
  if (decision.action === "reroute") {
    if (++trip.reroutes > MAX_REROUTES) {
      return { action: "fail", because: "every endpoint that was asked is read-only" };
    }
    return decision;
  }
  withdraw(core.budget, now);
  trip.delayMs = decision.delayMs;
  core.bus.emit({
    type: "retry",
    endpoint: site.id,
    kind: outcome.kind,
    attempt: trip.attempts,
    delayMs: decision.delayMs,
  });
  return decision;
}

/** What was taken for a read writes: a function of the user's own. From now on it is a write. */
function heedRefusal(core: Core, trip: Trip): void {
  if (trip.work !== "read") return;
  trip.work = "write";
  trip.safety = "write";
  learnWrite(core.plans, trip.plan, core.dialect);
}
