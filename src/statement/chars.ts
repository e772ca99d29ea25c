/**
 * What a character may be part of, by the rules both dialects share. Looked up, because it is asked
 * once for every character of every new text.
 *
 * @module
 */

const SPACE = 1;
const WORD_START = 2;
const DIGIT = 4;
const OPERATOR = 8;
const ODD_OPERATOR = 16;

const CLASSES: Uint8Array = new Uint8Array(128);
mark(" \t\n\r\f\v", SPACE);
mark("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_", WORD_START);
mark("0123456789", DIGIT);
// PostgreSQL's own list: src/backend/parser/scan.l, `op_chars`.
mark("~!@#^&|`?+-*/%<>=", OPERATOR);
mark("~!@#^&|`?%", ODD_OPERATOR);

function mark(characters: string, bit: number): void {
  for (let at = 0; at < characters.length; at++) {
    const code = characters.charCodeAt(at);
    CLASSES[code] = (CLASSES[code] ?? 0) | bit;
  }
}

function has(code: number, bits: number): boolean {
  return ((CLASSES[code] ?? 0) & bits) !== 0;
}

/** Whether a character separates tokens. Only ASCII blanks do: a no-break space is part of a name. */
export function isSpace(code: number): boolean {
  return has(code, SPACE);
}

/** Whether a name may begin with it. Everything beyond ASCII is a letter to both databases. */
export function isWordStart(code: number): boolean {
  return code >= 128 || has(code, WORD_START);
}

/** Whether a name may go on with it. */
export function isWordPart(code: number): boolean {
  return code >= 128 || code === 36 /* $ */ || has(code, WORD_START | DIGIT);
}

/** Whether it is one of 0–9. */
export function isDigit(code: number): boolean {
  return has(code, DIGIT);
}

/** Whether PostgreSQL may make an operator of it. */
export function isOperator(code: number): boolean {
  return has(code, OPERATOR);
}

/** Whether it is one of those that no operator of standard SQL has (manual, 4.1.3). */
export function isOddOperator(code: number): boolean {
  return has(code, ODD_OPERATOR);
}
