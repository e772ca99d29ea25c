/**
 * The package as a user gets it: built, packed by npm, installed from that file into an empty project, offline.
 */

import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildInto } from "../../scripts/build.ts";
import { ROOT, run } from "../../scripts/step.ts";

/** A user's project. */
export interface PackedProject extends Disposable {
  readonly folder: string;
  /** What npm packed, relative to the package. */
  readonly files: readonly string[];
}

interface Pack {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

/** Like `run`, but what fails is told. */
async function must(command: string, args: readonly string[], cwd: string): Promise<string> {
  const ended = await run(command, args, cwd);
  if (ended.code === 0) return ended.stdout;
  throw new Error(`${command} ${args.join(" ")}: ${ended.stderr}${ended.stdout}`);
}

/**
 * Makes it. `beside` are packages of the project's own that the user has installed too: they are links, because
 * no registry is asked.
 */
export async function installPacked(beside: readonly string[]): Promise<PackedProject> {
  const work = mkdtempSync(join(tmpdir(), "holdfast-package-"));
  const [stage, folder] = [join(work, "stage"), join(work, "user")];
  try {
    // A stage of its own: the build of the working tree may be in use by someone else.
    for (const made of [stage, folder]) mkdirSync(made);
    for (const file of ["package.json", "README.md", "CHANGELOG.md", "LICENSE"]) {
      if (existsSync(join(ROOT, file))) copyFileSync(join(ROOT, file), join(stage, file));
    }
    cpSync(join(ROOT, "docs"), join(stage, "docs"), { recursive: true });
    const complaint = await buildInto(join(stage, "dist"));
    if (complaint !== "") throw new Error(complaint);
    const told = await must("npm", ["pack", "--json", "--ignore-scripts", "--offline"], stage);
    const [pack] = JSON.parse(told) as [Pack]; // npm's own format
    writeFileSync(join(folder, "package.json"), `{ "private": true, "type": "module" }`);
    const quietly = ["--offline", "--ignore-scripts", "--no-audit", "--no-fund"];
    await must("npm", ["install", ...quietly, join(stage, pack.filename)], folder);
    for (const name of beside) {
      const link = join(folder, "node_modules", name);
      mkdirSync(join(link, ".."), { recursive: true });
      symlinkSync(join(ROOT, "node_modules", name), link, "junction");
    }
    return {
      folder,
      files: pack.files.map(({ path }) => path),
      [Symbol.dispose]: () => rmSync(work, { recursive: true, force: true }),
    };
  } catch (error) {
    rmSync(work, { recursive: true, force: true });
    throw error;
  }
}
