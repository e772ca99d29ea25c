/**
 * The third and fourth check of a full look: can it do transactions, and how does it do.
 *
 * Neither says that an endpoint is not there: they cost it score, and alerts see them.
 *
 * @module
 */

import type { Check } from "../model/event.ts";
import type { Failure } from "../model/failure.ts";
import type { Role } from "../model/endpoint.ts";
import type { Connection, Vitals } from "../ports.ts";
import { rescore } from "./circuit-moves.ts";
import { tellSigns } from "./vital-signs.ts";
import type { Core, Site } from "./core.ts";
import { silence } from "./silence.ts";
import { isWatched } from "./watched.ts";
import { type Bound, within } from "./within.ts";

/**
 * Checks what the connector can check, each within its time, and notes what it found.
 * Resolves to the check that failed. A connection that did not answer in time is cut.
 */
export async function examine(
  site: Site,
  connection: Connection,
  { core, role, bound }: { readonly core: Core; readonly role: Role; readonly bound: Bound },
): Promise<Check | undefined> {
  const unfit = await rehearse(site, connection, bound, role === "primary");
  const untold = await measure(site, connection, bound);
  const { lagMs, position } = site.vitals;
  const { load } = site.member;
  const isKept = isWatched(core, site);
  if (role !== "replica" || !isKept) load.lagMs = undefined;
  // A replica that cannot be measured is in trouble: the last lag that was known is the better guess then.
  else if (untold === undefined) {
    load.lagMs = lagMs;
    site.shared.lagAt = core.runtime.clock.now();
    site.shared.ownLag = true;
  }
  if (!isKept) {
    // Nobody will measure it again: what was true just now would be held against it for ever.
    site.vitals = position === undefined ? UNKNOWN : { position };
    site.canTransact = undefined;
  }
  rescore(site, core.runtime.clock.now());
  tellSigns(core, site);
  return unfit ?? untold;
}

async function rehearse(
  site: Site,
  connection: Connection,
  bound: Bound,
  mustWrite: boolean,
): Promise<Check | undefined> {
  if (connection.rehearse === undefined) return undefined;
  try {
    const { writable } = await within(connection.rehearse(), bound, late);
    site.canTransact = writable || !mustWrite;
  } catch {
    site.canTransact = false;
    // What it was doing when its time ran out, nobody knows.
    connection.destroy();
  }
  return site.canTransact ? undefined : "transaction";
}

async function measure(
  site: Site,
  connection: Connection,
  bound: Bound,
): Promise<Check | undefined> {
  if (connection.measure === undefined) return undefined;
  try {
    site.vitals = await within(connection.measure(), bound, late);
    return undefined;
  } catch {
    site.vitals = UNKNOWN;
    connection.destroy();
    return "performance";
  }
}

const UNKNOWN: Vitals = {};

function late(): Failure {
  return silence("No answer to a check");
}
