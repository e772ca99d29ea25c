/**
 * Figure (f) for people and for programs.
 *
 * @module
 */

import { type Figure, isMeasured } from "../figure.ts";
import { meanings } from "../text.ts";
import { FLEET_MEANS, type FleetEffort, type FleetResult } from "./measure.ts";

const NAME = 18;
const COLUMN = 15;

/** The part as it stands in the JSON. */
export interface FleetReport extends FleetEffort {
  readonly means: Readonly<Record<string, string>>;
  readonly fleets: readonly FleetResult[];
}

/** Puts the figures beside how they were measured. */
export function fleetReport(effort: FleetEffort, fleets: readonly FleetResult[]): FleetReport {
  return { means: FLEET_MEANS, ...effort, fleets };
}

/** All that have to be numbers. */
export function fleetFigures({ fleets }: FleetReport): readonly Figure[] {
  return fleets.flatMap((fleet) => [
    fleet.quietPerSecond,
    fleet.busyPerSecond,
    fleet.halfAwaySeconds,
    fleet.mostAwaySeconds,
    fleet.mostBackSeconds,
    fleet.allBackSeconds,
    fleet.looksPerSecond,
    fleet.wastedPerIsolate,
  ]);
}

/** The part as text. */
export function fleetLines({ rounds, means, fleets }: FleetReport): readonly string[] {
  const head = ["store, calls/s", "away, s", "back, s", "looks/s", "wasted"];
  return [
    "",
    `One of two replicas dies for five minutes, for fleets on virtual time: ` +
    `medians of ${rounds} seed${rounds === 1 ? "" : "s"}`,
    `  ${"isolates".padEnd(NAME)}${head.map((name) => name.padStart(COLUMN)).join("")}`,
    ...fleets.map(line),
    ...meanings(means),
  ];
}

function line(fleet: FleetResult): string {
  const { isolates, sharing } = fleet;
  const failed = fleetFigures({ rounds: 0, sizes: [], means: {}, fleets: [fleet] })
    .find((figure) => !isMeasured(figure));
  const name = `${isolates.toLocaleString("en").padStart(6)} ${sharing}`.padEnd(NAME);
  if (failed !== undefined && !isMeasured(failed)) return `  ${name} failed: ${failed.error}`;
  const columns = [
    both(fleet.quietPerSecond, fleet.busyPerSecond),
    both(fleet.halfAwaySeconds, fleet.mostAwaySeconds),
    both(fleet.mostBackSeconds, fleet.allBackSeconds),
    number(fleet.looksPerSecond, 2),
    number(fleet.wastedPerIsolate, 1),
  ];
  return `  ${name}${columns.map((column) => column.padStart(COLUMN)).join("")}`;
}

function both(one: Figure, other: Figure): string {
  return `${number(one, 1)} → ${number(other, 1)}`;
}

function number(figure: Figure, digits: number): string {
  return isMeasured(figure) ? figure.median.toFixed(digits) : "";
}
