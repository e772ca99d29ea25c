/**
 * Whether a value arrives beyond the hop as it was: a function would arrive as a call back to here, and
 * `JSON.stringify` there would make something else of it than it would here.
 *
 * @module
 */

/** Deeper than this no value is looked into: one that contains itself would never end. */
const MAX_DEPTH = 100;

/** Refuses functions, wherever they are. What else cannot travel the platform refuses itself, unsent. */
export function isSendable(value: unknown): boolean {
  return isFree(value, 0, new Set());
}

/** @param fine what was looked at and may travel: a part that many others share is looked into once */
function isFree(value: unknown, depth: number, fine: Set<object>): boolean {
  if (typeof value === "function" || typeof value === "symbol") return false;
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return true;
  if (fine.has(value)) return true;
  if (depth > MAX_DEPTH) return false;
  const inside: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  const isFine = inside.every((one) => isFree(one, depth + 1, fine));
  if (isFine) fine.add(value);
  return isFine;
}
