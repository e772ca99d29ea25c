/**
 * The settings that differ from holdfast's defaults, so that half a minute shows what takes minutes.
 *
 * @module
 */

import { OPTION_TABLE, type OptionPath } from "../../mod.ts";

/** What holdfast is told; everything else stays as it is by default. */
export interface Pace {
  /**
   * Not the default, `p2c`: that spares a slow replica by itself, so well that there is little left to eject
   * and that it takes long to be told slow from the few answers it still gives.
   */
  readonly balance: "roundRobin";
  readonly rampMs: number;
  readonly recovery: { readonly attemptsPerRung: number; readonly backoffMs: number };
  readonly outlier: { readonly baseEjectionMs: number };
}

/** In as long a demo as this everything has time for its defaults, ladder included. */
const UNHURRIED_SECONDS = 300;
/** A ramp and an ejection are to be over before the next fault, so both take a tenth of the whole. */
const SPAN_RATIO = 0.1;
/** Between the ladder's first two rungs; each later pause is twice as long (for 30 s: 0.3, 0.6, 1.2 s). */
const BACKOFF_RATIO = 0.01;

/** The settings for a timeline of this length. */
export function paceFor(seconds: number): Pace {
  const share = (path: OptionPath, ratio: number): number =>
    Math.round(Math.min(usual(path), seconds * 1_000 * ratio));
  const attempts = usual("recovery.attemptsPerRung");
  return {
    balance: "roundRobin",
    rampMs: share("rampMs", SPAN_RATIO),
    recovery: {
      attemptsPerRung: seconds < UNHURRIED_SECONDS ? 1 : attempts,
      backoffMs: share("recovery.backoffMs", BACKOFF_RATIO),
    },
    outlier: { baseEjectionMs: share("outlier.baseEjectionMs", SPAN_RATIO) },
  };
}

/** What is not as by default, with the default in brackets: `ramp 3 s (10)`. */
export function paceInWords({ balance, rampMs, recovery, outlier }: Pace): string {
  const parts = [
    `${balance} (p2c)`,
    ...changed(`ramp ${inSeconds(rampMs)} s`, rampMs, "rampMs"),
    ...changed(
      `ejection ${inSeconds(outlier.baseEjectionMs)} s`,
      outlier.baseEjectionMs,
      "outlier.baseEjectionMs",
    ),
    ...changed(
      `tries ${recovery.attemptsPerRung}`,
      recovery.attemptsPerRung,
      "recovery.attemptsPerRung",
    ),
    ...changed(
      `backoff ${inSeconds(recovery.backoffMs)} s`,
      recovery.backoffMs,
      "recovery.backoffMs",
    ),
  ];
  return `set (default): ${parts.join(", ")}`;
}

function changed(words: string, value: number, path: OptionPath): string[] {
  if (value === usual(path)) return [];
  const { unit } = OPTION_TABLE[path];
  return [`${words} (${unit === "ms" ? inSeconds(usual(path)) : usual(path)})`];
}

function usual(path: OptionPath): number {
  return OPTION_TABLE[path].default ?? 0;
}

function inSeconds(ms: number): number {
  return Number((ms / 1_000).toFixed(1));
}
