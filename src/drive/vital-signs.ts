/**
 * Tells when a full look finds something wrong with an endpoint that answers, and when it is right again.
 *
 * @module
 */

import type { VitalSign } from "../model/event.ts";
import { because, type Signs } from "../observe/score.ts";
import { signsOf } from "./circuit-moves.ts";
import type { Core, Site } from "./core.ts";

/** Nothing wrong, whatever else is known: what is left tells of one sign alone. */
const WELL: Signs = {
  phase: "closed",
  window: { calls: 0, failures: 0, slow: 0 },
  suspicion: "alive",
  slowness: 0,
  usedRatio: undefined,
  lagMs: undefined,
  canTransact: undefined,
};

/** Emits an event if other things are wrong than before. */
export function tellSigns(core: Core, site: Site): void {
  const { usedRatio, lagMs, canTransact } = signsOf(site, core.runtime.clock.now());
  const { maxLagMs = Infinity } = core.settings.readPreference;
  const told: Record<VitalSign, readonly string[]> = {
    connections: because({ ...WELL, usedRatio }),
    lag: because({ ...WELL, lagMs }),
    transaction: because({ ...WELL, canTransact }),
  };
  const isLate = lagMs !== undefined && lagMs > maxLagMs;
  const signs = (Object.keys(told) as VitalSign[]) // its own keys
    .filter((sign) => told[sign].length > 0 || (sign === "lag" && isLate));
  if (signs.join() === site.signs.join()) return;
  site.signs = signs;
  const words = signs.flatMap((sign) => told[sign]);
  core.bus.emit({ type: "vitals", endpoint: site.id, signs, because: words });
}
