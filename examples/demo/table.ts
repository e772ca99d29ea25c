/**
 * The picture of the running demo as lines of text. No terminal here: `screen.ts` shows them.
 *
 * @module
 */

import { type Column, COLUMNS, type EndpointRow, type Tone } from "./columns.ts";
import { bar, next, type Progress } from "./timeline.ts";
import { phaseName, rungName } from "./words.ts";

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
  /** What the person watching should know about the settings. */
  readonly hint: string;
  /** Latest last. */
  readonly events: readonly string[];
}

/** Where a picture is to fit. */
export interface Frame {
  readonly columns: number;
  readonly rows: number;
  readonly colour: boolean;
}

const SGR: Readonly<Record<Tone, string>> = { good: "32", warning: "33", bad: "31", dim: "2" };

const GAP = "  ";
const LONGEST_BAR = 72;

/** Cuts a line that is too long; every character used here is one UTF-16 unit and one column. */
export function fit(line: string, columns: number): string {
  if (line.length <= columns) return line;
  return columns <= 1 ? line.slice(0, columns) : `${line.slice(0, columns - 1)}…`;
}

function pad(text: string, width: number, align: "left" | "right"): string {
  return align === "left" ? text.padEnd(width) : text.padStart(width);
}

function widthOf(column: Column, rows: readonly EndpointRow[]): number {
  return Math.max(column.least, column.title.length, ...rows.map((row) => column.cell(row).length));
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

/** Why the endpoint that is worst off is, in a line. */
export function worstLine(rows: readonly EndpointRow[]): string {
  const unwell = rows.filter(({ because }) => because.length > 0);
  const [worst] = unwell.toSorted((a, b) => a.score - b.score);
  if (worst === undefined) return "every endpoint scores 100";
  return `${worst.id} scores ${worst.score}: ${worst.because.join("; ")}`;
}

function inWords(share: number | "ejected"): string {
  return share === "ejected" ? share : `share ${Math.round(share * 100)} %`;
}

/** A picture in one line, where lines cannot be redrawn. */
export function plainLine({ totals, endpoints, progress }: Picture): string {
  const states = endpoints.map((row) => {
    const { id, role, circuit, health, score, recovery, share } = row;
    const more = [
      recovery === undefined ? [] : [`recovery ${rungName(recovery)}`],
      share === undefined || share === 1 ? [] : [inWords(share)],
    ].flat();
    const all = [role, health, String(score), `circuit ${phaseName(circuit)}`, ...more];
    return `${id} (${all.join(", ")})`;
  });
  const time = (progress.nowMs / 1_000).toFixed(1).padStart(6);
  return `${time} s    ${totalsLines(totals).join("   ")}   ${states.join(", ")}`;
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
  const { endpoints, totals, progress, hint, events } = picture;
  const clock = `${(progress.nowMs / 1_000).toFixed(1)} / ${
    (progress.totalMs / 1_000).toFixed(0)
  } s`;
  const plain = (line: string): string => fit(line, frame.columns);
  const dim = (line: string): string =>
    frame.colour ? `\x1b[${SGR.dim}m${plain(line)}\x1b[0m` : plain(line);
  const head = [
    plain(`holdfast demo   ${clock}   ${next(progress)}`),
    plain(bar(progress, Math.max(1, Math.min(frame.columns, LONGEST_BAR)))),
    dim(hint),
    "",
    ...table(endpoints, frame),
    plain(worstLine(endpoints)),
    "",
    ...totalsLines(totals).map(plain),
    "",
  ];
  const room = Math.max(0, frame.rows - head.length);
  const tail = room === 0 ? [] : events.slice(-room);
  return [...head, ...tail.map(plain)].slice(0, frame.rows);
}
