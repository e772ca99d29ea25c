/** Deno and Bun: the same answers, and a statement is sent once. */

import { execFile } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { once } from "../../adapters/connectors/sent-once/once.ts";
import { type Cluster, startCluster, whyNoCluster } from "../cluster/mod.ts";
import { freePort } from "../cluster/place.ts";
import { type Double, startDouble } from "./double.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

const SCRIPT = fileURLToPath(new URL("elsewhere.ts", import.meta.url));
const run = promisify(execFile);

describe.skipIf(missing)(`neon() elsewhere ${missing ?? ""}`, () => {
  let cluster: Cluster;
  let double: Double;
  let cutting: Server;
  /** Requests that came to `cutting`, which answers the first and cuts the connection under all others. */
  let arrived = 0;
  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0 });
    double = await startDouble(cluster.primary.port);
    cutting = createServer((request, response) => {
      request.resume().on("end", () => {
        if (++arrived === 1) response.end('{"fields":[],"rows":[]}');
        else request.socket.resetAndDestroy();
      });
    });
    await new Promise<void>((resolve) => void cutting.listen(0, "127.0.0.1", resolve));
  });
  afterAll(async () => {
    cutting?.close();
    await double?.close();
    await cluster?.stop();
  });

  test.each([
    ["Node", process.execPath, []],
    ["Deno", "deno", ["run", "-A"]],
    ["Bun", "bun", ["run"]],
  ])("%s", async (_, command, args) => {
    arrived = 0;
    const { port } = cutting.address() as AddressInfo;
    const given = JSON.stringify({
      options: double.options(),
      nowhere: `http://127.0.0.1:${await freePort()}/sql`,
      cutting: `http://127.0.0.1:${port}/sql`,
    });
    const { stdout } = await run(command, [...args, SCRIPT, given], { timeout: 30_000 });
    expect(JSON.parse(stdout)).toEqual({
      row: { i: 1, b: [7], t: 0, a: ["x"] },
      refused: "network connecting",
      aborted: "network sent",
      inside: { same: true },
      command: "COMMIT",
      "refused line": "network connecting",
      first: "nothing",
      second: "network sent",
    });
    expect(arrived).toBe(2);
  }, 60_000);
});

test("where a runtime sends requests again, the body or the connection serves once", () => {
  expect(once("x", {})).toEqual({ body: "x" });
  expect(once("x", { Bun: { version: "1.4.5" } })).toEqual({ body: "x" });
  expect(once("x", { Bun: { version: "1.3.11" } })).toEqual({ body: "x", keepalive: false });
  expect(once("x", { Deno: {} }).body).toBeInstanceOf(ReadableStream);
});
