/**
 * The fast way for a statement the connection has prepared already: bind, execute and sync go out as
 * one piece, and rows are read straight from what came in.
 *
 * postgres.js prepares a statement the first time and tells its name, parameter types and columns;
 * from then on its per-call work (a promise subclass, a microtask, four buffers, a timer phase) is
 * left out. Measured: half of the client's CPU per query (`plan.test.ts` guards that both ways
 * answer the same).
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Field, Row } from "../../../src/model/result.ts";
import { parameterText, type Serializers } from "../pg-server/arrays.ts";
import { put } from "../pg-server/put.ts";

/** One column, as postgres.js describes it. */
export interface PlanColumn {
  readonly name: string;
  readonly type: number;
  readonly parser?: ((text: string) => unknown) | undefined;
}

/** What is known of a prepared statement. */
export interface Plan {
  /** The types the parameters' values suggested when it was prepared: another mix is another plan. */
  readonly hints: readonly number[];
  readonly name: string;
  /** The parameters' types as the server settled them. */
  readonly types: readonly number[];
  readonly columns: readonly PlanColumn[];
  readonly fields: readonly Field[];
}

/** A value is so foreign that only postgres.js knows what to do with it. */
export const FOREIGN = -1;

/**
 * The type a value suggests, 0 where the server is to decide; the same choice as postgres.js makes,
 * but for arrays, which it takes for their first element.
 */
export function hint(value: unknown): number {
  if (typeof value === "boolean") return 16;
  // Beyond 64 bits it can only be a numeric.
  if (typeof value === "bigint") return BigInt.asIntN(64, value) === value ? 20 : 0;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return 0;
  if (value instanceof Date) return 1184;
  if (value instanceof Uint8Array) return 17;
  // postgres.js's own wrappers (`sql.json(…)`, fragments) all have a `then`.
  return "then" in value ? FOREIGN : 0;
}

/** Whether the plan was made for such parameters. */
export function fits(plan: Plan, params: readonly unknown[]): boolean {
  if (plan.hints.length !== params.length) return false;
  for (let i = 0; i < params.length; i++) {
    if (hint(params[i]) !== plan.hints[i]) return false;
  }
  return true;
}

/** No portal name, no row limit, then Sync: what follows every Bind. */
const EXECUTE_AND_SYNC = Buffer.from([69, 0, 0, 0, 9, 0, 0, 0, 0, 0, 83, 0, 0, 0, 4]);
/** Up to here three bytes per character are set aside; beyond, the length is counted first. */
const COUNT_FROM = 512;

/**
 * Bind, Execute and Sync in one piece. Throws what a serializer throws, and a `TypeError` for
 * `undefined`, which PostgreSQL has no word for.
 */
export function encode(plan: Plan, params: readonly unknown[], serializers: Serializers): Buffer {
  const count = params.length;
  const texts: (string | null)[] = [];
  // Type, length, portal's end, name and its end, no parameter formats, count; no result formats.
  let size = 1 + 4 + 1 + plan.name.length + 1 + 2 + 2 + 2 + EXECUTE_AND_SYNC.length;
  for (let i = 0; i < count; i++) {
    const text = textOf(params[i], plan.types[i] ?? 0, serializers);
    texts.push(text);
    size += 4;
    if (text !== null) {
      size += text.length < COUNT_FROM ? text.length * 3 : Buffer.byteLength(text);
    }
  }
  const bytes = Buffer.allocUnsafe(size);
  bytes[0] = 66; // B
  bytes[5] = 0;
  let at = 6;
  at += bytes.write(plan.name, at, "latin1");
  bytes[at++] = 0;
  bytes[at++] = 0;
  bytes[at++] = 0;
  bytes[at++] = count >> 8;
  bytes[at++] = count & 255;
  for (let i = 0; i < count; i++) {
    const text = texts[i] ?? null;
    if (text === null) {
      at = bytes.writeInt32BE(-1, at);
    } else {
      const length = bytes.write(text, at + 4, "utf8");
      bytes.writeInt32BE(length, at);
      at += 4 + length;
    }
  }
  bytes[at++] = 0;
  bytes[at++] = 0;
  bytes.writeInt32BE(at - 1, 1);
  at += EXECUTE_AND_SYNC.copy(bytes, at);
  return bytes.subarray(0, at);
}

function textOf(value: unknown, type: number, serializers: Serializers): string | null {
  if (value === null) return null;
  if (value === undefined) throw new TypeError("Undefined values are not allowed");
  const serialize = serializers[type];
  const text = serialize === undefined ? parameterText(value) : serialize(value);
  // What has no text of its own (a symbol, an object without a prototype) throws here.
  return typeof text === "string" ? text : `${text as string}`;
}

/** Reads the row in `bytes[at …]`, or `undefined` when it has not the plan's number of columns. */
export function decode(plan: Plan, bytes: Buffer, at: number): Row | undefined {
  const { columns } = plan;
  if (bytes.readUInt16BE(at + 5) !== columns.length) return undefined;
  const row: Row = {};
  let from = at + 7;
  for (const column of columns) {
    const length = bytes.readInt32BE(from);
    from += 4;
    if (length < 0) {
      put(row, column.name, null);
      continue;
    }
    const text = bytes.toString("utf8", from, from + length);
    from += length;
    put(row, column.name, column.parser === undefined ? text : column.parser(text));
  }
  return row;
}
