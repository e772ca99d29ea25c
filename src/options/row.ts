/**
 * What is known of one numeric option.
 *
 * @module
 */

/** One numeric option. */
export interface OptionRow {
  /** `undefined`: off unless given. */
  readonly default: number | undefined;
  readonly unit: "ms" | "ratio" | "count" | "factor";
  /** Both ends are allowed. Counts are whole numbers. */
  readonly range: readonly [number, number];
  readonly says: string;
}

/** The longest delay a timer of the web platform can wait (2³¹ − 1 ms). */
export const MAX_MS = 2_147_483_647;

/** What a row allows, for people. */
export function allowedBy(row: OptionRow): string {
  const [low, high] = row.range;
  switch (row.unit) {
    case "ms":
      return `milliseconds from ${low} to ${high}`;
    case "ratio":
      return `a ratio from ${low} to ${high}`;
    case "factor":
      return `a number from ${low} to ${high}`;
    case "count":
      return `a whole number from ${low} to ${high}`;
    default:
      return row.unit satisfies never;
  }
}
