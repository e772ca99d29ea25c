import { Buffer } from "node:buffer";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Framer } from "../../../../adapters/connectors/postgres/frames.ts";
import { frame } from "./messages.ts";

interface Heard {
  readonly frames: string[];
  readonly batches: Buffer[];
  garbled: number;
}

function listen(): { readonly framer: Framer; readonly heard: Heard } {
  const heard: Heard = { frames: [], batches: [], garbled: 0 };
  const framer = new Framer({
    frame: (bytes, at, end) => void heard.frames.push(bytes.subarray(at, end).toString("hex")),
    batch: (bytes) => void heard.batches.push(Buffer.from(bytes)),
    garbled: () => void heard.garbled++,
  });
  return { framer, heard };
}

const messages = fc.array(
  fc.tuple(fc.constantFrom("D", "Z", "C"), fc.uint8Array({ maxLength: 40 })),
  { maxLength: 8 },
).map((all) => all.map(([type, body]) => frame(type, Buffer.from(body))));

test("Framer.push() finds the same frames however the stream is cut", () => {
  fc.assert(
    fc.property(messages, fc.array(fc.integer({ min: 1, max: 30 })), (frames, cuts) => {
      const { framer, heard } = listen();
      const stream = Buffer.concat(frames);
      let at = 0;
      for (const size of [...cuts, stream.length]) {
        if (at < stream.length) framer.push(stream.subarray(at, at += size));
      }
      expect(heard.frames).toEqual(frames.map((each) => each.toString("hex")));
      expect(Buffer.concat(heard.batches)).toEqual(stream);
      expect(heard.garbled).toBe(0);
    }),
  );
});

test("Framer.push() says when a length makes no sense", () => {
  for (const length of [0, 3, 0x40000001, 0xffffffff]) {
    const { framer, heard } = listen();
    const bytes = Buffer.from("D\0\0\0\0rest");
    bytes.writeUInt32BE(length, 1);
    framer.push(bytes);
    expect(heard).toMatchObject({ frames: [], garbled: 1 });
  }
});
