/**
 * The public names as text, one section per entry of `deno.json`. `api.txt` keeps them, so that a
 * change of the public surface shows in a review: `npm run api` writes it, `npm run check` compares.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT, run } from "./step.ts";

const GOLDEN = join(ROOT, "api.txt");

/** The entries of the package: name → file. */
export function entries(): Record<string, string> {
  const config = JSON.parse(readFileSync(join(ROOT, "deno.json"), "utf8")) as {
    exports: Record<string, string>; // the shape JSR asks for
  };
  return config.exports;
}

/** What `deno doc` says, without the places: a line that moved is no change of the API. */
async function describe(name: string, file: string): Promise<string> {
  const ended = await run("deno", ["doc", "--quiet", file]);
  if (ended.code !== 0) throw new Error(`deno doc ${file}:\n${ended.stderr}`);
  const text = ended.stdout.replaceAll(/^Defined in .*\n\n/gm, "").trim();
  return `=== holdfast${name.slice(1)} ===\n\n${text}\n`;
}

async function current(): Promise<string> {
  const sections: string[] = [];
  for (const [name, file] of Object.entries(entries())) sections.push(await describe(name, file));
  return sections.join("\n\n");
}

/** The first line that differs, for a message. */
function firstDifference(was: string, is: string): string {
  const before = was.split("\n");
  const after = is.split("\n");
  const at = after.findIndex((line, index) => line !== before[index]);
  const line = at === -1 ? after.length : at;
  return `line ${line + 1}\n- ${before[line] ?? "(end)"}\n+ ${after[line] ?? "(end)"}`;
}

/** Compares with `api.txt`; resolves to what to do about it, or to an empty string. */
export async function compareApi(): Promise<string> {
  const is = await current();
  let was = "";
  try {
    was = readFileSync(GOLDEN, "utf8");
  } catch {
    return "api.txt is missing: run `npm run api` and commit it";
  }
  if (was === is) return "";
  return `The public API differs from api.txt (if meant: \`npm run api\`), first at ${
    firstDifference(was, is)
  }`;
}

if (import.meta.main) {
  if (process.argv.includes("--update")) writeFileSync(GOLDEN, await current());
  else {
    const complaint = await compareApi();
    if (complaint !== "") {
      console.error(complaint);
      process.exitCode = 1;
    }
  }
}
