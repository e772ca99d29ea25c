/**
 * What goes on beside the calls, begun by the first of them: global scope must start no timer.
 *
 * @module
 */

import { startAlerting } from "./alerting.ts";
import { untilAcquainted } from "./share.ts";
import { followToo } from "./adopting.ts";
import { startSharing } from "./attend.ts";
import type { Core, Site } from "./core.ts";
import { probeToo, startProber } from "./prober.ts";
import { watchRecovery } from "./recovery.ts";

/** Begins it. Does nothing the second time. */
export function startHousekeeping(core: Core): void {
  if (core.probing) return;
  core.probing = true;
  startAlerting(core);
  watchRecovery(core);
  startSharing(core);
  for (const site of core.sites.values()) warm(core, site);
  startProber(core);
}

/** Goes on with an endpoint that was added since. */
export function keepToo(core: Core, site: Site): void {
  followToo(core, site);
  if (!core.probing) return;
  warm(core, site);
  probeToo(core, site);
}

/** Opens the pool's minimum, where connections may be opened between requests. */
function warm(core: Core, site: Site): void {
  if (!core.runtime.background) return;
  const delayMs = untilAcquainted(core);
  if (delayMs === 0) return site.pool.warm();
  core.runtime.clock.background(delayMs, () => {
    if (!core.closed && site.circuit.phase === "closed") site.pool.warm();
  });
}
