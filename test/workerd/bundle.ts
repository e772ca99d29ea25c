/**
 * Makes one module of a worker's entry, the way `wrangler` would: `holdfast` and its parts are the
 * sources, packages are taken in their `workerd` form, what the place itself brings stays outside.
 */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));

/** `holdfast`, `holdfast/postgres`, … → the file of the source each stands for. */
function names(): Record<string, string> {
  const { exports } = JSON.parse(readFileSync(`${ROOT}deno.json`, "utf8")) as {
    exports: Record<string, string>; // our own file
  };
  const pairs = Object.entries(exports).map(([name, file]) => [
    name.replace(/^\./, "holdfast"),
    file.replace(/^\.\//, ROOT),
  ]);
  return Object.fromEntries(pairs) as Record<string, string>;
}

/** The text of the one module that `entry` and all it leads to become. */
export async function bundle(entry: URL): Promise<string> {
  const { outputFiles: [file] } = await build({
    entryPoints: [fileURLToPath(entry)],
    absWorkingDir: ROOT,
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    // As wrangler does.
    keepNames: true,
    conditions: ["workerd", "worker", "browser", "import"],
    external: ["node:*", "cloudflare:*"],
    alias: names(),
    logLevel: "silent",
  });
  if (file === undefined) throw new Error(`esbuild made nothing of ${entry.href}`);
  return file.text;
}
