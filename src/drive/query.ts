/**
 * A query's whole path:
 * classify → route → balance → admit → attempt → judge → decide → report.
 *
 * @module
 */

import type { Result, Row } from "../model/result.ts";
import { acquaint, isCold } from "./acquaint.ts";
import { attempt } from "./attempt.ts";
import { attend } from "./attend.ts";
import { arrive } from "./arrive.ts";
import { type Call, depart } from "./depart.ts";
import { blame } from "./blame.ts";
import { choose } from "./choose.ts";
import { consider } from "./consider.ts";
import { attemptHedged } from "./hedge.ts";
import { pause } from "./pause.ts";
import { nowhereToGo, refusal } from "./refusal.ts";
import { enter, leave } from "./running.ts";
import { reportGivenUp, reportSuccess } from "./report.ts";
import type { Scope } from "./scope.ts";
import { findPrimary, mayFindPrimary, reroute } from "./search.ts";
import { judged } from "./verdict.ts";

/** Runs one statement wherever it may run, as often as it safely may, until its deadline. */
export async function query<R = Row>(scope: Scope, call: Call): Promise<Result<R>> {
  const { core } = scope;
  const trip = depart(scope, call); // classify
  const presence = enter(core, call, trip.deadlineAt);
  try {
    if (core.share !== undefined) {
      if (isCold(core, trip.now)) await acquaint(core, trip);
      else attend(scope, trip.now);
    }
    for (;;) {
      const chosen = choose(core, trip); // route → balance → admit
      if ("because" in chosen) {
        if (!mayFindPrimary(core, trip)) throw nowhereToGo(core, trip, chosen);
        await findPrimary(core, trip);
        continue;
      }
      trip.attempts++;
      trip.site = chosen;
      const run = trip.hedge === undefined ? attempt<R> : attemptHedged<R>;
      try {
        const answer = await run(core, chosen, trip); // attempt
        const { site = chosen } = trip; // of two that were asked, the one that answered
        const result = arrive(site, trip, answer); // judge
        reportSuccess(core, site, trip); // report
        return result;
      } catch (thrown) {
        const { site = chosen } = trip;
        const failed = judged(thrown, site, trip); // judge
        blame(core, site, trip, failed); // report
        const next = consider(core, site, trip, failed); // decide
        if (next.action === "fail") throw refusal(site, trip, failed, next.because);
        if (next.action === "reroute") {
          if (!(await reroute(core, trip, site))) {
            throw refusal(site, trip, failed, "it is the primary");
          }
        } else await pause(core, trip, next.delayMs);
      }
    }
  } catch (error) {
    // A transaction's BEGIN is no call of its own, and may be made again.
    if (call.hold === undefined) reportGivenUp(core, trip.attempts, error);
    throw error;
  } finally {
    leave(core, call, presence);
    if (core.share !== undefined) attend(scope, trip.now);
  }
}
