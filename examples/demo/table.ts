/**
 * The picture of the running demo as lines of text. No terminal here: `screen.ts` shows them.
 *
 * @module
 */

import { bar, next, type Progress } from "./timeline.ts";

/** One endpoint: what holdfast believes, beside what the demo did to the server. */
export interface EndpointRow {
  readonly id: string;
  /** The demo's own knowledge: `up`, `frozen` or `dead`. */
  readonly server: "up" | "frozen" | "dead";
  readonly role: string;
  readonly circuit: string;
  /** 0 to 100. */
  readonly health: number;
  readonly inFlight: number;
  readonly perSecond: number;
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
  readonly errors: number;
}

/** What the callers have seen so far. */
export interface Totals {
  readonly reads: number;
  readonly readErrors: number;
  readonly readsPerSecond: number;
  readonly writes: number;
  readonly writeErrors: number;
  readonly writesPerSecond: number;
}

/** Everything one picture shows. */
export interface Picture {
  readonly endpoints: readonly EndpointRow[];
  readonly totals: Totals;
  readonly progress: Progress;
  /** Latest last. */
  readonly events: readonly string[];
}

/** Where a picture is to fit. */
export interface Frame {
  readonly columns: number;
  readonly rows: number;
  readonly colour: boolean;
}

type Tone = "good" | "warning" | "bad" | "dim";

const SGR: Readonly<Record<Tone, string>> = { good: "32", warning: "33", bad: "31", dim: "2" };

interface Column {
  readonly title: string;
  readonly align: "left" | "right";
  /** A narrow terminal loses the highest first. */
  readonly rank: number;
  readonly cell: (row: EndpointRow) => string;
  readonly tone?: (row: EndpointRow) => Tone | undefined;
}

const COLUMNS: readonly Column[] = [
  { title: "endpoint", align: "left", rank: 0, cell: (row) => row.id },
  {
    title: "server",
    align: "left",
    rank: 3,
    cell: (row) => row.server,
    tone: ({ server }) => server === "up" ? undefined : server === "dead" ? "bad" : "warning",
  },
  { title: "role", align: "left", rank: 2, cell: (row) => row.role },
  {
    title: "circuit",
    align: "left",
    rank: 1,
    cell: (row) => row.circuit,
    tone: ({ circuit }) =>
      circuit === "closed" ? "good" : circuit === "halfOpen" ? "warning" : "bad",
  },
  { title: "health", align: "right", rank: 7, cell: (row) => row.health.toFixed(0) },
  { title: "in flight", align: "right", rank: 8, cell: (row) => String(row.inFlight) },
  { title: "q/s", align: "right", rank: 4, cell: (row) => row.perSecond.toFixed(0) },
  { title: "p50 ms", align: "right", rank: 9, cell: (row) => inMs(row.p50Ms) },
  { title: "p99 ms", align: "right", rank: 6, cell: (row) => inMs(row.p99Ms) },
  {
    title: "errors",
    align: "right",
    rank: 5,
    cell: (row) => String(row.errors),
    tone: ({ errors }) => errors > 0 ? "warning" : undefined,
  },
];

const GAP = "  ";
const LONGEST_BAR = 72;

function inMs(ms: number | undefined): string {
  if (ms === undefined || Number.isNaN(ms)) return "–";
  return ms < 10 ? ms.toFixed(2) : ms.toFixed(0);
}

/** Cuts a line that is too long; every character used here is one UTF-16 unit and one column. */
export function fit(line: string, columns: number): string {
  if (line.length <= columns) return line;
  return columns <= 1 ? line.slice(0, columns) : `${line.slice(0, columns - 1)}…`;
}

function pad(text: string, width: number, align: "left" | "right"): string {
  return align === "left" ? text.padEnd(width) : text.padStart(width);
}

function widthOf(column: Column, rows: readonly EndpointRow[]): number {
  return Math.max(column.title.length, ...rows.map((row) => column.cell(row).length));
}

/** The endpoints' table; columns that do not fit are left out, least important first. */
export function table(rows: readonly EndpointRow[], frame: Frame): string[] {
  let shown = [...COLUMNS];
  const total = (): number =>
    shown.reduce((sum, column) => sum + widthOf(column, rows) + GAP.length, -GAP.length);
  while (shown.length > 1 && total() > frame.columns) {
    const least = Math.max(...shown.map((column) => column.rank));
    shown = shown.filter((column) => column.rank !== least);
  }
  const paint = (text: string, tone: Tone | undefined): string =>
    frame.colour && tone ? `\x1b[${SGR[tone]}m${text}\x1b[0m` : text;
  const line = (cell: (column: Column) => string, tone: (column: Column) => Tone | undefined) =>
    shown.map((column) => {
      const text = pad(cell(column), widthOf(column, rows), column.align);
      return paint(shown.length === 1 ? fit(text, frame.columns) : text, tone(column));
    }).join(GAP);
  return [
    line((column) => column.title, () => "dim"),
    ...rows.map((row) => line((column) => column.cell(row), (column) => column.tone?.(row))),
  ];
}

/** The callers' totals: a line for reads, a line for writes. */
export function totalsLines(totals: Totals): [string, string] {
  const { reads, readErrors, readsPerSecond, writes, writeErrors, writesPerSecond } = totals;
  return [
    `reads  ${reads} (${readsPerSecond.toFixed(0)}/s, ${readErrors} failed)`,
    `writes ${writes} (${writesPerSecond.toFixed(0)}/s, ${writeErrors} failed)`,
  ];
}

/** The whole picture: never wider than the frame, never taller. */
export function draw(picture: Picture, frame: Frame): string[] {
  const { endpoints, totals, progress, events } = picture;
  const clock = `${(progress.nowMs / 1_000).toFixed(1)} / ${
    (progress.totalMs / 1_000).toFixed(0)
  } s`;
  const plain = (line: string): string => fit(line, frame.columns);
  const head = [
    plain(`holdfast demo   ${clock}   ${next(progress)}`),
    plain(bar(progress, Math.max(1, Math.min(frame.columns, LONGEST_BAR)))),
    "",
    ...table(endpoints, frame),
    "",
    ...totalsLines(totals).map(plain),
    "",
  ];
  const room = Math.max(0, frame.rows - head.length);
  const tail = room === 0 ? [] : events.slice(-room);
  return [...head, ...tail.map(plain)].slice(0, frame.rows);
}
