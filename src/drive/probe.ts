/**
 * One look at one endpoint: who are you, and are you there? Shared by everyone who wants to know at
 * the same moment, so that an endpoint in trouble is asked once and not by every query.
 *
 * The checks are graded: connectivity, query, and in a full look transaction and performance
 * (`examine.ts`). The first that fails is told.
 *
 * @module
 */

import { judge } from "../judge/judge.ts";
import type { Check } from "../model/event.ts";
import type { Connection } from "../ports.ts";
import { ask, type Depth } from "./ask.ts";
import { besideOthers } from "./glance.ts";
import { believe, type Look, type Site } from "./core.ts";
import { isOutspoken } from "./quarrel.ts";
import { reportEndpointFailure } from "./report.ts";
import type { Scope } from "./scope.ts";
import { ANSWERED_PROBE, suspect } from "./suspect.ts";
import { isGone } from "./watched.ts";

/** Looks at the endpoint, or joins the look under way, however deep that is. Never rejects. */
export function look(scope: Scope, site: Site, depth: Depth = "quick"): Promise<Look> {
  const { looks } = scope.quest;
  const underway = looks.get(site);
  if (underway !== undefined) return underway;
  const looking = scope.lines === undefined
    ? lookAt(scope, site, depth)
    : besideOthers(scope, site, () => lookAt(scope, site, depth));
  const shared = looking.finally(() => looks.delete(site));
  looks.set(site, shared);
  return shared;
}

/** Whether the endpoint answers at all; "no, I am full" is an answer. */
export async function isAlive(scope: Scope, site: Site): Promise<boolean> {
  return (await look(scope, site)).alive;
}

/**
 * Takes in what a handshake told (PostgreSQL 14 reports `in_hot_standby`). "I am a replica" is believed
 * at once, "I am the primary" is asked about: an old primary come back says so too. A handshake that
 * began before the last word on this endpoint, as during a failover, is asked about in any case.
 */
export function heedHandshake(
  scope: Scope,
  site: Site,
  { toldRole }: Connection,
  askedAt: number,
): void {
  if (toldRole === undefined) return;
  site.told = toldRole;
  if (toldRole === site.member.role) return;
  if (!isOvertaken(site, askedAt)) {
    believe(scope.core, { type: "told", id: site.id, role: toldRole });
  }
  if (toldRole !== site.member.role) scope.keep(look(scope, site));
}

/**
 * Takes in what came with an answer: after a promotion a session tells of it with the next one. Only
 * that is news; an answer that was under way at the time still tells of the replica.
 */
export function heedAnswer(scope: Scope, site: Site, { toldRole }: Connection): void {
  if (toldRole !== "primary" || site.told === "primary") return;
  site.told = toldRole;
  if (site.member.role !== "primary") scope.keep(look(scope, site));
}

async function lookAt(scope: Scope, site: Site, depth: Depth): Promise<Look> {
  const { core } = scope;
  const startedAt = core.runtime.clock.now();
  const { round } = site.circuit;
  const asked = await ask(scope, site, depth);
  if (scope.over || isGone(core, site)) return asked;
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
  if (found.report !== undefined) site.shared.lookedAt = core.runtime.clock.now();
  site.shared.doubted = false;
  if (found.report !== undefined && site.health.state !== "alive") {
    suspect(core, site, ANSWERED_PROBE);
  }
  const { report } = found;
  if (report !== undefined && !isOvertaken(site, startedAt) && !isOutspoken(core, site, report)) {
    believe(core, { type: "reported", id: site.id, report });
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
