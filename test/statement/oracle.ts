/**
 * PostgreSQL's own parser, compiled to WASM, as the judge of ours.
 */

import { loadModule, parseSync, scanSync } from "libpg-query";

export { loadModule };

/** The scanner's tokens as places in the text, comments left out; or why it stopped. */
export function scanPlaces(text: string): [number, number][] | string {
  const toUnits = byteToUnit(text);
  try {
    return scanSync(text).tokens
      .filter((token) => !/COMMENT/.test(token.tokenName))
      .map((token) => [toUnits(token.start), toUnits(token.end)]);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function byteToUnit(text: string): (byte: number) => number {
  if (/^[\0-\x7f]*$/.test(text)) return (byte) => byte;
  const units = new Map<number, number>();
  let byte = 0;
  let unit = 0;
  for (const character of text) {
    units.set(byte, unit);
    byte += new TextEncoder().encode(character).length;
    unit += character.length;
  }
  units.set(byte, unit);
  return (at) => units.get(at) ?? Number.NaN;
}

/** What the real parser says of a text. */
export interface Verdict {
  readonly statements: number;
  /** The node names of the statements: `SelectStmt`, … */
  readonly kinds: readonly string[];
  /** Why the text is more than a read; empty when nothing in its tree is. */
  readonly writes: readonly string[];
  /** Every function called, last part of the name. */
  readonly functions: readonly string[];
  readonly readsTable: boolean;
}

/** Parses a text; `undefined` when it is not SQL. */
export function judge(text: string): Verdict | undefined {
  let stmts: readonly { readonly stmt?: unknown }[];
  try {
    stmts = parseSync(text).stmts ?? [];
  } catch {
    return undefined;
  }
  const found: Found = { writes: [], functions: [], readsTable: false, aliases: new Set() };
  const kinds: string[] = [];
  for (const { stmt } of stmts) {
    const [kind, node] = Object.entries(stmt as Node)[0] ?? ["", {}];
    kinds.push(kind);
    judgeStatement(kind, node as Node, found);
  }
  return { statements: kinds.length, kinds, ...found };
}

type Node = Record<string, unknown>;

interface Found {
  readonly writes: string[];
  readonly functions: string[];
  readsTable: boolean;
  readonly aliases: Set<string>;
}

function judgeStatement(kind: string, node: Node, found: Found): void {
  switch (kind) {
    case "SelectStmt":
      collectAliases(node, found.aliases);
      return walk(node, found);
    case "VariableShowStmt":
      return;
    case "ExplainStmt": {
      const options = (node["options"] ?? []) as { DefElem: Node }[];
      const [inner, query] = Object.entries(node["query"] as Node)[0] ?? ["", {}];
      if (options.some(runs)) judgeStatement(inner, query as Node, found);
      else if (inner === "ExecuteStmt") found.writes.push(inner);
      // A standby refuses to plan for INTO's new table: see `standby.test.ts`.
      else if (JSON.stringify(query).includes('"intoClause"')) found.writes.push("intoClause");
      return;
    }
    case "CopyStmt":
      if (
        node["is_from"] === true || node["is_program"] === true || node["filename"] !== undefined
      ) {
        found.writes.push("COPY");
      }
      return walk(node, found);
    default:
      found.writes.push(kind);
      walk(node, found);
  }
}

function runs(option: { DefElem: Node }): boolean {
  if (option.DefElem["defname"] !== "analyze") return false;
  const said = JSON.stringify(option.DefElem["arg"] ?? "").toLowerCase();
  return !/"(?:false|off)"|"ival":0|"ival":\{\}|"integer":\{\}/.test(said);
}

function collectAliases(node: unknown, aliases: Set<string>): void {
  if (Array.isArray(node)) return node.forEach((inner) => collectAliases(inner, aliases));
  if (typeof node !== "object" || node === null) return;
  for (const [key, value] of Object.entries(node)) {
    if (key === "ctename") aliases.add(value as string);
    collectAliases(value, aliases);
  }
}

const WRITING = /^(?:Insert|Update|Delete|Merge)Stmt$/;

function walk(node: unknown, found: Found): void {
  if (Array.isArray(node)) return node.forEach((inner) => walk(inner, found));
  if (typeof node !== "object" || node === null) return;
  for (const [key, value] of Object.entries(node)) {
    if (WRITING.test(key) || key === "lockingClause" || key === "intoClause") {
      found.writes.push(key);
    }
    if (key === "FuncCall") {
      const names = (value as { funcname: { String: { sval: string } }[] }).funcname;
      found.functions.push(names.at(-1)?.String.sval ?? "");
    }
    if (key === "RangeVar") {
      const { relname, schemaname } = value as { relname: string; schemaname?: string };
      if (schemaname !== undefined || !found.aliases.has(relname)) found.readsTable = true;
    }
    walk(value, found);
  }
}
