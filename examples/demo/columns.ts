/**
 * What the table shows of an endpoint, column by column.
 *
 * @module
 */

import type { CircuitPhase, RecoveryRung, Suspicion } from "../../mod.ts";
import type { ServerState } from "./faults.ts";
import { phaseName, rungName } from "./words.ts";

/** One endpoint: what holdfast believes, beside what the demo did to the server. */
export interface EndpointRow {
  readonly id: string;
  /** The demo's own knowledge. */
  readonly server: ServerState;
  readonly role: string;
  readonly circuit: CircuitPhase;
  readonly health: Suspicion;
  /** 0 to 100. */
  readonly score: number;
  /** Why the score is not 100. */
  readonly because: readonly string[];
  /** The rung it is on, while it is down. */
  readonly recovery: RecoveryRung | undefined;
  /** What part of its load it gets, 0.1 to 1; `undefined`: none, or a trial now and then. */
  readonly share: number | "ejected" | undefined;
  readonly lagMs: number | undefined;
  readonly inFlight: number;
  readonly perSecond: number;
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
  readonly errors: number;
}

/** How it is meant. */
export type Tone = "good" | "warning" | "bad" | "dim";

/** A column of the table. */
export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
  /** A narrow terminal loses the highest first. */
  readonly rank: number;
  /** As wide as its usual words, so that nothing jumps when one of them appears. */
  readonly least: number;
  readonly cell: (row: EndpointRow) => string;
  readonly tone?: (row: EndpointRow) => Tone | undefined;
}

/** From left to right. */
export const COLUMNS: readonly Column[] = [
  { title: "endpoint", align: "left", rank: 0, least: 8, cell: (row) => row.id },
  {
    title: "server",
    align: "left",
    rank: 8,
    least: 6,
    cell: (row) => row.server,
    tone: ({ server }) => server === "up" ? undefined : server === "dead" ? "bad" : "warning",
  },
  { title: "role", align: "left", rank: 3, least: 8, cell: (row) => row.role },
  {
    title: "health",
    align: "left",
    rank: 1,
    least: 7,
    cell: (row) => row.health,
    tone: ({ health }) => health === "alive" ? "good" : health === "suspect" ? "warning" : "bad",
  },
  {
    title: "score",
    align: "right",
    rank: 2,
    least: 5,
    cell: (row) => row.score.toFixed(0),
    tone: ({ score }) => score >= WELL ? "good" : score > 0 ? "warning" : "bad",
  },
  {
    title: "circuit",
    align: "left",
    rank: 6,
    least: 9,
    cell: (row) => phaseName(row.circuit),
    tone: ({ circuit }) =>
      circuit === "closed" ? "good" : circuit === "halfOpen" ? "warning" : "bad",
  },
  {
    title: "recovery",
    align: "left",
    rank: 4,
    least: 8,
    cell: ({ recovery }) => recovery === undefined ? "" : rungName(recovery),
    tone: ({ recovery }) => recovery === "isolate" ? "bad" : "warning",
  },
  {
    title: "share",
    align: "right",
    rank: 5,
    least: 7,
    cell: ({ share }) => inShare(share),
    tone: ({ share }) => share === "ejected" ? "bad" : share !== 1 ? "warning" : undefined,
  },
  { title: "lag", align: "right", rank: 11, least: 6, cell: (row) => inLag(row.lagMs) },
  { title: "busy", align: "right", rank: 12, least: 4, cell: (row) => String(row.inFlight) },
  { title: "q/s", align: "right", rank: 7, least: 4, cell: (row) => row.perSecond.toFixed(0) },
  { title: "p50 ms", align: "right", rank: 13, least: 6, cell: (row) => inMs(row.p50Ms) },
  { title: "p99 ms", align: "right", rank: 10, least: 6, cell: (row) => inMs(row.p99Ms) },
  {
    title: "errors",
    align: "right",
    rank: 9,
    least: 6,
    cell: (row) => String(row.errors),
    tone: ({ errors }) => errors > 0 ? "warning" : undefined,
  },
];

/** Under it the default alert `lowScore` begins to look. */
const WELL = 70;
const STAIRS = "▁▂▃▄▅▆▇█";

/** `▃  35 %` while it is on its way back. */
function inShare(share: EndpointRow["share"]): string {
  if (share === undefined) return "–";
  if (share === "ejected") return share;
  const percent = `${Math.round(share * 100)} %`;
  const stair = STAIRS[Math.min(STAIRS.length - 1, Math.floor(share * STAIRS.length))];
  return share === 1 ? percent : `${stair} ${percent.padStart(5)}`;
}

function inLag(ms: number | undefined): string {
  if (ms === undefined) return "–";
  return ms < 1_000 ? `${ms.toFixed(0)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

function inMs(ms: number | undefined): string {
  if (ms === undefined || Number.isNaN(ms)) return "–";
  return ms < 10 ? ms.toFixed(2) : ms.toFixed(0);
}
