/**
 * Every entry of the packed package, imported in each place, offline.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EdgeVM } from "@edge-runtime/vm";
import { build } from "esbuild";
import { run } from "../../../scripts/step.ts";
import { startPlace } from "../../workerd/place.ts";
import { type RuntimeName } from "../words.ts";
import { commandOf } from "./command.ts";

/** How many names each entry has, by the name it is imported by. */
export type Imported = Readonly<Record<string, number>>;

/** Entries that cannot be imported in a place, and why. */
export const NO_IMPORT: Partial<Record<RuntimeName, Readonly<Record<string, string>>>> = {
  edge: { "holdfast/postgres": "Vercel's edge runtime has no TCP, and none of Node's modules" },
};

/** What the packed manifest lists. */
export function entriesOf(project: string): readonly string[] {
  const file = join(project, "node_modules", "holdfast", "package.json");
  const { exports } = JSON.parse(readFileSync(file, "utf8")) as {
    readonly exports: Readonly<Record<string, unknown>>; // our own manifest
  };
  return Object.keys(exports)
    .filter((name) => name !== "./package.json")
    .map((name) => name.replace(/^\./, "holdfast"));
}

/** A program that puts how many names each entry has into `told`. */
function program(names: readonly string[], last: string): string {
  return [
    ...names.map((name, at) => `import * as entry${at} from ${JSON.stringify(name)};`),
    "const told = {};",
    ...names.map((name, at) => `told[${JSON.stringify(name)}] = Object.keys(entry${at}).length;`),
    last,
  ].join("\n");
}

async function bundled(
  project: string,
  contents: string,
  format: "esm" | "iife",
  conditions: string[],
): Promise<string> {
  const { outputFiles: [file] } = await build({
    stdin: { contents, resolveDir: project },
    bundle: true,
    write: false,
    format,
    target: "es2022",
    conditions,
    mainFields: ["module", "main"],
    external: ["node:*", "cloudflare:*"],
    logLevel: "silent",
  });
  return file?.text ?? "";
}

async function inWorkerd(project: string, names: readonly string[]): Promise<Imported> {
  const last = "export default { fetch: () => Response.json(told) };";
  const text = await bundled(project, program(names, last), "esm", [
    "workerd",
    "worker",
    "browser",
    "import",
  ]);
  await using place = await startPlace({ entry: { text } });
  return await (await place.fetch("/")).json() as Imported;
}

async function inEdge(project: string, names: readonly string[]): Promise<Imported> {
  const text = await bundled(
    project,
    program(names, "meeting.told = JSON.stringify(told);"),
    "iife",
    ["edge-light", "worker", "browser", "import"],
  );
  const meeting: { told?: string } = {};
  new EdgeVM({ extend: (context) => Object.assign(context, { meeting }) }).evaluate(text);
  return JSON.parse(meeting.told ?? "{}") as Imported;
}

/** Imports all that can be imported there. */
export async function importAll(project: string, runtime: RuntimeName): Promise<Imported> {
  const names = entriesOf(project).filter((name) => NO_IMPORT[runtime]?.[name] === undefined);
  if (runtime === "edge") return inEdge(project, names);
  const command = commandOf(runtime, project);
  if (command === undefined) return inWorkerd(project, names);
  const file = join(project, "imports.mjs");
  writeFileSync(file, program(names, "console.log(JSON.stringify(told));"));
  const ended = await run(command[0], [...command[1], file], project);
  if (ended.code !== 0) throw new Error(`${runtime}: ${ended.stderr}${ended.stdout}`);
  return JSON.parse(ended.stdout) as Imported;
}
