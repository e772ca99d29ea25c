/**
 * Looks at every endpoint from time to time: who is primary, and does an endpoint whose circuit is
 * open answer again.
 *
 * @module
 */

import { admits, at, cooldownMs } from "../admit/circuit.ts";
import { startAlerting } from "./alerting.ts";
import type { Core, Site } from "./core.ts";
import { look } from "./probe.ts";
import { reportAnswered, reportEndpointFailure, reportProbeSuccess, takeTrial } from "./report.ts";

/** No two looks of the clock's own are closer (MongoDB's minHeartbeatFrequencyMS). */
const MIN_INTERVAL_MS = 500;
/** Looks are spread by up to this share to either side, so that a fleet does not probe in step. */
const JITTER_RATIO = 0.1;

/** Starts looking, if the place allows work between requests. Does nothing the second time. */
export function startProber(core: Core): void {
  if (core.probing) return;
  core.probing = true;
  startAlerting(core);
  if (!probesByClock(core)) return;
  // At once for the first time: roles are declared by people, and people are sometimes wrong.
  for (const site of core.sites.values()) schedule(core, site, 0);
  // The next look was due when the interval ends; an endpoint that is out is looked at sooner.
  core.bus.on("circuit", (event) => {
    const site = event.type === "circuit" ? core.sites.get(event.endpoint) : undefined;
    if (site === undefined || site.circuit.phase !== "open") return;
    schedule(core, site, nextDelay(core, site));
  });
}

/** Whether endpoints are looked at without any traffic. */
export function probesByClock(core: Core): boolean {
  return core.runtime.background && core.settings.probe.intervalMs > 0;
}

/** Goes on with an endpoint that was added while the prober runs. */
export function probeToo(core: Core, site: Site): void {
  if (!core.probing || !probesByClock(core)) return;
  schedule(core, site, 0);
}

/** Each endpoint has one next look: whoever schedules later knows better. */
function schedule(core: Core, site: Site, delayMs: number): void {
  site.nextLook?.cancel();
  if (core.closed || site.member.draining || !core.sites.has(site.id)) return;
  site.nextLook = core.runtime.clock.background(delayMs, () => {
    void visit(core, site).then(() => schedule(core, site, nextDelay(core, site)));
  });
}

async function visit(core: Core, site: Site): Promise<void> {
  const { clock } = core.runtime;
  const now = clock.now();
  const onTrial = at(site.circuit, now).phase === "halfOpen" &&
    admits(site.circuit, now, core.settings.circuit);
  if (onTrial) takeTrial(core, site);
  const { alive } = await look(core, site);
  if (!onTrial) return alive ? reportAnswered(core, site) : undefined;
  if (alive) reportProbeSuccess(core, site);
  // The look may have been under way before the trial was taken, and have spoken for an earlier round.
  else if (site.circuit.phase === "halfOpen") {
    reportEndpointFailure(core, site, "unavailable", site.circuit.round);
  }
}

/**
 * How often an endpoint that has just gone out is looked at: most are back in a moment (a restart takes a
 * tenth of a second). A tenth of AWS's pace after a failover (failover2: 100 ms for 30 s), as every isolate does it.
 */
const EAGER_MS = 200;

/**
 * The usual interval; half of it for an endpoint that is out or whose role is in doubt (5 s while suspect,
 * MongoDB's and HAProxy's way), sooner when its next trial is due.
 */
function nextDelay(core: Core, site: Site): number {
  const { intervalMs } = core.settings.probe;
  const now = core.runtime.clock.now();
  const usual = intervalMs * (1 + JITTER_RATIO * (2 * core.runtime.random() - 1));
  const { role } = site.member;
  const isSure = role === "primary" || role === "replica";
  if (site.circuit.phase === "closed" && isSure) return usual;
  if (site.circuit.phase === "open" && site.circuit.openings === 1) return EAGER_MS;
  const trialInMs = site.circuit.phase === "closed" ? usual : cooldownMs(site.circuit, now);
  return Math.max(MIN_INTERVAL_MS, Math.min(usual / 2, trialInMs));
}
