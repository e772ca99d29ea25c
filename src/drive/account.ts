/**
 * What an isolate has to say of its endpoints.
 *
 * Only what it knows of its own: what it was told is not told on, or one word would be heard as many.
 *
 * @module
 */

import { BELIEF_FORMAT, type EndpointReport, type Report } from "../model/belief.ts";
import type { Core, Site } from "./core.ts";
import { answeredAt, drawReporter, type Share } from "./share.ts";
import { isProber } from "./election.ts";

/** Whoever had an answer within this time uses it: as long as the store counts them. */
const USES_MS = 60_000;

/** The next report. */
export function account(core: Core, share: Share, now: number): Report {
  if (share.reporter === "") share.reporter = drawReporter(core);
  share.seq++;
  return {
    v: BELIEF_FORMAT,
    reporter: share.reporter,
    seq: share.seq,
    sinceMs: share.answeredAt === -Infinity ? 0 : Math.max(1, now - share.answeredAt),
    ...(isProber(core, share) ? { prober: true } : {}),
    endpoints: [...core.sites.values()].map((site) => tellOf(site, now)),
  };
}

function tellOf(site: Site, now: number): EndpointReport {
  const { member, shared } = site;
  const { role, generation, confirmedAt } = member;
  const knowsRole = confirmedAt !== undefined && confirmedAt !== shared.roleAt &&
    (role === "primary" || role === "replica");
  const { lagMs } = member.load;
  const knowsLag = lagMs !== undefined && shared.ownLag;
  return {
    id: site.id,
    ...verdictOf(site, now),
    ...(knowsRole
      ? {
        role: {
          role,
          ...(generation === undefined ? {} : { generation }),
          agoMs: now - confirmedAt,
        },
      }
      : {}),
    ...(knowsLag ? { lag: { lagMs, agoMs: now - shared.lagAt } } : {}),
    ...(shared.trial === undefined ? {} : { trial: shared.trial }),
  };
}

function verdictOf(site: Site, now: number): Pick<EndpointReport, "saw" | "agoMs"> {
  if (isAccused(site)) return { saw: "down", agoMs: Math.max(0, now - site.shared.failedAt) };
  const agoMs = now - answeredAt(site);
  return agoMs > USES_MS ? {} : { saw: "up", agoMs };
}

/** Whether it is out by this isolate's own evidence. */
export function isAccused({ circuit, shared }: Site): boolean {
  if (circuit.phase === "open") return circuit.because !== "told";
  return circuit.phase === "halfOpen" && shared.told === undefined;
}
