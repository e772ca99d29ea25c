/**
 * How long connecting to an endpoint takes, and how long a look may therefore spend on it.
 *
 * @module
 */

import { smooth } from "../time/decay.ts";
import type { Core, Site } from "./core.ts";

/** A connect is given so many times as long as connects there usually take. */
export const SLOWER = 3;
/** Share of a faster connect in the mean, as for answer times; a slower one counts at once. */
const FASTER_ALPHA = 0.2;

/** A connect succeeded. */
export function noteConnect(site: Site, elapsedMs: number): void {
  const { connectMs = 0 } = site;
  site.connectMs = Math.max(elapsedMs, smooth(connectMs, elapsedMs, FASTER_ALPHA));
}

/**
 * What a look that opens a connection gives name, line, TLS and login: `leastMs`, more where they are known to
 * take long, and where none ever succeeded as much as a call would, because nothing says that it is too much.
 */
export function connectPatienceMs(core: Core, { connectMs }: Site, leastMs: number): number {
  const { connectTimeoutMs } = core.settings.pool;
  const usualMs = connectMs === undefined ? connectTimeoutMs : SLOWER * connectMs;
  return Math.max(leastMs, Math.min(usualMs, connectTimeoutMs));
}
