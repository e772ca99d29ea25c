/**
 * Figure (i) for people and for programs.
 *
 * @module
 */

import type { Figure } from "../figure.ts";
import { meanings, NAME, show } from "../text.ts";
import { DRIVERS_MEANS, type DriversEffort, type DriversResult } from "./measure.ts";

/** The part as it stands in the JSON. */
export interface DriversReport extends DriversEffort, DriversResult {
  readonly means: Readonly<Record<string, string>>;
}

/** Puts the figures beside how they were measured. */
export function driversReport(effort: DriversEffort, result: DriversResult): DriversReport {
  return { means: DRIVERS_MEANS, ...effort, ...result };
}

/** All that have to be numbers. */
export function driversFigures({ runtimes, worker }: DriversReport): readonly Figure[] {
  return [
    ...runtimes.flatMap(({ drivers }) => drivers.flatMap((d) => [d.perSecond, d.ofHoldfast])),
    ...worker.flatMap(({ roundTrips, requestMs }) => [roundTrips, requestMs]),
  ];
}

/** The part as text. */
export function driversLines(report: DriversReport): readonly string[] {
  const { rounds, turnMs, requests, runtimes, worker, means } = report;
  return [
    "",
    `PostgreSQL's drivers: median [min … max] of ${rounds} rounds × ${turnMs} ms`,
    `  ${"".padEnd(NAME)} ${"queries/s".padEnd(26)}  of holdfast's`,
    ...runtimes.flatMap(({ name, drivers }) =>
      drivers.map((driver) =>
        `  ${`${name}: ${driver.name}`.padEnd(NAME)} ${show(driver.perSecond, 0)}  ${
          show(driver.ofHoldfast, 2)
        }`
      )
    ),
    `  A Worker that connects for each request, ${rounds} rounds' medians of ${requests} requests`,
    `  ${"".padEnd(NAME)} ${"round trips".padEnd(26)}  ms`,
    ...worker.map(({ name, selects, roundTrips, requestMs }) =>
      `  ${`${name}, ${selects} select${selects === 1 ? "" : "s"}`.padEnd(NAME)} ${
        show(roundTrips, 0)
      }  ${show(requestMs, 1)}`
    ),
    ...meanings(means),
  ];
}
