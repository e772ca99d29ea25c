/**
 * Makes a program of an entry of this folder. Its types are the sources'; what runs is the packed package: each import
 * of a source becomes one of the same file in the user's project.
 */

import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { build, type Plugin } from "esbuild";
import { ROOT } from "../../../scripts/step.ts";
import { BESIDE } from "./beside.ts";

/** What is not to be run, relative to the project's folder. */
const SOURCE = /^(?:mod\.ts$|src\/|adapters\/)/;

/** How it is to be made. */
export interface BundleOptions {
  /** The user's project. */
  readonly project: string;
  /** A file of this folder. */
  readonly entry: string;
  /** Whether the package goes in as well, or is imported by the place itself. */
  readonly whole: boolean;
  /** @default {"esm"} */
  readonly format?: "esm" | "iife";
  readonly conditions?: readonly string[];
}

/** The file of each entry of the package → the name a user imports it by. */
function namesByFile(): ReadonlyMap<string, string> {
  const { exports } = JSON.parse(readFileSync(join(ROOT, "deno.json"), "utf8")) as {
    readonly exports: Readonly<Record<string, string>>; // our own file
  };
  return new Map(
    Object.entries(exports).map(([name, file]) => [
      join(ROOT, file),
      name.replace(/^\./, "holdfast"),
    ]),
  );
}

function packedInstead({ project, whole }: BundleOptions): Plugin {
  const names = namesByFile();
  return {
    name: "the packed package instead of the sources",
    setup: (made) => {
      made.onResolve({ filter: /^\..*\.ts$/ }, async ({ path, resolveDir }) => {
        const file = join(resolveDir, path);
        const inside = relative(ROOT, file);
        if (!SOURCE.test(inside)) return undefined;
        // What no entry shows (how a failure is judged) is looked at in the packed files themselves.
        const name = names.get(file) ??
          join(project, "node_modules/holdfast/dist", inside.replace(/\.ts$/, ".js"));
        if (!whole) return { path: name, external: true };
        return await made.resolve(name, { resolveDir: project, kind: "import-statement" });
      });
    },
  };
}

/** The program's text. */
export async function bundleOf(options: BundleOptions): Promise<string> {
  const { outputFiles: [file], metafile } = await build({
    entryPoints: [join(import.meta.dirname, options.entry)],
    absWorkingDir: ROOT,
    bundle: true,
    write: false,
    metafile: true,
    format: options.format ?? "esm",
    target: "es2022",
    keepNames: true,
    conditions: [...options.conditions ?? ["import"]],
    mainFields: ["module", "main"],
    external: ["node:*", "cloudflare:*", ...options.whole ? [] : BESIDE],
    plugins: [packedInstead(options)],
    logLevel: "silent",
  });
  if (file === undefined) throw new Error(`esbuild made nothing of ${options.entry}`);
  const sources = Object.keys(metafile.inputs).filter((path) => SOURCE.test(path));
  if (sources.length > 0) throw new Error(`Not from the packed file: ${sources.join(", ")}`);
  return file.text;
}
