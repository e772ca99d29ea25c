/** A statement is sent once, also where the runtime would send a request again. */

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROOT, run } from "../../scripts/step.ts";

const PROGRAM = join(ROOT, "test", "planetscale", "once-program.ts");
const bin = (name: string): string => join(ROOT, "node_modules", ".bin", name);

let cutting: Server;
/** Requests that came: the first is answered, under all others the connection is cut. */
let arrived = 0;
beforeAll(async () => {
  cutting = createServer((request, response) => {
    request.resume().on("end", () => {
      const answer = { session: null, result: { rowsAffected: "1", fields: [], rows: [] } };
      if (++arrived === 1) response.end(JSON.stringify(answer));
      else request.socket.resetAndDestroy();
    });
  });
  await new Promise<void>((resolve) => void cutting.listen(0, "127.0.0.1", resolve));
});
afterAll(() => void cutting.close());

test.each<[string, string, readonly string[]]>([
  ["Node", process.execPath, []],
  ["Deno", bin("deno"), ["run", "--no-prompt", "--allow-net=127.0.0.1", "--allow-env"]],
  ["Bun", bin("bun"), []],
])("%s sends a write once, and does not know whether it ran", async (_, program, flags) => {
  arrived = 0;
  const { port } = cutting.address() as AddressInfo;
  const ended = await run(program, [...flags, PROGRAM, `http://app:secret@127.0.0.1:${port}/shop`]);
  expect(JSON.parse(ended.stdout)).toEqual(["answered", "sent"]);
  expect(arrived).toBe(2);
});
