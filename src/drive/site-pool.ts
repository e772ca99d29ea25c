/**
 * How the pools of an endpoint are made, the one of the process and those of requests.
 *
 * @module
 */

import type { Connection, Connector } from "../ports.ts";
import { noteConnect } from "./connect-time.ts";
import type { Core } from "./core.ts";
import type { PoolLimits, PoolWatch } from "./pool-limits.ts";
import type { Settings } from "./settings.ts";

/** What a pool of that many keeps to. */
export function limitsOf(
  { pool, probe }: Settings,
  connector: Connector,
  { min, max }: { readonly min: number; readonly max: number },
): PoolLimits {
  return {
    ...pool,
    max,
    // A minimum would keep a database awake that sleeps when nobody uses it.
    min: connector.scalesToZero === true ? 0 : Math.min(min, max),
    validateTimeoutMs: probe.timeoutMs,
  };
}

/** Tells of connections that come and go; `heed` takes in what a handshake told. */
export function watchPool(
  core: Core,
  id: string,
  heed: (connection: Connection, askedAt: number) => void,
): PoolWatch {
  return {
    opened: (connection, askedAt, because) => {
      const site = core.sites.get(id);
      // What a probe left was asked first: the look has noted its connect.
      if (site !== undefined && because !== "a probe left it") {
        noteConnect(site, core.runtime.clock.now() - askedAt);
      }
      core.bus.emit({ type: "connection", endpoint: id, change: "opened", because });
      heed(connection, askedAt);
    },
    closed: (because) => {
      core.bus.emit({ type: "connection", endpoint: id, change: "closed", because });
    },
  };
}
