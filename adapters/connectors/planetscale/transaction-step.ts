/**
 * What a text does to the transaction of its session.
 *
 * @module
 */

/** Blanks and comments before the first word. */
const LEADING = /^(?:\s|#[^\n]*(?:\n|$)|--\s[^\n]*(?:\n|$)|\/\*(?!!|M!)[^]*?\*\/)*/;

/** `undefined`: nothing. A rollback to a savepoint ends nothing. */
export function stepOf(text: string): "begins" | "commits" | "rolls back" | undefined {
  const words = text.slice(LEADING.exec(text)?.[0].length ?? 0, MAX_LENGTH).toLowerCase();
  if (/^(?:begin|start\s+transaction)\b/.test(words)) return "begins";
  if (/^commit\b/.test(words)) return "commits";
  if (/^rollback\b(?!\s+(?:work\s+)?to\b)/.test(words)) return "rolls back";
  return undefined;
}

/** Comments included; a longer one hides what follows, and then the session ends by the server's own limit. */
const MAX_LENGTH = 2_000;
