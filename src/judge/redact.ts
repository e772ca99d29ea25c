/**
 * Takes parameter values out of a database's message, so that an error may be logged (law 9).
 *
 * @module
 */

import { textsOf } from "./parameter-text.ts";

/** The longest text given back; a message beyond this is a dump, not a message. */
export const MAX_TEXT = 4_096;

/** Beyond this many parameter texts the message is withheld instead of searched. PostgreSQL takes 65,535 parameters. */
export const MAX_VALUES = 100_000;

/** From this length on a value is taken out wherever it stands; a shorter one only between delimiters. */
const MIN_ANYWHERE = 3;

/**
 * A longer value is recognised by its beginning, and taken out as far as the text follows it:
 * PostgreSQL shortens values to 64 bytes and goes on with "..." (`ExecBuildSlotValueDescription`),
 * and 64 bytes are at least 16 characters.
 */
const KEY_LENGTH = 16;

/**
 * When more values than this share a beginning, they are not told apart any more: as much is taken out
 * as the longest of them takes, so that a bulk insert of keys costs no more than any other.
 */
const MAX_SHARING = 64;

const WITHHELD = "(message withheld: too many parameter values to look for)";

/**
 * Replaces every occurrence of a parameter's value in `text` by its placeholder, `$1` for the first.
 *
 * Strings, numbers, bigints, dates (ISO and PostgreSQL's form), bytes (hexadecimal), and objects
 * and arrays as JSON and value by value. Values shorter than three characters are replaced only
 * between quotes, parentheses or commas, as in `(id)=(7)`. Where values overlap, all of them go. The
 * result is cut after {@link MAX_TEXT} characters.
 */
export function redact(text: string, params: readonly unknown[]): string {
  const needles = new Needles();
  for (const [index, value] of params.entries()) {
    textsOf(value, (found) => needles.add(found, index + 1));
    if (needles.count > MAX_VALUES) return WITHHELD;
  }
  if (needles.count === 0) return cut(text);

  let redacted = "";
  let copiedTo = 0;
  for (const span of coveredBy(needles, text.slice(0, MAX_TEXT + KEY_LENGTH))) {
    redacted += `${text.slice(copiedTo, span.start)}$${span.param}`;
    copiedTo = span.end;
  }
  const rest = text.slice(copiedTo, Math.max(copiedTo, MAX_TEXT));
  return cut(copiedTo + rest.length < text.length ? `${redacted}${rest}…` : redacted + rest);
}

/** Where parameters stand in the text, in order; what overlaps is one span. */
function coveredBy(needles: Needles, text: string): Span[] {
  const spans: Span[] = [];
  for (let at = 0; at < Math.min(text.length, MAX_TEXT); at += 1) {
    const match = needles.longestAt(text, at);
    const last = spans.at(-1);
    if (match === undefined) continue;
    if (last === undefined || last.end <= at) spans.push(match);
    else if (match.end > last.end) last.end = match.end;
  }
  return spans;
}

function cut(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}

/** A stretch of the text that belongs to a parameter. */
interface Span {
  readonly start: number;
  end: number;
  readonly param: number;
}

/** What is looked for: short values by their whole, long ones by their beginning. */
class Needles {
  count = 0;
  /** By length, then by text: one look-up per length and place, however many values there are. */
  readonly #whole = new Map<number, Map<string, number>>();
  readonly #beginnings = new Map<string, Sharing>();

  add(text: string, param: number): void {
    if (text === "") return;
    this.count += 1;
    if (text.length > KEY_LENGTH) {
      const key = text.slice(0, KEY_LENGTH);
      const sharing = this.#beginnings.get(key) ?? { values: [], longest: 0 };
      this.#beginnings.set(key, sharing);
      if (sharing.values.length <= MAX_SHARING) sharing.values.push({ text, param });
      sharing.longest = Math.max(sharing.longest, text.length);
      return;
    }
    const same = this.#whole.get(text.length) ?? new Map<string, number>();
    this.#whole.set(text.length, same);
    if (!same.has(text)) same.set(text, param);
  }

  longestAt(text: string, at: number): Span | undefined {
    let longest: Span | undefined;
    for (const [length, known] of this.#whole) {
      const param = known.get(text.slice(at, at + length));
      const end = at + length;
      if (param === undefined || (longest !== undefined && longest.end >= end)) continue;
      if (length < MIN_ANYWHERE && !isDelimited(text, at, end)) continue;
      longest = { start: at, end, param };
    }
    const beginning = this.#beginningAt(text, at);
    return longest === undefined || (beginning !== undefined && beginning.end > longest.end)
      ? beginning
      : longest;
  }

  #beginningAt(text: string, at: number): Span | undefined {
    if (this.#beginnings.size === 0) return undefined;
    const sharing = this.#beginnings.get(text.slice(at, at + KEY_LENGTH));
    if (sharing === undefined) return undefined;
    const many = sharing.values.length > MAX_SHARING;
    let longest: Span | undefined;
    for (const { text: value, param } of sharing.values) {
      const end = many
        ? Math.min(text.length, at + sharing.longest)
        : at + commonLength(text, at, value);
      if (longest === undefined || end > longest.end) longest = { start: at, end, param };
    }
    return longest;
  }
}

/** Long values with the same beginning. */
interface Sharing {
  readonly values: { readonly text: string; readonly param: number }[];
  longest: number;
}

/** How far `value` goes on from `at`; it is known to share its beginning. */
function commonLength(text: string, at: number, value: string): number {
  let length = KEY_LENGTH;
  while (length < value.length && text[at + length] === value[length]) length += 1;
  // `text[…]` past its end is undefined and never equal: the loop ends there.
  return length;
}

/** Whether quotes, parentheses or a row's commas stand on both sides: `"x"`, `=(x)`, `(1, x, null)`. */
function isDelimited(text: string, start: number, end: number): boolean {
  const before = text[start - 1] ?? "";
  const after = text[end] ?? "";
  const opened = "\"'`({,".includes(before) || text.slice(start - 2, start) === ", ";
  return before !== "" && after !== "" && opened && "\"'`)},".includes(after);
}
