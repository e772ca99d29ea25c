/**
 * Who reports, and at what pace they are to: so that the store's load stays bounded whatever the fleet's size.
 *
 * @module
 */

import type { Report } from "../model/belief.ts";
import type { ClusterRules } from "../model/cluster-rules.ts";
import { cover, COVER_MS, massAt } from "./mass.ts";
import { type Fleet, MAX_REPORTERS, type Presence } from "./state.ts";

/** Whether a report was heard before, as far as anybody remembers. */
export function isHeard({ reporters }: Fleet, { reporter, seq }: Report): boolean {
  const known = reporters.find((one) => one.reporter === reporter);
  return known !== undefined && seq <= known.seq;
}

/**
 * How much time a report covers, `undefined`: it is its reporter's first one. No more than since its reporter was heard last, where that is known,
 * and no more than two rounds of the fleet. Nobody makes more of itself by saying so.
 */
export function coveredMs(
  fleet: Fleet,
  { reporter, sinceMs }: Report,
  now: number,
  rules: ClusterRules,
): number | undefined {
  const known = fleet.reporters.find((one) => one.reporter === reporter);
  if (known !== undefined) return Math.min(COVER_MS, Math.max(0, now - known.at));
  return sinceMs <= 0
    ? undefined
    : Math.min(sinceMs, Math.max(COVER_MS, 2 * spreadMs(fleet, now, rules)));
}

/** Takes note of who reports. A prober is no isolate. */
export function hear(fleet: Fleet, report: Report, now: number, rules: ClusterRules): Fleet {
  const { reporter, seq, prober = false } = report;
  const present: Presence = { reporter, seq, at: now, prober };
  const others = fleet.reporters.filter((one) => one.reporter !== reporter);
  return {
    // The last heard one is first, so that the oldest is dropped.
    reporters: [present, ...others].slice(0, MAX_REPORTERS),
    isolates: prober
      ? fleet.isolates
      : cover(fleet.isolates, coveredMs(fleet, report, now, rules), now),
  };
}

/** About how many isolates there are. */
export function size({ reporters, isolates }: Fleet, now: number): number {
  const heard = reporters.filter(({ prober, at }) => !prober && now - at <= COVER_MS).length;
  return Math.max(heard, massAt(isolates, now));
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
  { evidenceMs }: Pick<ClusterRules, "evidenceMs">,
): number {
  return reporters.filter(({ reporter, prober, at }) => {
    return !prober && now - at <= evidenceMs && !except.some((one) => one.reporter === reporter);
  }).length;
}
