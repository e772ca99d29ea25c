/**
 * Who reports, and at what pace they are to: so that the store's load stays bounded whatever the fleet's size.
 *
 * @module
 */

import type { Report } from "../model/belief.ts";
import type { ClusterRules } from "../model/cluster-rules.ts";
import { cover, massAt } from "./mass.ts";
import { type Fleet, MAX_REPORTERS, type Presence } from "./state.ts";

/** Whether a report was heard before, as far as anybody remembers. */
export function isHeard({ reporters }: Fleet, { reporter, seq }: Report): boolean {
  const known = reporters.find((one) => one.reporter === reporter);
  return known !== undefined && seq <= known.seq;
}

/** Takes note of who reports. */
export function hear(fleet: Fleet, report: Report, now: number): Fleet {
  const { reporter, seq, sinceMs, prober = false } = report;
  const present: Presence = { reporter, seq, at: now, prober };
  const others = fleet.reporters.filter((one) => one.reporter !== reporter);
  return {
    // The last heard one is first, so that the oldest is dropped.
    reporters: [present, ...others].slice(0, MAX_REPORTERS),
    isolates: cover(fleet.isolates, sinceMs, now),
  };
}

/** About how many isolates there are. */
export function size(fleet: Fleet, now: number): number {
  return Math.max(fleet.reporters.length, massAt(fleet.isolates, now));
}

/** Over how long the fleet has to spread one report each. */
export function spreadMs(fleet: Fleet, now: number, { syncsPerSecond }: ClusterRules): number {
  return (size(fleet, now) * 1_000) / syncsPerSecond;
}

/** Isolates that were heard lately and are none of these. A prober is none. */
export function othersPresent(
  { reporters }: Fleet,
  except: readonly { readonly reporter: string }[],
  now: number,
  { evidenceMs }: ClusterRules,
): number {
  return reporters.filter(({ reporter, prober, at }) => {
    return !prober && now - at <= evidenceMs && !except.some((one) => one.reporter === reporter);
  }).length;
}
