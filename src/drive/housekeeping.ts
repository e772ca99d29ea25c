/**
 * What goes on beside the calls, begun by the first of them: global scope must start no timer.
 *
 * @module
 */

import { startAlerting } from "./alerting.ts";
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
  if (!core.probing) return;
  warm(core, site);
  probeToo(core, site);
}

/** Opens the pool's minimum, where connections may be opened between requests. */
function warm(core: Core, site: Site): void {
  if (core.runtime.background) site.pool.warm();
}
