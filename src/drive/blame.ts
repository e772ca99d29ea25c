/**
 * Who is to blame for a failed attempt: before a broken line counts against its endpoint, the endpoint is
 * asked. A server that ends sessions (a pooler's restart, pg_terminate_backend) fails every statement
 * under way at once and is well a moment later; counted one by one they would take it out of service.
 *
 * @module
 */

import { redact } from "../judge/redact.ts";
import type { Core, Site } from "./core.ts";
import { isAlive } from "./probe.ts";
import { reportBrokenLine, reportEndpointFailure, reportFailure } from "./report.ts";
import type { Trip } from "./trip.ts";
import type { Judged } from "./verdict.ts";

/** Tells the circuit of a failed attempt, at once or when the endpoint was asked. */
export function blame(core: Core, site: Site, trip: Trip, failed: Judged): void {
  const { outcome, failure } = failed;
  noteTrouble(site, trip, failed);
  const isLine = outcome.kind === "disconnected" && failure !== undefined;
  if (!isLine) return reportFailure(core, site, trip, outcome);
  const { round } = trip;
  site.failed++;
  site.lastFailure = outcome.kind;
  const blamed = isAlive(trip.scope, site).then((alive) => {
    if (alive) reportBrokenLine(core, site, round);
    else reportEndpointFailure(core, site, outcome.kind, { round, by: "query" });
  });
  trip.scope.keep(blamed);
}

/** Who finds nowhere to go later is told what was wrong here. A refused statement is an answer. */
function noteTrouble(site: Site, trip: Trip, { outcome, message }: Judged): void {
  if (outcome.scope === "endpoint") {
    site.trouble = { kind: outcome.kind, message: redact(message, trip.statement.params) };
  } else if (outcome.scope === "statement") site.trouble = undefined;
}
