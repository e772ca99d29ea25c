/**
 * What an edge runtime is handed: no module of Node's, no package, and few bytes.
 */

import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { convertV4MiniflareOptions, Miniflare, NoOpLog } from "miniflare";
import { expect, test } from "vitest";
import { ROOT } from "../../scripts/step.ts";

/** `@planetscale/database`, whose place it takes, has 3,500 of them. */
const MAX_GZIPPED = 8_448;

async function bundled(contents: string, minify: boolean): Promise<string> {
  const { outputFiles: [file] } = await build({
    stdin: { contents, resolveDir: ROOT, loader: "ts" },
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    minify,
    // Anything that is not in this repository would fail to resolve here.
    packages: "external",
    logLevel: "silent",
  });
  return file?.text ?? "";
}

test("the entry imports nothing but itself, and is small", async () => {
  const text = await bundled('export * from "./adapters/connectors/planetscale/mod.ts";', true);
  expect(text).not.toMatch(/\bimport\b|\brequire\b|node:/);
  const size = gzipSync(text).length;
  console.log(`holdfast/planetscale: ${size} bytes gzipped`);
  expect(size).toBeLessThan(MAX_GZIPPED);
});

test("it runs in workerd of before 2024-11-11, without nodejs_compat", async () => {
  const contents = await bundled(
    `import { planetscale } from "./adapters/connectors/planetscale/mod.ts";
     export default { async fetch() {
       const connector = planetscale({ host: "h", username: "u", password: "p", fetch: (url, init) => {
         new Request(url, init);
         return Promise.resolve(Response.json({ session: {}, result: { rowsAffected: "3" } }));
       } });
       const connection = await connector.connect({ timeoutMs: 1000 });
       return Response.json(await connection.run("delete from t", [], { prepare: false }));
     } };`,
    false,
  );
  const mf = new Miniflare(convertV4MiniflareOptions({
    name: "old",
    cf: false,
    log: new NoOpLog(),
    modules: [{ type: "ESModule", path: "worker.mjs", contents }],
    compatibilityDate: "2024-09-01",
  }));
  try {
    const response = await mf.dispatchFetch("http://place/");
    expect(await response.json()).toEqual({ rows: [], fields: [], rowsAffected: 3 });
  } finally {
    await mf.dispose();
  }
});
