/**
 * Looks at every endpoint from time to time: who is primary, and does an endpoint whose circuit is
 * open answer again.
 *
 * @module
 */

import { admits, at, cooldownMs } from "../admit/circuit.ts";
import type { Core, Site } from "./core.ts";
import { untilAcquainted } from "./share.ts";
import { isLookedAfter } from "./election.ts";
import { look } from "./probe.ts";
import {
  reportAnswered,
  reportEndpointFailure,
  reportOvertaken,
  reportProbeSuccess,
  takeTrial,
} from "./report.ts";
import type { Scope } from "./scope.ts";
import { isGone, probesByClock } from "./watched.ts";

/** No two looks of the clock's own are closer where there is no hurry (MongoDB's minHeartbeatFrequencyMS). */
const MIN_INTERVAL_MS = 500;
/** Looks are spread by up to this share to either side, so that a fleet does not probe in step. */
const JITTER_RATIO = 0.1;

/** Starts looking, if the place allows work between requests. */
export function startProber(core: Core): void {
  if (!probesByClock(core) || core.proberOn) return;
  core.proberOn = true;
  // At once for the first time: roles are declared by people, and people are sometimes wrong.
  for (const site of core.sites.values()) schedule(core, site, untilAcquainted(core));
  // The next look was due when the interval ends; an endpoint in doubt is looked at sooner.
  core.bus.on("circuit", ({ to, endpoint }) => {
    if (to === "open") lookSooner(core, endpoint);
  });
  core.bus.on("health", ({ to, endpoint }) => {
    if (to === "suspect") lookSooner(core, endpoint);
  });
}

/** Goes on with an endpoint that was added while the prober runs. */
export function probeToo(core: Core, site: Site): void {
  if (!core.proberOn) return;
  schedule(core, site, 0);
}

/** Somebody has met trouble there, and this isolate looks for all: unless it has looked just now. */
export function lookAtOnce(core: Core, site: Site): void {
  const now = core.runtime.clock.now();
  if (!core.proberOn || now - site.shared.lookedAt < MIN_INTERVAL_MS) return;
  if (now < site.nextLookAt) schedule(core, site, 0);
}

/** Never later: trouble that comes and goes would put the look off each time, and there would be none. */
function lookSooner(core: Core, id: string): void {
  const site = core.sites.get(id);
  if (site === undefined) return;
  const delayMs = nextDelay(core, site);
  if (core.runtime.clock.now() + delayMs < site.nextLookAt) schedule(core, site, delayMs);
}

/** Each endpoint has one next look: whoever schedules later knows better. */
function schedule(core: Core, site: Site, delayMs: number): void {
  site.nextLook?.cancel();
  if (core.closed || site.member.draining || isGone(core, site)) return;
  site.nextLookAt = core.runtime.clock.now() + delayMs;
  if (!core.runtime.background) return; // A tick comes round.
  site.nextLook = core.runtime.clock.background(delayMs, () => void lookNow(core.scope, site));
}

/** Takes the looks that are due, where somebody else has the clock. Never rejects. */
export async function lookIfDue(scope: Scope): Promise<void> {
  const { core } = scope;
  const now = core.runtime.clock.now();
  const due = [...core.sites.values()].filter((site) => now >= site.nextLookAt);
  await Promise.all(due.map((site) => lookNow(scope, site)));
}

async function lookNow(scope: Scope, site: Site): Promise<void> {
  const { core } = scope;
  site.nextLookAt = Infinity;
  if (!maySleep(core, site) && !isLookedAfter(core, site)) await visit(scope, site);
  schedule(core, site, nextDelay(core, site));
}

/**
 * A database that scales to zero is left asleep: it is looked at only when something is wrong with it, or
 * its role is not known, and somebody wanted it within the last interval.
 */
function maySleep(core: Core, site: Site): boolean {
  if (site.connector.scalesToZero !== true) return false;
  const isWell = site.health.state === "alive" && site.circuit.phase === "closed";
  const now = core.runtime.clock.now();
  return isWell || now - site.wantedAt > core.settings.probe.intervalMs;
}

async function visit(scope: Scope, site: Site): Promise<void> {
  const { core } = scope;
  const { clock } = core.runtime;
  const now = clock.now();
  const onTrial = at(site.circuit, now).phase === "halfOpen" &&
    admits(site.circuit, now, core.settings.circuit);
  if (onTrial) takeTrial(core, site);
  const found = await look(scope, site, "full");
  const answers = found.alive && found.report !== undefined;
  if (!onTrial) return answers ? reportAnswered(core, site) : undefined;
  if (answers) reportProbeSuccess(core, site);
  // "No, I am full" speaks neither for it nor against it.
  else if (found.alive) reportOvertaken(core, site, site.circuit.round);
  // The look may have been under way before the trial was taken, and have spoken for an earlier round.
  else if (site.circuit.phase === "halfOpen") {
    const { round } = site.circuit;
    reportEndpointFailure(core, site, "unavailable", { round, by: "probe" });
  }
}

/**
 * How often an endpoint that is suspect, has just gone out or begins to answer again is looked at: most are
 * back in a moment (a restart takes a tenth of a second). A tenth of AWS's pace after a failover (failover2:
 * 100 ms for 30 s), as every isolate does it.
 */
const EAGER_MS = 200;
/** After so long in doubt it is not in a hurry any more: it answers, but it cannot be worked with. */
const HURRY_MS = 2_000;
/** One that is down is looked at again after this share of the time it has been: nothing is noticed much too late. */
const DOWN_SHARE = 0.1;

/** When to look next: at the usual interval, sooner at what is down or in doubt (MongoDB's and HAProxy's way). */
function nextDelay(core: Core, site: Site): number {
  const { intervalMs } = core.settings.probe;
  const now = core.runtime.clock.now();
  const jitter = 1 + JITTER_RATIO * (2 * core.runtime.random() - 1);
  const usual = intervalMs * jitter;
  const sinceMs = now - site.healthSince;
  switch (site.health.state) {
    case "down":
      if (site.health.successes > 0) return Math.min(usual, EAGER_MS);
      return Math.min(usual, Math.max(EAGER_MS, DOWN_SHARE * sinceMs * jitter));
    case "suspect":
      return Math.min(usual, sinceMs < HURRY_MS ? EAGER_MS : Math.max(MIN_INTERVAL_MS, usual / 2));
    case "alive":
      return Math.min(usual, untilSure(site, usual, now));
    default:
      return site.health.state satisfies never;
  }
}

/** Its circuit is out, or its role is in doubt (5 s then, as MongoDB); the next trial may be due sooner. */
function untilSure(site: Site, usual: number, now: number): number {
  const { circuit, member: { role } } = site;
  const isSure = role === "primary" || role === "replica";
  if (circuit.phase === "closed" && isSure) return usual;
  if (circuit.phase === "open" && circuit.openings === 1) return EAGER_MS;
  const trialInMs = circuit.phase === "closed" ? usual : cooldownMs(circuit, now);
  return Math.max(MIN_INTERVAL_MS, Math.min(usual / 2, trialInMs));
}
