/**
 * The error a caller sees: one class per decision it can make, with nothing secret in it.
 *
 * @module
 */

import {
  AbortedError,
  AmbiguousWriteError,
  CircuitOpenError,
  ConflictError,
  DeadlineError,
  type ErrorFacts,
  ExhaustedError,
  type HoldfastError,
  NoEndpointError,
  QueryError,
  UnavailableError,
  UnreplicatedWriteError,
  UsageError,
} from "../errors.ts";
import type { ServerReport } from "../model/failure.ts";
import type { Executed } from "../model/outcome.ts";
import type { Member } from "../model/topology.ts";
import { isForeign } from "../judge/foreign.ts";
import { redact } from "../judge/redact.ts";
import type { Nowhere } from "./choose.ts";
import type { Core, Site, Trouble } from "./core.ts";
import type { Trip } from "./trip.ts";
import type { Judged } from "./verdict.ts";

/** What a call hears that is made outside of the request its connections belong to. */
export const OTHER_REQUEST: string =
  "This session belongs to another request, or to one that is over: its connections cannot be used here. " +
  "Make a session in each request, db.session({ ctx }), and keep none of them in a global";

/** The error for a trip whose last attempt failed and that is not to be tried again. */
export function refusal(site: Site, trip: Trip, failed: Judged, because: string): HoldfastError {
  const { outcome, failure } = failed;
  const said = redact(failed.message, trip.statement.params);
  const executed = executedAfterAll(trip, outcome.executed);
  const facts: ErrorFacts = {
    executed,
    endpoint: site.id,
    attempts: trip.attempts,
    kind: outcome.kind,
    ...(outcome.retryAfterMs === undefined ? {} : { retryAfterMs: outcome.retryAfterMs }),
    ...(trip.signal?.aborted === true ? { cause: trip.signal.reason } : {}),
  };
  if (failure !== undefined && isForeign(failure)) return new UsageError(OTHER_REQUEST, facts);
  const where = `on endpoint "${site.id}"${trip.attempts > 1 ? ` (attempt ${trip.attempts})` : ""}`;
  if (executed === "unknown" && trip.safety === "write" && outcome.kind !== "aborted") {
    return new AmbiguousWriteError(
      `${said} ${where}, after the write was sent: it may or may not be committed. ` +
        "Look before you run it again, or mark it idempotent if twice does no harm",
      facts,
    );
  }
  switch (outcome.kind) {
    case "statement":
    case "cancelled":
      return new QueryError(said, failure?.code, reportOf(failure?.report, trip), facts);
    case "conflict":
      return new ConflictError(
        `${said}; nothing of it was kept: run the whole transaction again`,
        failure?.code,
        facts,
      );
    case "unreplicated":
      return new UnreplicatedWriteError(
        `Committed ${where}, but no synchronous replica confirmed it (${said}): a failover may lose it`,
        facts,
      );
    case "aborted":
      return new AbortedError(
        outcome.executed === "no"
          ? `${said} while the call waited for a connection ${where}`
          : `${said} while the statement ran ${where}`,
        facts,
      );
    case "exhausted":
      return new ExhaustedError(
        `${said}; the statement did not run. Allow more connections (pool.max), or send less at once`,
        facts,
      );
    case "timeout":
      return new DeadlineError(
        outcome.executed === "no"
          ? `The deadline of ${trip.timeoutMs} ms passed while the call waited for a connection ${where}`
          : `${said} ${where}`,
        trip.timeoutMs,
        facts,
      );
    case "readOnly":
      // A session that made itself read-only is refused the same way on a primary.
      if (trip.hold?.lease !== undefined || site.member.role === "primary") {
        return new QueryError(said, failure?.code, reportOf(failure?.report, trip), facts);
      }
      return new UnavailableError(
        `${said} ${where}; no further attempt, because ${because}`,
        facts,
      );
    case "unavailable":
    case "disconnected":
    case "overloaded":
    case "misconfigured":
      return new UnavailableError(
        `${said} ${where}; no further attempt, because ${because}`,
        facts,
      );
    default:
      return outcome.kind satisfies never;
  }
}

