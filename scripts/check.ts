/**
 * `npm run check [-- step…]`: everything that can be said about the code without running it, one line
 * per step. All steps run even when one fails, so that one run tells everything.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { compareApi, entries } from "./api.ts";
import { build } from "./build.ts";
import { complaintsAboutDocs } from "./docs.ts";
import { compareLock } from "./lock.ts";
import { ROOT, run } from "./step.ts";

/** One step: resolves to what is wrong, or to an empty string. */
type Step = () => Promise<string>;

function tool(command: string, ...args: string[]): Step {
  return async () => {
    const ended = await run(command, args);
    if (ended.code === 0) return "";
    const said = stripVTControlCharacters(`${ended.stdout}${ended.stderr}`);
    return said.replace(/\s*Stack backtrace:[^]*$/, "").trim() ||
      `${command} exited with ${ended.code}`;
  };
}

let built = true;

async function buildOnce(): Promise<string> {
  const complaint = await build();
  built = complaint === "";
  return complaint;
}

/** A step that looks at the built package, and has nothing to say when there is none. */
function onBuilt(step: Step): Step {
  return () => built ? step() : Promise.resolve("not run, because the build failed");
}

/** What npm and JSR are told must be the same package: names of entries, version, license. */
function compareManifests(): Promise<string> {
  type Manifest = { version: string; license: string; exports: Record<string, unknown> };
  const read = (file: string): Manifest =>
    JSON.parse(readFileSync(join(ROOT, file), "utf8")) as Manifest; // both files are ours
  const npm = read("package.json");
  const jsr = read("deno.json");
  const names = (manifest: Manifest): string =>
    Object.keys(manifest.exports).filter((name) => name !== "./package.json").sort().join(" ");
  const wrong: string[] = [];
  if (npm.version !== jsr.version) wrong.push(`version: ${npm.version} and ${jsr.version}`);
  if (npm.license !== jsr.license) wrong.push(`license: ${npm.license} and ${jsr.license}`);
  if (names(npm) !== names(jsr)) wrong.push(`exports: ${names(npm)} and ${names(jsr)}`);
  return Promise.resolve(
    wrong.length === 0 ? "" : `package.json and deno.json differ in ${wrong.join("; ")}`,
  );
}

/** The names of the files deno would format differently; its diffs are left out. */
async function findUnformatted(): Promise<string> {
  const ended = await run("deno", ["fmt", "--check"]);
  if (ended.code === 0) return "";
  const files = [...ended.stderr.matchAll(/^from (.*):$/gm)].map(([, file]) => file);
  return files.length === 0 ? ended.stderr : `Run \`npm run fmt\`:\n${files.join("\n")}`;
}

const STEPS: Record<string, Step> = {
  fmt: findUnformatted,
  lint: tool("oxlint", "--format=unix"),
  types: tool("tsc", "-p", "."),
  core: tool("tsc", "-p", "tsconfig.core.json"),
  deno: tool("deno", "check", "--quiet", ...Object.values(entries())),
  manifests: compareManifests,
  lock: compareLock,
  build: buildOnce,
  publint: onBuilt(tool("publint", "--strict")),
  attw: onBuilt(tool("attw", "--pack", ".", "--profile", "esm-only", "--no-emoji")),
  jsr: tool("deno", "publish", "--dry-run", "--allow-dirty", "--quiet"),
  docs: () => complaintsAboutDocs(Object.values(entries())),
  api: compareApi,
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in STEPS));
if (unknown.length > 0) {
  console.error(`No such step: ${unknown.join(", ")}. Steps: ${Object.keys(STEPS).join(", ")}`);
  process.exitCode = 1;
} else {
  for (const [name, step] of Object.entries(STEPS)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    const start = performance.now();
    const complaint = await step().catch((error: unknown) => String(error));
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(
      `${complaint === "" ? "ok  " : "FAIL"}  ${name.padEnd(10)} ${seconds.padStart(5)} s`,
    );
    if (complaint !== "") {
      console.log(complaint.replaceAll(/^/gm, "      "));
      process.exitCode = 1;
    }
  }
}
