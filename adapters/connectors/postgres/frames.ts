/**
 * Cuts the server's byte stream into protocol messages ("frames": one type byte, four bytes of
 * length, the rest), as PostgreSQL's manual describes them in "Frontend/Backend Protocol".
 *
 * @module
 */

import { Buffer } from "node:buffer";

/** The types of the server's messages we look at. */
export const FRAME = {
  authentication: 82, // R
  backendKey: 75, // K
  parameterStatus: 83, // S
  readyForQuery: 90, // Z
  errorResponse: 69, // E
  noticeResponse: 78, // N
  notification: 65, // A
  rowDescription: 84, // T
  dataRow: 68, // D
  commandComplete: 67, // C
  emptyQuery: 73, // I
  parseComplete: 49, // 1
  bindComplete: 50, // 2
  parameterDescription: 116, // t
  noData: 110, // n
  copyIn: 71, // G
  copyOut: 72, // H
  copyBoth: 87, // W
} as const;

/** The status in a `readyForQuery` outside a transaction (I). */
export const IDLE = 73;

/** The one message of ours that needs no filling in (PostgreSQL manual, "Terminate"). */
export const TERMINATE: Buffer = Buffer.from([88, 0, 0, 0, 4]);

/** Hears the frames. */
export interface FrameSink {
  /** One whole frame: `bytes[at]` is its type, its body is `bytes[at + 5 .. end]`. */
  frame(bytes: Buffer, at: number, end: number): void;
  /** After them: all the whole frames that came together, as they came. */
  batch(bytes: Buffer): void;
  /** The stream makes no sense: a length no message can have. */
  garbled(): void;
}

/** PostgreSQL itself takes and sends no message above 1 GiB (`PQ_LARGE_MESSAGE_LIMIT`, `MaxAllocSize`). */
const MAX_FRAME_BYTES = 0x40000000;

/** Keeps what belongs to a frame that has not wholly arrived. */
export class Framer {
  readonly #sink: FrameSink;
  /** The pieces of the unfinished frame; joined once, so that a large row is not copied per chunk. */
  #pieces: Buffer[] = [];
  #have = 0;
  #need = 0;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  push(chunk: Buffer): void {
    let bytes = chunk;
    if (this.#have > 0) {
      this.#pieces.push(chunk);
      this.#have += chunk.length;
      if (this.#have < this.#need) return;
      bytes = Buffer.concat(this.#pieces, this.#have);
      this.#pieces = [];
      this.#have = 0;
    }
    const size = bytes.length;
    let at = 0;
    let need = 5;
    while (at + 5 <= size) {
      const length = bytes.readUInt32BE(at + 1);
      if (length < 4 || length > MAX_FRAME_BYTES) return this.#sink.garbled();
      const end = at + 1 + length;
      if (end > size) {
        need = end - at;
        break;
      }
      this.#sink.frame(bytes, at, end);
      at = end;
    }
    if (at > 0) this.#sink.batch(at === size ? bytes : bytes.subarray(0, at));
    if (at < size) {
      this.#pieces.push(bytes.subarray(at));
      this.#have = size - at;
      this.#need = need;
    }
  }
}
