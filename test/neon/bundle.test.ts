/** What `holdfast/neon` brings along: nothing of Node, and the driver only for who begins a transaction. */

import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { expect, test } from "vitest";

/** Gzipped, without the driver. A third of it is what `holdfast/postgres` brings as well. */
const MOST_BYTES = 11_500;

test("it imports nothing but the driver, and that one late", async () => {
  const entry = fileURLToPath(
    new URL("../../adapters/connectors/neon/mod.ts", import.meta.url),
  );
  const { outputFiles, metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    format: "esm",
    target: "es2022",
    conditions: ["edge-light", "worker", "browser", "import"],
    packages: "external",
  });
  const [output] = Object.values(metafile.outputs);
  expect(output?.imports).toEqual([
    { path: "@neondatabase/serverless", kind: "dynamic-import", external: true },
  ]);
  const bytes = gzipSync(outputFiles[0]?.contents ?? "").length;
  console.log(`holdfast/neon: ${bytes} bytes minified and gzipped`);
  expect(bytes).toBeLessThan(MOST_BYTES);
  expect(outputFiles[0]?.text).not.toMatch(/\b(Buffer|process)\b\./);
});
