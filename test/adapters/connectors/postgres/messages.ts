/**
 * The server's messages, for servers played by a test.
 *
 * @module
 */

import { Buffer } from "node:buffer";

/** A text with its closing zero. */
export function nul(text: string): Buffer {
  return Buffer.from(`${text}\0`);
}

/** One message. */
export function frame(type: string, body: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

export function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** ErrorResponse or NoticeResponse from fields like `{ C: "57P01", M: "…" }`. */
export function report(type: "E" | "N", fields: Readonly<Record<string, string>>): Buffer {
  const parts = Object.entries(fields).map(([name, value]) => nul(name + value));
  return frame(type, Buffer.concat([...parts, Buffer.from([0])]));
}

/** AuthenticationOk, a key and ReadyForQuery. */
export const WELCOME: Buffer = Buffer.concat([
  frame("R", int(0)),
  frame("K", Buffer.concat([int(7), int(11)])),
  frame("Z", Buffer.from("I")),
]);

/** The answer to an empty text. */
export const EMPTY: Buffer = Buffer.concat([frame("I"), frame("Z", Buffer.from("I"))]);
