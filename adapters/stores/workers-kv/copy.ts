/**
 * A copy of what a coordinator believes, for isolates that start while it is far away or gone.
 *
 * This is the one place where two machines' clocks are compared: a copy lies there until somebody reads it, so only
 * the time of day tells its age. Clouds keep it to within milliseconds; an error makes pauses as much too long or short.
 *
 * @module
 */

import { readSnapshot } from "../../../src/cluster/codec.ts";
import { field, fieldsOf, readNumber } from "../../../src/cluster/read-json.ts";
import { BELIEF_FORMAT, type Snapshot } from "../../../src/model/belief.ts";
import { aged } from "./age.ts";

/** The copy as text. */
export function writeCopy(snapshot: Snapshot, now: number): string {
  return JSON.stringify({ v: BELIEF_FORMAT, at: now, snapshot });
}

/** The copy out of a text, as old as it is; `undefined`: it is none. */
export function readCopy(text: string, now: number): Snapshot | undefined {
  const fields = fieldsOf(parse(text));
  const at = fields && readNumber(field(fields, "at"));
  const snapshot = fields && readSnapshot(field(fields, "snapshot"));
  if (at === undefined || snapshot === undefined) return undefined;
  return aged(snapshot, Math.max(0, now - at));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
