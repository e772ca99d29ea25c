/**
 * Builds `dist/` with tsc. The output is made beside it and put in place at the end, so that nothing
 * ever reads half a build, and no file of an older one stays.
 */

import { mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ROOT, run } from "./step.ts";

/** Builds into a folder; resolves to the compiler's complaint, or to an empty string. */
export async function buildInto(folder: string): Promise<string> {
  const ended = await run("tsc", ["-p", "tsconfig.build.json", "--outDir", folder]);
  return ended.code === 0 ? "" : `${ended.stdout}${ended.stderr}`.trim();
}

/** Builds `dist/`. */
export async function build(): Promise<string> {
  const fresh = join(ROOT, ".tmp", `dist-${process.pid}`);
  mkdirSync(join(ROOT, ".tmp"), { recursive: true });
  const complaint = await buildInto(fresh);
  if (complaint === "") {
    rmSync(join(ROOT, "dist"), { recursive: true, force: true });
    renameSync(fresh, join(ROOT, "dist"));
  }
  rmSync(fresh, { recursive: true, force: true });
  return complaint;
}

if (import.meta.main) {
  const complaint = await build();
  if (complaint !== "") {
    console.error(complaint);
    process.exitCode = 1;
  }
}
