/**
 * The one trial of an endpoint that is out for everybody: asked for in the background, made by looking at the
 * endpoint, told to the store. No caller is a trial, and none waits for one.
 *
 * @module
 */

import { asksForTrial } from "../cluster/reporting.ts";
import type { Belief, Beliefs } from "../cluster/merge.ts";
import type { Core, Site } from "./core.ts";
import { isProber } from "./election.ts";
import { look } from "./probe.ts";
import type { Scope } from "./scope.ts";
import { isStrong, type Share } from "./share.ts";
import { ask, sync } from "./sync.ts";

/** Who called within this time may call again, ours: a minute, as long as users are counted. */
const WANTED_MS = 60_000;

/** Asks for the trials that are due, makes those that are granted, and tells of them. Never rejects. */
export async function claimTrials(scope: Scope, share: Share): Promise<void> {
  const { core } = scope;
  const { beliefs, store } = share;
  if (beliefs === undefined || !isStrong(store) || core.over) return;
  const due = beliefs.endpoints.flatMap((belief) => {
    const site = core.sites.get(belief.id);
    return site !== undefined && isToAsk(core, site, belief, share) ? [site] : [];
  });
  const made = await Promise.all(due.map((site) => claim(scope, site, share)));
  if (made.includes(true)) await sync(core, share);
}

function isToAsk(core: Core, site: Site, belief: Belief, share: Share): boolean {
  const { beliefs } = share;
  if (beliefs === undefined || site.shared.trial !== undefined) return false;
  if (site.connector.scalesToZero === true && !isWanted(core, share, beliefs)) return false;
  const around = isProber(core, share) ? { ...beliefs, fleet: 1, probes: false } : beliefs;
  const now = core.runtime.clock.now();
  const random = core.runtime.random();
  const { drawnFor } = site.shared;
  if (belief.phase !== "open" || now < belief.until || drawnFor === belief.until) return false;
  const asks = asksForTrial(belief, around, { now, random, drawnFor });
  site.shared.drawnFor = belief.until;
  return asks;
}

/** Nobody wakes a database that sleeps only to know whether it is well. */
function isWanted({ runtime }: Core, { calledAt }: Share, { fleet }: Beliefs): boolean {
  // A coordinator is called by nobody, but it hears of those who are there.
  if (runtime.coordinates === true) return fleet > 0;
  return runtime.clock.now() - calledAt <= WANTED_MS;
}

/** Whether a trial was made. */
async function claim(scope: Scope, site: Site, share: Share): Promise<boolean> {
  const { core } = scope;
  const { store, counts } = share;
  if (!isStrong(store)) return false;
  counts.claims++;
  try {
    const request = { endpoint: site.id, reporter: share.reporter };
    const answer = await ask(core, (terms) => store.claim(request, terms));
    if (answer.granted !== true || !Number.isFinite(answer.token)) return false;
    counts.granted++;
    site.shared.trial = { token: answer.token, passed: await isWell(scope, site) };
    return true;
  } catch {
    // The next word of the store says whether it is still due.
    return false;
  }
}

/** As many looks in a row as close a circuit; "no, I am full" is none of those. */
async function isWell(scope: Scope, site: Site): Promise<boolean> {
  for (let answered = 0; answered < scope.core.settings.circuit.successesToClose; answered++) {
    const found = await look(scope, site);
    if (!found.alive || found.report === undefined) return false;
  }
  return true;
}
