/**
 * Which question marks of a PostgreSQL text are placeholders, and which are operators.
 *
 * PostgreSQL has operators with a question mark in them: `?`, `?|`, `?&` (jsonb, hstore), `@?` (jsonpath),
 * `?#`, `?-`, `?-|`, `?||` (geometry), `?@>`, `?<@`, `?~`, `?@` (ltree). The rule, after JDBC's `??` and
 * made safe for texts that never heard of it:
 *
 * 1. A text that uses `$1` anywhere is not touched: every `?` in it is an operator.
 * 2. `??` is the operator's question mark: `doc ?? ?`, `tags ??| ?`.
 * 3. Otherwise a `?` is a placeholder where a value may begin (after a keyword, a comma, an opening
 *    parenthesis, another operator) and an operator where one has just ended (`doc ? 'key'`,
 *    `doc -> 'a' ?| array['b']`). Where both are possible by position, `@?` is the operator.
 *
 * So the only texts that need `??` are the prefix operators `?-` and `?|` of geometry, and ltree's `^?`.
 *
 * @module
 */

import { closesValue, opensValue } from "./keywords.ts";
import { isMark, isName, isWord } from "./span.ts";
import type { Token } from "./tokens.ts";

/** Something to change in the text. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  /** `placeholder`: a number goes here; `operator`: an escaped `??` becomes one question mark. */
  readonly becomes: "placeholder" | "operator";
}

/** What to change in a text without `$n`, in the order of the text. */
export function findQuestionMarks(tokens: readonly Token[]): Edit[] {
  const edits: Edit[] = [];
  let afterValue = false;
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at];
    if (token === undefined) break;
    switch (token.kind) {
      case "operator":
        afterValue = readOperator(tokens, at, afterValue, edits);
        break;
      case "word":
        afterValue = endsValue(tokens, at, afterValue);
        break;
      case "punctuation":
        afterValue = token.text === "]" || (token.text === ")" && !isNamedOperator(tokens, at));
        break;
      case "quoted":
      case "encoded":
      case "string":
      case "number":
      case "param":
      case "variable":
      case "executable":
        afterValue = true;
        break;
      default:
        return unreachable(token.kind);
    }
  }
  return edits;
}

/**
 * Reads one run of operator characters, which may hold placeholders too, as in `a=?` or `?||?`.
 * Returns whether a value has just ended.
 */
function readOperator(
  tokens: readonly Token[],
  at: number,
  before: boolean,
  edits: Edit[],
): boolean {
  const token = tokens[at];
  if (token === undefined) return before;
  const { text, start } = token;
  if (text === "*") return isStar(tokens, at, before);
  const named = isWord(tokens[at - 1], "operator") || isNamedOperator(tokens, at + 1);
  let afterValue = before;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "?" && text[i + 1] === "?") {
      edits.push({ start: start + i, end: start + i + 2, becomes: "operator" });
      afterValue = false;
      i++;
    } else if (
      text[i] !== "?" || named || (before && text === "@?") ||
      (afterValue && !(i === 0 && isCounted(tokens, at)))
    ) {
      afterValue = false;
    } else {
      edits.push({ start: start + i, end: start + i + 1, becomes: "placeholder" });
      afterValue = true;
    }
  }
  return afterValue;
}

/** Whether the token before `at` is the operator of `operator(schema.?)`. */
function isNamedOperator(tokens: readonly Token[], at: number): boolean {
  if (tokens[at - 1]?.kind !== "operator") return false;
  let before = at - 2;
  while (isMark(tokens[before], ".") && isName(tokens[before - 1])) before -= 2;
  return isMark(tokens[before], "(") && isWord(tokens[before - 1], "operator");
}

/** `rows ? preceding`, `fetch first ? rows`: their words are names too, but no operator stands between such. */
function isCounted(tokens: readonly Token[], at: number): boolean {
  const next = tokens[at + 1];
  if (isWord(next, "preceding") || isWord(next, "following")) return true;
  return (isWord(tokens[at - 1], "first") || isWord(tokens[at - 1], "next")) &&
    isWord(tokens[at - 2], "fetch");
}

/** `select *`, `t.*` and `count(*)` are values, `a * b` is an operator. */
function isStar(tokens: readonly Token[], at: number, before: boolean): boolean {
  return !before || isMark(tokens[at - 1], ".");
}

function endsValue(tokens: readonly Token[], at: number, before: boolean): boolean {
  const text = tokens[at]?.text ?? "";
  if (isMark(tokens[at - 1], ".")) return true;
  if (closesValue(text)) return true;
  if (opensValue(text)) return false;
  if (text === "zone" && isWord(tokens[at - 1], "time") && isWord(tokens[at - 2], "at")) {
    return false;
  }
  // Right after a value a free word acts as an operator (`x at …`, `x escape …`); elsewhere it is a name.
  return !before;
}

function unreachable(kind: never): never {
  throw new TypeError(`Not a kind of token: ${String(kind)}`);
}
