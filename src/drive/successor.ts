/**
 * The fall back of a primary that nothing brings back: another one, if that is wanted without a person.
 *
 * Two primaries are worse than none: whatever is in doubt is left to a person.
 *
 * @module
 */

import { MAX_TRIES, mayTry, noSuccession, step, type Succession } from "../health/succession.ts";
import { chooseSuccessor } from "./contenders.ts";
import type { Core, Site } from "./core.ts";
import { look } from "./probe.ts";
import { failover } from "./steward.ts";
import { isWatched } from "./watched.ts";

/** A promotion takes a tenth of a second; while it is awaited, a primary that came back is fenced. */
const TIMEOUT_MS = 10_000;

/** Fails over from `site` if it is the primary and `recovery.failover` is "automatic". Never rejects. */
export function failOverFrom(core: Core, site: Site): void {
  if (core.settings.recovery.failover !== "automatic") return;
  // It takes longer than a request lives, and one cut off halfway leaves two primaries.
  if (!core.runtime.persistentIO) return;
  const now = core.runtime.clock.now();
  if (!mayTry(site.succession, now) || core.handover !== undefined) return;
  if (whyNot(core, site) !== undefined) return lookAtRivals(core, site);
  const own = step(site.succession, { type: "begun" }, now);
  site.succession = own;
  void attempt(core, site, own).then((end) => {
    // Since then it was alive, or there is another primary: this try is history.
    if (site.succession !== own || core.closed) return;
    const { to, because } = end;
    const type = to === undefined ? "postponed" : "failed";
    site.succession = step(own, { type }, core.runtime.clock.now());
    if (to !== undefined && site.succession.phase === "over") {
      tellFailed(
        core,
        site,
        to,
        `it ends after ${MAX_TRIES} tries, the rest is a person's: ${because}`,
      );
    }
  });
}

/** What was tried and who was asked in an outage that is over says nothing about the next one. */
export function forgetSuccession(core: Core, site: Site): void {
  site.succession = noSuccession;
  // Whoever is being asked just now may still become the primary.
  if (core.handover?.from !== site) site.asked = [];
}

/** How a try ended, if not well; without `to` nobody was there to be asked. */
interface TryEnd {
  readonly to?: Site;
  readonly because: string;
}

async function attempt(core: Core, site: Site, own: Succession): Promise<TryEnd> {
  const heldBack = (): string | undefined => {
    if (site.succession !== own) return `Endpoint "${site.id}" was alive meanwhile`;
    return whyNot(core, site);
  };
  const choice = await chooseSuccessor(core, site, () => heldBack() === undefined);
  switch (choice.kind) {
    case "nobody":
      return { because: "" };
    case "doubtful":
      tellFailed(core, site, choice.about, choice.because);
      return { to: choice.about, because: choice.because };
    case "chosen":
      break;
    default:
      return choice satisfies never;
  }
  const to = choice.site;
  if (heldBack() !== undefined || core.handover !== undefined) return { because: "" };
  try {
    await failover(core.scope, site, to, { timeoutMs: TIMEOUT_MS, heldBack });
    return { because: "" };
  } catch (error) {
    return { to, because: error instanceof Error ? error.message : String(error) };
  }
}

/** What speaks against a failover from `site`, as far as is known without asking anybody. */
function whyNot(core: Core, site: Site): string | undefined {
  const { role, draining, endpoint } = site.member;
  if (core.closed || draining || core.sites.get(site.id) !== site) return "It is being closed";
  if (role !== "primary") return `Endpoint "${site.id}" is not the primary any more`;
  // A further address of a primary: that it cannot be reached says nothing about the server behind it.
  if (endpoint.access !== "readWrite") return `Endpoint "${site.id}" is only a further address`;
  if (site.circuit.phase === "isolated") return `Endpoint "${site.id}" is held by a person`;
  // One answer does not bring it back, but nobody is replaced who just answered.
  if (site.health.state !== "down" || site.health.successes > 0) {
    return `Endpoint "${site.id}" answers again`;
  }
  const rival = rivalsOf(core, site)[0];
  return rival && `Endpoint "${rival.id}", which is a primary too, is not down`;
}

/** Others that are the primary, or its further addresses, and not known to be down. */
function rivalsOf(core: Core, site: Site): Site[] {
  return [...core.sites.values()].filter((other) => {
    return other !== site && other.health.state !== "down" && claimsToBePrimary(core, other);
  });
}

/** What is outdated though its generation is not lower may be the same server by another name. */
function claimsToBePrimary({ topology }: Core, { member: { role, generation } }: Site): boolean {
  if (role === "outdated") return generation === undefined || generation >= topology.epoch;
  return role === "primary";
}

/** Where nobody looks by the clock, they would count as alive for ever. */
function lookAtRivals(core: Core, site: Site): void {
  for (const rival of rivalsOf(core, site)) {
    if (!isWatched(core, rival)) void look(core.scope, rival);
  }
}

function tellFailed(core: Core, from: Site, to: Site, because: string): void {
  const names = { from: from.id, to: to.id };
  core.bus.emit({ type: "failover", ...names, phase: "failed", promoted: false, because });
}
