/**
 * Whether endpoints are looked at without any traffic; where they are not, calls are the looks.
 *
 * @module
 */

import type { Core, Site } from "./core.ts";

/** Whether endpoints are looked at by the clock at all. */
export function probesByClock({ runtime, settings, tickedUntil }: Core): boolean {
  if (settings.probe.intervalMs === 0) return false;
  return runtime.background || (tickedUntil > 0 && runtime.clock.now() < tickedUntil);
}

/** Whether this one is: not if looking would keep a database awake that sleeps when nobody uses it. */
export function isWatched(core: Core, site: Site): boolean {
  return probesByClock(core) && site.connector.scalesToZero !== true;
}

/**
 * Whether what is found out about it now says nothing any more: it was removed, and another one may have its
 * name, or everything was cut because the holdfast closes.
 */
export function isGone({ over, sites }: Core, site: Site): boolean {
  return over || sites.get(site.id) !== site;
}
