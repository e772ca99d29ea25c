/** An edge runtime of some years ago. */

import { build } from "esbuild";
import { convertV4MiniflareOptions, Miniflare, NoOpLog } from "miniflare";
import { expect, test } from "vitest";
import { ROOT } from "../../scripts/step.ts";

async function bundled(contents: string): Promise<string> {
  const { outputFiles: [file] } = await build({
    stdin: { contents, resolveDir: ROOT, loader: "ts" },
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    // Anything that is not in this repository would fail to resolve here.
    packages: "external",
    logLevel: "silent",
  });
  return file?.text ?? "";
}

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
