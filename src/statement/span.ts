/**
 * Looking at tokens by their place: the small questions every reader of statements asks.
 *
 * @module
 */

import type { Token } from "./tokens.ts";

/** A stretch of tokens: from the first one to before the last one. */
export interface Span {
  readonly tokens: readonly Token[];
  readonly from: number;
  readonly to: number;
}

/** Whether the token is this keyword. A quoted name never is. */
export function isWord(token: Token | undefined, text: string): boolean {
  return token !== undefined && token.kind === "word" && token.text === text;
}

/** Whether the token is this mark. */
export function isMark(token: Token | undefined, text: string): boolean {
  return token !== undefined && token.kind === "punctuation" && token.text === text;
}

/** Whether the token may be a name: keywords that are not reserved are names too. */
export function isName(token: Token | undefined): boolean {
  return token !== undefined &&
    (token.kind === "word" || token.kind === "quoted" || token.kind === "encoded");
}

/** The keyword at a place of a span; empty when there is none. */
export function wordAt(span: Span, at: number): string {
  const token = at < span.to ? span.tokens[at] : undefined;
  return token?.kind === "word" ? token.text : "";
}

/** The place after the parenthesis that closes the one at `open`, or the span's end. */
export function afterParenthesis(span: Span, open: number): number {
  let depth = 0;
  for (let at = open; at < span.to; at++) {
    if (isMark(span.tokens[at], "(")) depth++;
    else if (isMark(span.tokens[at], ")") && --depth === 0) return at + 1;
  }
  return span.to;
}
