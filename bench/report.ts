/**
 * What was measured, for people and for programs.
 *
 * @module
 */

import { awayFigures, awayLines, type AwayReport } from "./away/report.ts";
import { coldFigures, coldLines, type ColdReport } from "./cold/report.ts";
import { CORE_AIM, type CoreEffort, type CoreResult } from "./core.ts";
import { driversFigures, driversLines, type DriversReport } from "./drivers/report.ts";
import { edgeFigures, edgeLines, type EdgeReport } from "./edge/report.ts";
import { isMeasured } from "./figure.ts";
import { fleetFigures, fleetLines, type FleetReport } from "./fleet/report.ts";
import { poolFigures, poolLines, type PoolReport } from "./pool/report.ts";
import { slowFigures, slowLines, type SlowReport } from "./slow/report.ts";
import { brief, NAME, show, verdict } from "./text.ts";
import {
  CONNECTIONS,
  type LevelResult,
  THROUGHPUT_AIM,
  type ThroughputEffort,
} from "./throughput.ts";

/** Where it was measured: figures of two machines are no comparison. */
export interface Place {
  readonly node: string;
  readonly processor: string;
  readonly cores: number;
  /** The load average over a minute, before the first round and after the last. */
  readonly loadBefore: number;
  readonly loadAfter: number;
}

/** What was measured; the parts that were not asked for are missing. */
export interface Parts {
  readonly core?: (CoreResult & CoreEffort) | undefined;
  readonly throughput?:
    | (ThroughputEffort & { readonly levels: readonly LevelResult[] })
    | undefined;
  readonly slow?: SlowReport | undefined;
  readonly pool?: PoolReport | undefined;
  readonly away?: AwayReport | undefined;
  readonly fleet?: FleetReport | undefined;
  readonly edge?: EdgeReport | undefined;
  readonly cold?: ColdReport | undefined;
  readonly drivers?: DriversReport | undefined;
}

/** Everything that was measured, where, and what was aimed at. */
export interface BenchResult extends Parts {
  readonly place: Place;
  readonly core?: (CoreResult & CoreEffort & { readonly aimMicros: number }) | undefined;
  readonly throughput?:
    | ThroughputEffort & {
      readonly connections: number;
      readonly aimOfBest: number;
      readonly levels: readonly LevelResult[];
    }
    | undefined;
}

/** Puts the parts together, each with how much was measured and what is aimed at. */
export function bundle(place: Place, parts: Parts): BenchResult {
  const { core, throughput, ...others } = parts;
  return {
    place,
    ...(core === undefined ? {} : { core: { aimMicros: CORE_AIM, ...core } }),
    ...(throughput === undefined
      ? {}
      : { throughput: { connections: CONNECTIONS, aimOfBest: THROUGHPUT_AIM, ...throughput } }),
    ...others,
  };
}

/** Whether every figure is a number. */
export function isComplete(
  { core, throughput, slow, pool, away, fleet, edge, cold, drivers }: BenchResult,
): boolean {
  const figures = [
    ...(core === undefined
      ? []
      : [core.baseMicros, ...core.wrappers.flatMap((w) => [w.addedMicros, w.addedCpuMicros])]),
    ...(throughput?.levels ?? []).flatMap(({ ofBest, ofEach, clients }) => [
      ofBest,
      ...ofEach.map(({ ratio }) => ratio),
      ...clients.flatMap((client) => [client.perSecond, client.cpuMicros]),
    ]),
    ...(slow === undefined ? [] : slowFigures(slow)),
    ...(pool === undefined ? [] : poolFigures(pool)),
    ...(away === undefined ? [] : awayFigures(away)),
    ...(fleet === undefined ? [] : fleetFigures(fleet)),
    ...(edge === undefined ? [] : edgeFigures(edge)),
    ...(cold === undefined ? [] : coldFigures(cold)),
    ...(drivers === undefined ? [] : driversFigures(drivers)),
  ];
  return figures.every(isMeasured);
}

/** The result as lines of text. */
export function lines(result: BenchResult): readonly string[] {
  const { place, core, throughput, slow, pool, away, fleet, edge, cold, drivers } = result;
  const load = `${place.loadBefore.toFixed(2)} → ${place.loadAfter.toFixed(2)}`;
  return [
    `Node ${place.node}, ${place.cores} × ${place.processor}, load ${load}`,
    ...(core === undefined ? [] : coreLines(core)),
    ...(throughput === undefined
      ? []
      : throughput.levels.flatMap((level) => levelLines(level, throughput))),
    ...(slow === undefined ? [] : slowLines(slow)),
    ...(pool === undefined ? [] : poolLines(pool)),
    ...(away === undefined ? [] : awayLines(away)),
    ...(fleet === undefined ? [] : fleetLines(fleet)),
    ...(edge === undefined ? [] : edgeLines(edge)),
    ...(cold === undefined ? [] : coldLines(cold)),
    ...(drivers === undefined ? [] : driversLines(drivers)),
  ];
}

function coreLines(core: NonNullable<BenchResult["core"]>): readonly string[] {
  const { rounds, calls, aimMicros, baseMicros, wrappers } = core;
  return [
    "",
    `Added per query over a no-op, µs: median [min … max] of ${rounds} rounds × ${calls} calls`,
    ...wrappers.map(({ name, addedMicros, addedCpuMicros, consistsOf }) =>
      `  ${name.padEnd(NAME)} ${show(addedMicros, 2)}  ${
        brief(addedCpuMicros, 2, "µs CPU")
      }  ${consistsOf}`
    ),
    `  ${"(the no-op itself)".padEnd(NAME)} ${show(baseMicros, 2)}`,
    `  aim: holdfast at most ${aimMicros} µs: ${
      verdict(wrappers[0]?.addedMicros, (micros) => micros <= aimMicros)
    }`,
  ];
}

function levelLines(
  level: LevelResult,
  { rounds, turns, turnMs, aimOfBest }: NonNullable<BenchResult["throughput"]>,
): readonly string[] {
  const { callers, clients, ofBest, ofEach } = level;
  return [
    "",
    `Select by primary key, ${callers} caller${callers === 1 ? "" : "s"}, queries/s: ` +
    `median [min … max] of ${rounds} rounds × ${turns * turnMs} ms`,
    ...clients.map(({ name, perSecond, cpuMicros, consistsOf }) =>
      `  ${name.padEnd(NAME)} ${show(perSecond, 0)}  ${
        brief(cpuMicros, 1, "µs CPU")
      }  ${consistsOf}`
    ),
    ...ofEach.map(({ name, ratio }) => `  ${`holdfast / ${name}`.padEnd(NAME)} ${show(ratio, 2)}`),
    `  ${"holdfast / best of the round".padEnd(NAME)} ${show(ofBest, 2)}`,
    `  aim: at least ${aimOfBest.toFixed(2)} of the best of the round: ${
      verdict(ofBest, (ratio) => ratio >= aimOfBest)
    }`,
  ];
}
