/**
 * A statement is prepared and described in the same breath in which it runs first.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Parsers } from "../pg-server/arrays.ts";
import type { PlanColumn } from "./plan.ts";

/** Parse, and Describe of the statement: what goes before its Bind. */
export function encodeParse(name: string, text: string, declared: readonly number[]): Buffer {
  const types = Buffer.alloc(2 + 4 * declared.length);
  types.writeUInt16BE(declared.length, 0);
  declared.forEach((type, i) => types.writeUInt32BE(type, 2 + 4 * i));
  const parse = Buffer.concat([Buffer.from(`${name}\0${text}\0`), types]);
  return Buffer.concat([
    head("P", parse.length),
    parse,
    head("D", name.length + 2),
    Buffer.from(`S${name}\0`),
  ]);
}

/** Both in one piece. */
export function joined(parse: Buffer, bind: Buffer): Buffer {
  return Buffer.concat([parse, bind]);
}

function head(type: "P" | "D", bodyLength: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes.write(type, 0, "latin1");
  bytes.writeUInt32BE(4 + bodyLength, 1);
  return bytes;
}

/** The columns in the RowDescription at `at`. */
export function readColumns(bytes: Buffer, at: number, parsers: Parsers): PlanColumn[] {
  const count = bytes.readUInt16BE(at + 5);
  const columns: PlanColumn[] = [];
  let from = at + 7;
  for (let i = 0; i < count; i++) {
    const end = bytes.indexOf(0, from);
    const name = bytes.toString("utf8", from, end);
    // Between name and type: the table's number (4 bytes) and the column's (2). After it: size, modifier, format.
    const type = bytes.readUInt32BE(end + 7);
    columns.push({ name, type, parser: parsers[type] });
    from = end + 19;
  }
  return columns;
}
