/**
 * A look where requests share no promise: whoever comes while another request looks waits for what that finds by
 * reading it, under its own timer. If nothing is there in time, the other request may be dead, and one of those
 * who wait looks itself. So an endpoint in trouble is still asked about once.
 *
 * @module
 */

import { silenceMs } from "./ask.ts";
import type { Look, Site } from "./core.ts";
import type { Scope } from "./scope.ts";
import { wait } from "./wait.ts";

/** Between two looks whether the other one has ended (ours): a fiftieth of what a look may take. */
export const POLL_MS = 20;
/** What a look may take beyond its time: a connector that does not heed its timeout is cut so much later. */
const SLACK_MS = 500;
/** How often it is waited for one after the other that does not come back. */
const MAX_AWAITED = 2;

/** What another request finds, or else what `lookAt` does. Never rejects if that does not. */
export async function besideOthers(
  scope: Scope,
  site: Site,
  lookAt: () => Promise<Look>,
): Promise<Look> {
  for (let awaited = 0; awaited < MAX_AWAITED; awaited++) {
    const found = await otherFinds(scope, site);
    if (found !== undefined) return found;
    if (!isUnderWay(scope, site)) break;
  }
  const { glance } = site;
  const { clock } = scope.core.runtime;
  const since = clock.now();
  glance.since = since;
  try {
    const found = await lookAt();
    glance.found = found;
    return found;
  } finally {
    // Whoever took over meanwhile is still at it.
    if (glance.since === since) glance.since = undefined;
    glance.ended++;
  }
}

async function otherFinds(scope: Scope, site: Site): Promise<Look | undefined> {
  const { glance } = site;
  const { ended, since } = glance;
  while (isUnderWay(scope, site) && glance.since === since) {
    if ((await wait(scope, undefined, POLL_MS)) !== "late") return undefined;
    if (glance.ended !== ended) return glance.found;
  }
  return undefined;
}

function isUnderWay({ core }: Scope, site: Site): boolean {
  const { since } = site.glance;
  return since !== undefined &&
    core.runtime.clock.now() - since < silenceMs(core, site) + SLACK_MS;
}
