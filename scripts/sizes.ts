/**
 * `npm run sizes`: what each entry of the package weighs in a bundle, minified and gzipped, without the drivers.
 */

import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { entries } from "./api.ts";
import { ROOT } from "./step.ts";

/** A bundle, and what it leaves to be imported. */
export interface Bundle {
  /** Minified and gzipped. */
  readonly bytes: number;
  readonly text: string;
  /** Names of packages and of a runtime's modules. */
  readonly imports: readonly string[];
}

/** An entry's weight. */
export interface Weight {
  readonly name: string;
  readonly alone: number;
  /** What it adds to an application that has `createHoldfast` already. */
  readonly added: number;
}

/** What a bundler for the edge makes of a program. It sees the repository as its package. */
export async function bundle(contents: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: ROOT, loader: "ts" },
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    format: "esm",
    target: "es2022",
    conditions: ["edge-light", "worker", "browser", "import"],
    // Everything that is not a file of this repository stays an import.
    packages: "external",
    tsconfigRaw: "{}",
    logLevel: "silent",
  });
  const [output] = Object.values(metafile.outputs);
  const [file] = outputFiles;
  return {
    bytes: gzipSync(file?.contents ?? "").length,
    text: file?.text ?? "",
    imports: [...new Set((output?.imports ?? []).map(({ path }) => path))].sort(),
  };
}

/** All of an entry: `.`, `./neon`. */
export function bundleOf(name: string): Promise<Bundle> {
  return bundle(`export * from ${JSON.stringify(fileOf(name))};`);
}

function fileOf(name: string): string {
  const file = entries()[name];
  if (file === undefined) throw new Error(`The package has no entry ${name}`);
  return `./${join(".", file)}`;
}

/** The core as an application has it. */
const CORE = 'export { createHoldfast } from "./mod.ts";';

/** Every entry's weight; of the core, what `createHoldfast` needs. */
export async function weigh(): Promise<readonly Weight[]> {
  const core = await bundle(CORE);
  const others = Object.keys(entries()).filter((name) => name !== ".");
  return [
    { name: ".", alone: core.bytes, added: 0 },
    ...await Promise.all(others.map(async (name) => {
      const alone = await bundleOf(name);
      const both = await bundle(`${CORE} export * from ${JSON.stringify(fileOf(name))};`);
      return { name, alone: alone.bytes, added: both.bytes - core.bytes };
    })),
  ];
}

/** In thousands of bytes, as a table. */
export function table(weights: readonly Weight[]): string {
  const kilobytes = (bytes: number): string => (bytes / 1_000).toFixed(1).padStart(7);
  return [
    "kB, minified and gzipped   alone   added to the core",
    ...weights.map(({ name, alone, added }) =>
      `${name.replace(/^\./, "holdfast").padEnd(24)}${kilobytes(alone)}${
        name === "." ? "" : kilobytes(added)
      }`
    ),
  ].join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(table(await weigh()));
