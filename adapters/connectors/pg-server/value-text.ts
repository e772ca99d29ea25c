/**
 * A value as PostgreSQL reads it, whatever type it takes it for.
 *
 * @module
 */

/** The text of a value that is neither null nor an array. Throws a `TypeError` for what has none. */
export function valueText(value: unknown): string {
  switch (typeof value) {
    case "string":
      return value;
    case "number":
    case "bigint":
    case "boolean":
      return String(value);
    case "object":
      return objectText(value ?? {});
    case "undefined":
    case "function":
    case "symbol":
    default:
      throw new TypeError(`A ${typeof value} cannot be a parameter`);
  }
}

function objectText(value: object): string {
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return hexOf(value);
  if (value instanceof ArrayBuffer) return hexOf(new Uint8Array(value));
  return ownText(value) ?? jsonOf(value);
}

/** A decimal or a URL says itself what it is; an object that says no more than that it is one goes as JSON. */
function ownText(value: object): string | undefined {
  // One without a prototype has none.
  if (typeof (value as { readonly toString?: unknown }).toString !== "function") return undefined;
  // oxlint-disable-next-line typescript/no-base-to-string -- what it says is looked at
  const text = String(value);
  return text.startsWith("[object ") ? undefined : text;
}

function jsonOf(value: object): string {
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw new TypeError("A parameter has no JSON");
  return text;
}

function hexOf(bytes: Uint8Array): string {
  let text = "\\x";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}
