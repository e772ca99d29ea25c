/**
 * Whether what was heard is enough to take an endpoint out for everyone (DESIGN, law 7).
 *
 * - **Several independent reporters**, and at least `quorumRatio` of those who use it: a region that alone
 *   cannot reach an endpoint must not take it away from the others, nor may one liar.
 * - **One, when there is only one**: then it has to say so twice, or the prober has to agree.
 * - **A prober is one vantage** like another. Alone, it takes nothing out while somebody has answers.
 *
 * A small fleet is counted: who finds an endpoint down reports at once, so within `hearingMs` all have. A
 * large one spreads its reports over longer than that (`spreadMs`). Of those who accuse a share is heard in a
 * time, the same share as of the others: the accusers of the first second are reckoned up to that of the whole.
 *
 * @module
 */

import type { EndpointReport, Report } from "../model/belief.ts";
import type { ClusterRules } from "../model/cluster-rules.ts";
import { othersPresent, spreadMs } from "./fleet.ts";
import { massAt } from "./mass.ts";
import { type Accuser, type Fleet, MAX_ACCUSERS, type SharedEndpoint } from "./state.ts";

/** Said again within this time it is the same thing still. */
const AGAIN_MS = 500;

/** Fewer than half a user is nobody. */
const NOBODY = 0.5;

/** The accusers after one reporter's word. */
export function accuse(
  accusers: readonly Accuser[],
  { reporter, prober = false }: Report,
  now: number,
): readonly Accuser[] {
  const before = accusers.find((one) => one.reporter === reporter);
  if (before === undefined && accusers.length >= MAX_ACCUSERS) return accusers;
  const firstAt = before?.firstAt ?? now;
  const others = accusers.filter((one) => one !== before);
  return [...others, { reporter, firstAt, lastAt: now, prober }];
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
  const { accusers } = endpoint;
  const [first] = accusers;
  if (first === undefined) return undefined;
  const probers = accusers.filter((one) => one.prober).length;
  const isolates = accusers.length - probers;
  if (accusers.length > 1) return findTogether(endpoint, fleet, now, rules);
  const hasAnswers = (endpoint.answeredAt ?? -Infinity) > first.firstAt;
  if (hasAnswers || !isSaidAgain(first)) return undefined;
  if (isolates === 1 && othersPresent(fleet, accusers, now, rules) === 0) {
    return "the only one there is finds it down, and again";
  }
  const isUsed = massAt(endpoint.users, now) >= NOBODY;
  return probers === 1 && !isUsed
    ? "nobody uses it, and the prober finds it down, and again"
    : undefined;
}

function findTogether(
  { accusers, users }: SharedEndpoint,
  fleet: Fleet,
  now: number,
  rules: ClusterRules,
): string | undefined {
  const probers = accusers.filter((one) => one.prober).length;
  const heard = accusers.length - probers;
  const heardMs = now - onset(accusers);
  const spread = spreadMs(fleet, now, rules);
  const isLarge = spread > rules.hearingMs;
  if (isLarge && heardMs < rules.hearingMs) return undefined;
  const accusing = isLarge ? heard * Math.max(1, spread / heardMs) : heard;
  const using = Math.max(massAt(users, now), accusing);
  if (accusing + probers <= rules.quorumRatio * (using + probers)) return undefined;
  const share = `${Math.round(accusing)} of about ${Math.round(using)} who use it find it down`;
  return probers > 0 ? `${share}, and so does the prober` : share;
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
