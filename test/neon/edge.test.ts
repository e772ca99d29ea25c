/** Vercel's edge runtime, as far as it runs here: no TCP, no Node, `fetch` and `WebSocket`. */

import { fileURLToPath } from "node:url";
import { EdgeVM } from "@edge-runtime/vm";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Cluster, startCluster, whyNoCluster } from "../cluster/mod.ts";
import { type Double, startDouble } from "./double.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

describe.skipIf(missing)(`neon() in Vercel's edge runtime ${missing ?? ""}`, () => {
  let cluster: Cluster;
  let double: Double;
  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0, auth: "scram-sha-256", password: "pw" });
    double = await startDouble(cluster.primary.port);
  });
  afterAll(async () => {
    await double?.close();
    await cluster?.stop();
  });

  test("statements, a transaction, an error", async () => {
    const { outputFiles: [file] } = await build({
      entryPoints: [fileURLToPath(new URL("edge-entry.ts", import.meta.url))],
      bundle: true,
      write: false,
      format: "iife",
      target: "es2022",
      conditions: ["edge-light", "worker", "browser", "import"],
      mainFields: ["module", "main"],
    });
    const meeting: { options: object; told?: Promise<string> } = { options: double.options() };
    const place = new EdgeVM({ extend: (context) => Object.assign(context, { meeting }) });
    place.evaluate(file?.text ?? "");
    expect(JSON.parse(await meeting.told ?? "null")).toEqual({
      rows: [{ i: 1, b: [7] }],
      inside: [{ same: true }],
      failed: "QueryError",
    });
  });
});
