/**
 * Numbers as people read them.
 *
 * @module
 */

import { type Figure, isMeasured } from "./figure.ts";

/** How wide a contestant's name is. */
export const NAME = 37;
const NUMBER = 7;

/** Median and range, or what went wrong. */
export function show(figure: Figure, digits: number): string {
  if (!isMeasured(figure)) return `failed: ${figure.error}`;
  const [median, min, max] = [figure.median, figure.min, figure.max]
    .map((value) => value.toFixed(digits).padStart(NUMBER));
  return `${median} [${min} …${max}]`;
}

/** The median alone, for columns beside the one that matters; nothing where there is none. */
export function brief(figure: Figure, digits: number, unit: string): string {
  return isMeasured(figure) ? `${figure.median.toFixed(digits).padStart(6)} ${unit}` : "";
}

/** Whether an aim was met. */
export function verdict(figure: Figure | undefined, isMet: (median: number) => boolean): string {
  if (figure === undefined || !isMeasured(figure)) return "not measured";
  return isMet(figure.median) ? "met" : "missed";
}

/** What was counted though it should be none: `, 3 [0 … 9] failed: the first error`; nothing for none. */
export function faults(counts: Readonly<Record<string, Figure>>, firstError?: string): string {
  const some = Object.entries(counts).filter(([, figure]) => isMeasured(figure) && figure.max > 0);
  if (some.length === 0) return "";
  const said = some.map(([what, figure]) =>
    isMeasured(figure) ? `${figure.median} [${figure.min} … ${figure.max}] ${what}` : ""
  );
  return `  ${said.join(", ")}${firstError === undefined ? "" : ` (${firstError})`}`;
}

/** What the numbers are, a line each. */
export function meanings(means: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(means).map(([name, meaning]) => `  ${name}: ${meaning}`);
}
