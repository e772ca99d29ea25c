/**
 * Whether what was heard is enough to take an endpoint out for everyone (DESIGN, law 7).
 *
 * - **Several independent reporters**, and at least `quorumRatio` of those who use it: a region that alone
 *   cannot reach an endpoint must not take it away from the others, nor may one liar.
 * - **One, when there is only one**: then it has to say so twice, or the prober has to agree.
 * - **A prober is one vantage** like another. Alone, it takes nothing out while somebody has answers: only what
 *   nobody uses, or nobody has had an answer from for as long as everybody takes to report.
 *
 * A small fleet is counted: who finds an endpoint down reports at once, so within `hearingMs` all have. A
 * large one spreads its reports evenly over longer than that (`spreadMs`). Of those who accuse a share is heard
 * in a time, the same share as of the others: the accusers of the last `hearingMs` are reckoned up to those of
 * the whole. The last, not the first: somebody finds something down at any time, long before all do.
 *
 * @module
 */

import type { EndpointReport, Report } from "../model/belief.ts";
import type { ClusterRules } from "../model/cluster-rules.ts";
import { othersPresent, spreadMs } from "./fleet.ts";
import { massAt } from "./mass.ts";
import {
  type Accuser,
  type Fleet,
  MAX_ACCUSERS,
  MAX_ACCUSERS_IN_ALL,
  type SharedEndpoint,
} from "./state.ts";

/** Said again within this time it is the same thing still. */
const AGAIN_MS = 500;

/** Fewer than half a user is nobody. */
const NOBODY = 0.5;

/** Where the prober agrees, a third of that is silence enough, ours: two vantages, and nobody against them. */
const WITH_PROBER = 1 / 3;
/** In so many rounds everybody has reported, jitter and all. */
const ROUNDS = 1.5;

/** Among whom, and when, something is judged. */
interface Situation {
  readonly fleet: Fleet;
  readonly now: number;
  readonly rules: ClusterRules;
}

/** The accusers after one reporter's word, the latest last. */
export function accuse(
  accusers: readonly Accuser[],
  { reporter, prober = false }: Report,
  now: number,
): readonly Accuser[] {
  const before = accusers.find((one) => one.reporter === reporter);
  const firstAt = before?.firstAt ?? now;
  const others = accusers.filter((one) => one !== before);
  return [...others, { reporter, firstAt, lastAt: now, prober }].slice(-MAX_ACCUSERS);
}

/** No more accusers than are kept in all. */
export function withinBounds(endpoints: readonly SharedEndpoint[]): readonly SharedEndpoint[] {
  const kept = endpoints.reduce((sum, one) => sum + one.accusers.length, 0);
  if (kept <= MAX_ACCUSERS_IN_ALL) return endpoints;
  const accused = endpoints.filter((one) => one.accusers.length > 0).length;
  const share = Math.floor(MAX_ACCUSERS_IN_ALL / accused);
  return endpoints.map((one) => {
    return one.accusers.length <= share ? one : { ...one, accusers: one.accusers.slice(-share) };
  });
}

/** The accusers without one who has had an answer since. */
export function vouch(
  accusers: readonly Accuser[],
  { reporter }: Report,
  { agoMs = 0 }: EndpointReport,
  now: number,
): readonly Accuser[] {
  const own = accusers.find((one) => one.reporter === reporter);
  if (own === undefined || now - agoMs < own.firstAt) return accusers;
  return accusers.filter((one) => one !== own);
}

/** Without those who have not said it again for too long; the same list when that is nobody. */
export function fresh(
  accusers: readonly Accuser[],
  now: number,
  lastsMs: number,
): readonly Accuser[] {
  return accusers.every((one) => now - one.lastAt <= lastsMs)
    ? accusers
    : accusers.filter((one) => now - one.lastAt <= lastsMs);
}

/** How long an accusation counts: in a large fleet nobody comes round to repeat it soon. */
export function lastsMs(fleet: Fleet, now: number, rules: ClusterRules): number {
  return Math.max(rules.evidenceMs, 3 * spreadMs(fleet, now, rules));
}

