/**
 * Makes one module of the Worker with all three drivers. pg asks for Node's modules by `require`, which wrangler turns
 * into imports, and so does this.
 *
 * @module
 */

import { builtinModules } from "node:module";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";

const BUILTIN = new RegExp(`^(?:node:)?(?:${builtinModules.join("|")})$`);

const requires: Plugin = {
  name: "requires",
  setup(making) {
    making.onResolve({ filter: BUILTIN }, ({ path, kind }) => {
      const named = path.startsWith("node:") ? path : `node:${path}`;
      return kind === "require-call"
        ? { path: named, namespace: "required" }
        : { path: named, external: true };
    });
    // Only asked for by who wants libpq.
    making.onResolve({ filter: /^pg-native$/ }, ({ path }) => ({ path, external: true }));
    making.onLoad({ filter: /.*/, namespace: "required" }, ({ path }) => ({
      contents: `import it from ${JSON.stringify(path)}; module.exports = it;`,
      loader: "js",
    }));
  },
};

/** The module's text. */
export async function bundleWorker(): Promise<string> {
  const { outputFiles: [file] } = await build({
    entryPoints: [fileURLToPath(new URL("drivers-worker.ts", import.meta.url))],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*"],
    plugins: [requires],
    logLevel: "silent",
  });
  return file?.text ?? "";
}
