/**
 * Cuts the tokens of a text into its statements.
 *
 * @module
 */

import type { Dialect } from "../model/statement.ts";
import { isMark, isWord, type Span } from "./span.ts";
import type { Token } from "./tokens.ts";

/**
 * The statements of a text, empty ones left out. A semicolon inside a routine's body or a rule's list of
 * actions does not end the CREATE around it.
 */
export function splitStatements(tokens: readonly Token[], dialect: Dialect): Span[] {
  const spans: Span[] = [];
  let from = 0;
  let inCreate = false;
  let parentheses = 0;
  let blocks = 0;
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at];
    if (at === from) {
      inCreate = isWord(token, "create");
      parentheses = 0;
      blocks = 0;
      if (inCreate && dialect === "mysql" && createsRoutine(tokens, at)) break;
    }
    if (isMark(token, ";") && blocks === 0 && parentheses === 0) {
      if (at > from) spans.push({ tokens, from, to: at });
      from = at + 1;
    } else if (inCreate && token !== undefined) {
      if (token.kind === "punctuation") parentheses = nest(parentheses, token.text);
      else if (token.kind === "word") blocks = block(blocks, token, tokens[at + 1]);
    }
  }
  if (from < tokens.length) spans.push({ tokens, from, to: tokens.length });
  return spans;
}

function nest(depth: number, mark: string): number {
  if (mark === "(") return depth + 1;
  return mark === ")" && depth > 0 ? depth - 1 : depth;
}

/** BEGIN ATOMIC … END, with the CASE … END inside it. */
function block(depth: number, token: Token, next: Token | undefined): number {
  if (token.text === "begin" && isWord(next, "atomic")) return depth + 1;
  if (depth > 0 && token.text === "case") return depth + 1;
  return depth > 0 && token.text === "end" ? depth - 1 : depth;
}

/** How many words may stand between MySQL's CREATE and what is created: OR REPLACE DEFINER = a @ b … */
const MAX_CREATE_WORDS = 16;

/** A MySQL routine's body holds semicolons at any depth, and nothing can follow it in one text. */
function createsRoutine(tokens: readonly Token[], at: number): boolean {
  return tokens.slice(at + 1, at + 1 + MAX_CREATE_WORDS).some((token) =>
    token.kind === "word" && /^(?:procedure|function|trigger|event)$/.test(token.text)
  );
}
