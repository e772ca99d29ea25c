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

/**
 * What is sent in a value's place: the platform refuses objects without a prototype, and sends the whole buffer of which
 * some bytes are a part. Only for what `isSendable`.
 */
export function portable(value: unknown): unknown {
  return copied(value, new Map());
}

function copied(value: unknown, done: Map<object, unknown>): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) {
    return value.byteLength < value.buffer.byteLength ? new Uint8Array(value) : value;
  }
  if (done.has(value)) return done.get(value);
  const copy = copyOf(value, done);
  done.set(value, copy);
  return copy;
}

function copyOf(value: object, done: Map<object, unknown>): unknown {
  if (Array.isArray(value)) return value.map((one) => copied(one, done));
  const prototype: unknown = Object.getPrototypeOf(value);
  // An instance of a class stays what it is, for the platform to refuse it.
  if (prototype !== null && prototype !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, copied(one, done)]));
}
