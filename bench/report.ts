/**
 * What was measured, for people and for programs.
 *
 * @module
 */

import { CORE_AIM, type CoreEffort, type CoreResult } from "./core.ts";
import { type Figure, isMeasured } from "./figure.ts";
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

/** Everything that was measured; the parts that were not asked for are missing. */
export interface BenchResult {
  readonly place: Place;
  readonly core?: CoreResult & CoreEffort & { readonly aimMicros: number };
  readonly throughput?: ThroughputEffort & {
    readonly connections: number;
    readonly aimOfBest: number;
    readonly levels: readonly LevelResult[];
  };
}

/** Puts the parts together, each with how much was measured and what is aimed at. */
export function bundle(
  place: Place,
  core: (CoreResult & CoreEffort) | undefined,
  throughput: (ThroughputEffort & { readonly levels: readonly LevelResult[] }) | undefined,
): BenchResult {
  return {
    place,
    ...(core === undefined ? {} : { core: { aimMicros: CORE_AIM, ...core } }),
    ...(throughput === undefined
      ? {}
      : { throughput: { connections: CONNECTIONS, aimOfBest: THROUGHPUT_AIM, ...throughput } }),
  };
}

/** Whether every figure is a number. */
export function isComplete({ core, throughput }: BenchResult): boolean {
  const figures = [
    ...(core === undefined
      ? []
      : [core.baseMicros, ...core.wrappers.flatMap((w) => [w.addedMicros, w.addedCpuMicros])]),
    ...(throughput?.levels ?? []).flatMap(({ ofBest, ofEach, clients }) => [
      ofBest,
      ...ofEach.map(({ ratio }) => ratio),
      ...clients.flatMap((client) => [client.perSecond, client.cpuMicros]),
    ]),
  ];
  return figures.every(isMeasured);
}

/** The result as lines of text. */
export function lines(result: BenchResult): readonly string[] {
  const { place, core, throughput } = result;
  const load = `${place.loadBefore.toFixed(2)} → ${place.loadAfter.toFixed(2)}`;
  return [
    `Node ${place.node}, ${place.cores} × ${place.processor}, load ${load}`,
    ...(core === undefined ? [] : coreLines(core)),
    ...(throughput === undefined
      ? []
      : throughput.levels.flatMap((level) => levelLines(level, throughput))),
  ];
}

function coreLines(core: NonNullable<BenchResult["core"]>): readonly string[] {
  const { rounds, calls, aimMicros, baseMicros, wrappers } = core;
  return [
    "",
    `Added per query over a no-op, µs: median [min … max] of ${rounds} rounds × ${calls} calls`,
    ...wrappers.map(({ name, addedMicros, addedCpuMicros, consistsOf }) =>
      `  ${name.padEnd(NAME)} ${show(addedMicros, 2)}  ${cpu(addedCpuMicros, 2)}  ${consistsOf}`
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
      `  ${name.padEnd(NAME)} ${show(perSecond, 0)}  ${cpu(cpuMicros, 1)}  ${consistsOf}`
    ),
    ...ofEach.map(({ name, ratio }) => `  ${`holdfast / ${name}`.padEnd(NAME)} ${show(ratio, 2)}`),
    `  ${"holdfast / best of the round".padEnd(NAME)} ${show(ofBest, 2)}`,
    `  aim: at least ${aimOfBest.toFixed(2)} of the best of the round: ${
      verdict(ofBest, (ratio) => ratio >= aimOfBest)
    }`,
  ];
}

const NAME = 37;
const NUMBER = 7;

function show(figure: Figure, digits: number): string {
  if (!isMeasured(figure)) return `failed: ${figure.error}`;
  const [median, min, max] = [figure.median, figure.min, figure.max]
    .map((value) => value.toFixed(digits).padStart(NUMBER));
  return `${median} [${min} …${max}]`;
}

function cpu(figure: Figure, digits: number): string {
  return isMeasured(figure) ? `${figure.median.toFixed(digits).padStart(6)} µs CPU` : "";
}

function verdict(figure: Figure | undefined, isMet: (median: number) => boolean): string {
  if (figure === undefined || !isMeasured(figure)) return "not measured";
  return isMet(figure.median) ? "met" : "missed";
}
