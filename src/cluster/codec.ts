/**
 * The doors for whatever comes from outside this process: a state out of storage, a message off the wire.
 *
 * During a deploy two versions of the code share one state. What the newer one keeps there beside what this
 * one knows is lost when this one writes: it has to take what it added for a hint that may be missing. What
 * this one would misread (`v` above {@link BELIEF_FORMAT}) it leaves alone.
 *
 * @module
 */

import type { Command, Report, Snapshot } from "../model/belief.ts";
import { toCluster } from "./read-state.ts";
import { toCommand, toReport, toSnapshot } from "./read-wire.ts";
import type { Cluster } from "./state.ts";

/** The state for storage. */
export function encodeCluster(cluster: Cluster): string {
  return JSON.stringify(cluster);
}

/** The state from storage; `undefined`: there is none, or newer code wrote it and this one would misread it. */
export function decodeCluster(text: string): Cluster | undefined {
  return harmlessly((json: string) => toCluster(JSON.parse(json)), text);
}

/** What an isolate told; `undefined`: nothing that could be understood. */
export function readReport(value: unknown): Report | undefined {
  return harmlessly(toReport, value);
}

/** What a store answered; `undefined`: nothing that could be understood. */
export function readSnapshot(value: unknown): Snapshot | undefined {
  return harmlessly(toSnapshot, value);
}

/** What a person wants; `undefined`: nothing that could be understood. */
export function readCommand(value: unknown): Command | undefined {
  return harmlessly(toCommand, value);
}

/** JSON that is none throws, and so may what an RPC hands over as an object. */
function harmlessly<A, T>(read: (value: A) => T | undefined, value: A): T | undefined {
  try {
    return read(value);
  } catch {
    return undefined;
  }
}
