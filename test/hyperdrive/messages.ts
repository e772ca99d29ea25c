/** PostgreSQL's messages as bytes (manual, "Message Formats"): cutting a stream up, and making a few. */

/** A message with its type, as it came. */
export interface Message {
  readonly type: string;
  readonly bytes: Buffer;
}

/** Cuts a stream into messages. A client's first ones have no type: `untyped` takes those while it answers true. */
export class Cutter {
  #rest: Buffer = Buffer.alloc(0);

  push(chunk: Buffer, untyped?: (bytes: Buffer) => boolean): Message[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const messages: Message[] = [];
    for (;;) {
      const isUntyped = untyped?.(Buffer.alloc(0)) === true;
      const head = isUntyped ? 0 : 1;
      if (this.#rest.length < head + 4) return messages;
      const end = head + this.#rest.readUInt32BE(head);
      if (this.#rest.length < end) return messages;
      const bytes = this.#rest.subarray(0, end);
      this.#rest = this.#rest.subarray(end);
      if (isUntyped) untyped?.(bytes);
      else messages.push({ type: String.fromCharCode(bytes[0] ?? 0), bytes });
    }
  }
}

/** A message of `type`, or one without. */
export function message(type: string, ...parts: readonly (string | Buffer)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(4 + body.length);
  return Buffer.concat([Buffer.from(type, "latin1"), length, body]);
}

export function ready(status: "I" | "T" | "E" = "I"): Buffer {
  return message("Z", status);
}

export function refusal(code: string, text: string, severity = "ERROR"): Buffer {
  return message("E", `S${severity}\0V${severity}\0C${code}\0M${text}\0\0`);
}

/** The text that ends with a zero at `at`, and where it goes on. */
export function textAt(bytes: Buffer, at: number): readonly [text: string, next: number] {
  const end = bytes.indexOf(0, at);
  return [bytes.toString("utf8", at, end), end + 1];
}