/** Over all attempts. A transaction that did not come to its commit keeps nothing. */
function executedAfterAll(trip: Trip, last: Executed): Executed {
  if (trip.hold !== undefined && trip.safety !== "write") return "no";
  return last === "no" && trip.mayHaveRun ? "unknown" : last;
}

/** The error for a trip that found no endpoint to go to, with what was last wrong where it might have gone. */
export function nowhereToGo(core: Core, trip: Trip, nowhere: Nowhere): HoldfastError {
  const among = nowhere.because === "circuits" ? nowhere.members : core.topology.members;
  const troubled = among.find((member) => troubleOf(core, member) !== undefined);
  const kind = troubled === undefined ? undefined : troubleOf(core, troubled)?.kind;
  const facts: ErrorFacts = {
    executed: trip.mayHaveRun ? "unknown" : "no",
    attempts: trip.attempts,
    ...(kind === undefined ? {} : { kind }),
  };
  const map = among.map((member) => described(core, member)).join(", ");
  if (nowhere.because === "circuits") {
    return new CircuitOpenError(
      `Every endpoint that may serve this ${trip.work} has an open circuit: ${map}. ` +
        (nowhere.retryAfterMs === undefined
          ? "It is held open by hand until release()"
          : `The next trial is due in ${Math.ceil(nowhere.retryAfterMs)} ms`),
      {
        ...facts,
        ...(nowhere.retryAfterMs === undefined ? {} : { retryAfterMs: nowhere.retryAfterMs }),
      },
    );
  }
  const wanted = wantedBy(trip);
  // Who could not be asked may well be what is wanted: another endpoint is not what is missing.
  if (among.some((m) => m.role === "unknown" && troubleOf(core, m) !== undefined)) {
    return new UnavailableError(
      `Not every endpoint could be asked who it is, and ${wanted} is needed: ${map}`,
      facts,
    );
  }
  return new NoEndpointError(
    `There is no endpoint to go to: ${wanted} is needed, known are ${map}`,
    facts,
  );
}

function wantedBy({ work, preference: { mode, tags, maxLagMs } }: Trip): string {
  if (work === "write") return "a primary for this write";
  return `an endpoint for a read with preference "${mode}"` +
    (tags.length > 0 ? " and the tags it asks for" : "") +
    (maxLagMs === undefined || mode === "primary" ? "" : `, at most ${maxLagMs} ms behind,`);
}

function troubleOf(core: Core, { endpoint }: Member): Trouble | undefined {
  return core.sites.get(endpoint.id)?.trouble;
}

function described(core: Core, member: Member): string {
  const trouble = troubleOf(core, member);
  const said = trouble === undefined ? "" : `: ${trouble.message.slice(0, MAX_TROUBLE_LENGTH)}`;
  return `${member.endpoint.id} (${member.role}${member.draining ? ", draining" : ""}${said})`;
}

/** Of each endpoint's trouble, so that a hundred of them are still a message (ours). */
const MAX_TROUBLE_LENGTH = 200;

/** A database's report may quote the values it complains about. */
function reportOf(report: ServerReport | undefined, trip: Trip): ServerReport {
  if (report === undefined) return {};
  const { params } = trip.statement;
  return {
    ...report,
    ...(report.detail === undefined ? {} : { detail: withoutRow(redact(report.detail, params)) }),
    ...(report.hint === undefined ? {} : { hint: redact(report.hint, params) }),
  };
}

/**
 * A broken constraint's detail shows the row as the database wrote it, which may be spelled otherwise than
 * the parameter it came from: `Key (id)=(7) …`, `Failing row contains (7, Ann)`. Placeholders may stay.
 */
function withoutRow(detail: string): string {
  return detail.replace(/(=|contains )\((?!(?:\$\d+(?:, )?)+\))[^]*\)/, "$1(…)");
}
