/**
 * How a row is filled.
 *
 * @module
 */

import type { Row } from "../../../src/model/result.ts";

/** A column may be called `__proto__`: assigning to that would change what the row is. */
export function put(row: Row, name: string, value: unknown): void {
  if (name !== "__proto__") row[name] = value;
  else {
    const own = { value, enumerable: true, writable: true, configurable: true };
    Object.defineProperty(row, name, own);
  }
}
