/**
 * One look at one endpoint: who are you, and are you there? Shared by everyone who wants to know at
 * the same moment, so that an endpoint in trouble is asked once and not by every query.
 *
 * @module
 */

import { Failure } from "../model/failure.ts";
import { judge } from "../judge/judge.ts";
import type { Connection, RoleReport } from "../ports.ts";
import { believe, type Core, type Site } from "./core.ts";
import { openConnection } from "./open-connection.ts";
import { reportEndpointFailure } from "./report.ts";
import { within } from "./within.ts";

/** What a look found. */
export type Look =
  | { readonly alive: true; readonly report: RoleReport | undefined }
  | { readonly alive: false; readonly failure: Failure };

/** Looks at the endpoint, or joins the look under way. Never rejects. */
export function look(core: Core, site: Site): Promise<Look> {
  site.look ??= lookAt(core, site).finally(() => {
    site.look = undefined;
  });
  return site.look;
}

/** Whether the endpoint answers at all; "no, I am full" is an answer. */
export async function isAlive(core: Core, site: Site): Promise<boolean> {
  return (await look(core, site)).alive;
}

/**
 * Takes in what a connection tells of its own accord: PostgreSQL reports `in_hot_standby` at the
 * handshake, and after a promotion with the next answer. What contradicts the map is asked about.
 */
export function heed(core: Core, site: Site, { toldRole }: Connection): void {
  if (toldRole === undefined || toldRole === site.told) return;
  site.told = toldRole;
  if (toldRole === site.member.role) return;
  believe(core, { type: "told", id: site.id, role: toldRole });
  if (toldRole !== site.member.role) void look(core, site);
}

async function lookAt(core: Core, site: Site): Promise<Look> {
  const startedAt = core.runtime.clock.now();
  const { round } = site.circuit;
  const found = await ask(core, site);
  core.bus.emit({
    type: "probe",
    endpoint: site.id,
    ok: found.alive,
    elapsedMs: core.runtime.clock.now() - startedAt,
  });
  if (!found.alive) {
    const { kind } = judge(found.failure, site.connector.dialect);
    reportEndpointFailure(core, site, kind, round);
  } else if (found.report !== undefined) {
    believe(core, { type: "reported", id: site.id, report: found.report });
  }
  return found;
}

async function ask(core: Core, site: Site): Promise<Look> {
  const { clock } = core.runtime;
  const { timeoutMs } = core.settings.probe;
  if (core.over) return { alive: false, failure: silent(site.id, 0) };
  const bound = { clock, limitMs: timeoutMs, cuts: core.cuts };
  const pooled = site.pool.takeIdle();
  try {
    const connection = pooled?.connection ??
      (await openConnection(site.connector, bound));
    try {
      const report = await within(
        connection.inspect(),
        bound,
        () => silent(site.id, timeoutMs),
      );
      if (pooled !== undefined) site.pool.release(pooled, true, clock.now());
      else site.pool.adopt(connection);
      return { alive: true, report };
    } catch (thrown) {
      if (pooled !== undefined) site.pool.destroy(pooled, "failed a probe");
      else connection.destroy();
      throw thrown;
    }
  } catch (thrown) {
    const failure = thrown instanceof Failure ? thrown : silent(site.id, timeoutMs);
    const { kind } = judge(failure, site.connector.dialect);
    const answered = failure.origin === "server" && kind !== "unavailable" &&
      kind !== "disconnected";
    return answered ? { alive: true, report: undefined } : { alive: false, failure };
  }
}

function silent(id: string, timeoutMs: number): Failure {
  return new Failure({
    origin: "network",
    phase: "sent",
    code: "SILENT",
    message: `Endpoint "${id}" did not answer a probe within ${timeoutMs} ms`,
    connection: "broken",
  });
}
