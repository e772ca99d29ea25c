/**
 * One look at one endpoint: who are you, and are you there? Shared by everyone who wants to know at
 * the same moment, so that an endpoint in trouble is asked once and not by every query.
 *
 * The checks are graded: connectivity, query, and in a full look transaction and performance
 * (`examine.ts`). The first that fails ends the look.
 *
 * @module
 */

import { probed } from "../balance/load.ts";
import { Failure } from "../model/failure.ts";
import { judge } from "../judge/judge.ts";
import { redact } from "../judge/redact.ts";
import type { Check } from "../model/event.ts";
import type { Connection } from "../ports.ts";
import { believe, type Core, type Look, type Site } from "./core.ts";
import { examine } from "./examine.ts";
import { openConnection } from "./open-connection.ts";
import { reportEndpointFailure } from "./report.ts";
import { ANSWERED_PROBE, suspect } from "./suspect.ts";
import { isGone } from "./watched.ts";
import { within } from "./within.ts";

/** How thoroughly to look: whether it answers, or also how it does. */
export type Depth = "quick" | "full";

/** Looks at the endpoint, or joins the look under way, however deep that is. Never rejects. */
export function look(core: Core, site: Site, depth: Depth = "quick"): Promise<Look> {
  site.look ??= lookAt(core, site, depth).finally(() => {
    site.look = undefined;
  });
  return site.look;
}

/** Whether the endpoint answers at all; "no, I am full" is an answer. */
export async function isAlive(core: Core, site: Site): Promise<boolean> {
  return (await look(core, site)).alive;
}

/**
 * Takes in what a handshake told (PostgreSQL 14 reports `in_hot_standby`). "I am a replica" is believed
 * at once, "I am the primary" is asked about: an old primary come back says so too. A handshake that
 * began before the last word on this endpoint, as during a failover, is asked about in any case.
 */
export function heedHandshake(
  core: Core,
  site: Site,
  { toldRole }: Connection,
  askedAt: number,
): void {
  if (toldRole === undefined) return;
  site.told = toldRole;
  if (toldRole === site.member.role) return;
  if (!isOvertaken(site, askedAt)) believe(core, { type: "told", id: site.id, role: toldRole });
  if (toldRole !== site.member.role) void look(core, site);
}

/**
 * Takes in what came with an answer: after a promotion a session tells of it with the next one. Only
 * that is news; an answer that was under way at the time still tells of the replica.
 */
export function heedAnswer(core: Core, site: Site, { toldRole }: Connection): void {
  if (toldRole !== "primary" || site.told === "primary") return;
  site.told = toldRole;
  if (site.member.role !== "primary") void look(core, site);
}

async function lookAt(core: Core, site: Site, depth: Depth): Promise<Look> {
  const startedAt = core.runtime.clock.now();
  const { round } = site.circuit;
  const asked = await ask(core, site, depth);
  if (isGone(core, site)) return asked;
  const found = despiteAnswers(site, asked, startedAt);
  const failed = failedCheck(found);
  core.bus.emit({
    type: "probe",
    endpoint: site.id,
    ok: failed === undefined,
    elapsedMs: core.runtime.clock.now() - startedAt,
    ...(failed === undefined ? {} : { failed }),
  });
  if (!found.alive) {
    const { kind } = judge(found.failure, site.connector.dialect);
    reportEndpointFailure(core, site, kind, { round, by: "probe" });
    return found;
  }
  // "No, I am full" is an answer, but nothing to be trusted with work again for.
  if (found.report !== undefined && site.health.state !== "alive") {
    suspect(core, site, ANSWERED_PROBE);
  }
  if (found.report !== undefined && !isOvertaken(site, startedAt)) {
    believe(core, { type: "reported", id: site.id, report: found.report });
  }
  return found;
}

/** Whether more was learned since the question was asked: a failover does not wait for a look. */
function isOvertaken({ member }: Site, askedAt: number): boolean {
  return member.confirmedAt !== undefined && member.confirmedAt > askedAt;
}

/**
 * Who answered somebody since the question was asked is there, whatever became of the question: a database
 * so busy that it answers in seconds must not be taken out, or its peers are next.
 */
function despiteAnswers(site: Site, found: Look, askedAt: number): Look {
  if (found.alive || site.answeredAt <= askedAt) return found;
  return { alive: true, report: undefined, failed: failedCheck(found) };
}

function failedCheck(found: Look): Check | undefined {
  if (found.alive) return found.failed;
  return found.failure.phase === "connecting" ? "connectivity" : "query";
}

async function ask(core: Core, site: Site, depth: Depth): Promise<Look> {
  const { clock } = core.runtime;
  const startedAt = clock.now();
  const { timeoutMs } = core.settings.probe;
  if (core.over) return { alive: false, failure: silent(site.id, 0) };
  const bound = { clock, limitMs: timeoutMs, cuts: core.cuts };
  const pooled = site.pool.takeIdle();
  try {
    const connection = pooled?.connection ??
      (await openConnection(site.connector, bound));
    try {
      const askedAt = clock.now();
      const report = await within(
        connection.inspect(),
        bound,
        () => silent(site.id, timeoutMs),
      );
      probed(site.member.load, clock.now() - askedAt, clock.now());
      const failed = depth === "full" ? await examine(core, site, connection, report) : undefined;
      if (pooled !== undefined) site.pool.putBack(pooled, clock.now());
      else site.pool.adopt(connection, startedAt);
      site.trouble = undefined;
      return { alive: true, report, failed };
    } catch (thrown) {
      if (pooled !== undefined) site.pool.destroy(pooled, "failed a probe");
      else connection.destroy();
      throw thrown;
    }
  } catch (thrown) {
    const failure = thrown instanceof Failure ? thrown : silent(site.id, timeoutMs);
    const { kind } = judge(failure, site.connector.dialect);
    // Neither when everything is cut by close(), nor against what it answered meanwhile.
    const isNews = !core.over && site.answeredAt <= startedAt;
    if (isNews) site.trouble = { kind, message: redact(failure.message, []) };
    const answered = failure.origin === "server" && kind !== "unavailable" &&
      kind !== "disconnected";
    return answered
      ? { alive: true, report: undefined, failed: undefined }
      : { alive: false, failure };
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