/** Why it is down by all evidence, in a few words; `undefined`: it is not. */
export function findDown(
  endpoint: SharedEndpoint,
  fleet: Fleet,
  now: number,
  rules: ClusterRules,
): string | undefined {
  const probers = endpoint.accusers.filter((one) => one.prober);
  const isolates = endpoint.accusers.filter((one) => !one.prober);
  const [first] = isolates;
  if (first === undefined) return findByProber(endpoint, probers, { fleet, now, rules });
  if (isolates.length > 1 || probers.length > 0) {
    return findTogether(endpoint, isolates, { fleet, now, rules });
  }
  if (hasAnswersSince(endpoint, first) || !isSaidAgain(first)) return undefined;
  return othersPresent(fleet, isolates, now, rules) === 0
    ? "the only one there is finds it down, and again"
    : undefined;
}

/** However many probers there were, one after the other: it takes nothing away that somebody uses. */
function findByProber(
  endpoint: SharedEndpoint,
  probers: readonly Accuser[],
  { fleet, now, rules }: Situation,
): string | undefined {
  const said = probers.find(isSaidAgain);
  if (said === undefined || hasAnswersSince(endpoint, said)) return undefined;
  if (massAt(endpoint.users, now) < NOBODY) {
    return "nobody uses it, and the prober finds it down, and again";
  }
  return said.lastAt - said.firstAt >= roundMs(fleet, now, rules)
    ? "nobody has had an answer since the prober found it down"
    : undefined;
}

/**
 * Nobody speaks for it. Where isolates live for a call or two, those who have not met it yet are always more than
 * those who have: but none of them has had an answer.
 */
function findSilent(
  endpoint: SharedEndpoint,
  isolates: readonly Accuser[],
  { fleet, now, rules }: Situation,
): string | undefined {
  const firstAt = onset(endpoint.accusers);
  const agrees = endpoint.accusers.length > isolates.length;
  const silentMs = roundMs(fleet, now, rules) * (agrees ? WITH_PROBER : 1);
  if (now - firstAt < silentMs) return undefined;
  if ((endpoint.answeredAt ?? -Infinity) > firstAt) return undefined;
  return `nobody has had an answer since ${isolates.length} found it down`;
}

/** Whoever has answers has said so by then. */
function roundMs(fleet: Fleet, now: number, rules: ClusterRules): number {
  return ROUNDS * Math.max(rules.quietSyncMs, spreadMs(fleet, now, rules));
}

function hasAnswersSince(
  { answeredAt = -Infinity }: SharedEndpoint,
  { firstAt }: Accuser,
): boolean {
  return answeredAt > firstAt;
}

function findTogether(
  endpoint: SharedEndpoint,
  isolates: readonly Accuser[],
  { fleet, now, rules }: Situation,
): string | undefined {
  const { accusers, users } = endpoint;
  const { hearingMs, quorumRatio } = rules;
  const spread = spreadMs(fleet, now, rules);
  const isLarge = spread > hearingMs;
  if (isLarge && now - onset(accusers) < hearingMs) return undefined;
  const lately = isolates.filter((one) => now - one.lastAt < hearingMs).length;
  const reckoned = isLarge ? lately * (spread / hearingMs) : 0;
  const accusing = Math.max(isolates.length, reckoned);
  // As of their last word: that the others have nothing to say meanwhile makes nobody a majority.
  const lastAt = Math.max(...isolates.map((one) => one.lastAt));
  // Whole ones, or half of them would be more than half between two syncs.
  const using = Math.max(Math.round(massAt(users, lastAt)), accusing);
  const prober = accusers.length > isolates.length ? 1 : 0;
  if (accusing + prober <= quorumRatio * (using + prober)) {
    return findSilent(endpoint, isolates, { fleet, now, rules });
  }
  const share = `${Math.round(accusing)} of about ${Math.round(using)} who use it find it down`;
  return prober > 0 ? `${share}, and so does the prober` : share;
}

function onset(accusers: readonly Accuser[]): number {
  return accusers.reduce((soonest, one) => Math.min(soonest, one.firstAt), Infinity);
}

/** When `findDown` may come to something else without anybody saying anything more. */
export function hearingOverAt(
  { accusers }: SharedEndpoint,
  { hearingMs }: ClusterRules,
): number {
  return onset(accusers) + hearingMs;
}

function isSaidAgain({ firstAt, lastAt }: Accuser): boolean {
  return lastAt - firstAt >= AGAIN_MS;
}
