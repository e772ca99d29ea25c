/**
 * Every number an option can be: its default, unit, range and meaning, in one table. Defaults,
 * validation messages and the README's section come from here.
 *
 * @module
 */

import { CALL_ROWS, type CallOptionPath } from "./call-rows.ts";
import type { OptionRow } from "./row.ts";
import { SHARING_ROWS, type SharingOptionPath } from "./sharing-rows.ts";
import { UPKEEP_ROWS, type UpkeepOptionPath } from "./upkeep-rows.ts";

export { allowedBy, type OptionRow } from "./row.ts";

/** The path of a numeric option. */
export type OptionPath = CallOptionPath | UpkeepOptionPath | SharingOptionPath;

/** The table, by path. */
export const OPTION_TABLE: Readonly<Record<OptionPath, OptionRow>> = {
  ...CALL_ROWS,
  ...UPKEEP_ROWS,
  ...SHARING_ROWS,
};

/** The row of a path. */
export function rowOf(path: OptionPath): OptionRow {
  return OPTION_TABLE[path];
}
