/**
 * `npm ci` refuses a lock file that lacks an optional dependency, also one for another system. A registry
 * that holds the builds of one system only (a mirror, a cache) makes `npm install` write such a lock
 * file. This finds the gaps, and with `--fill` (`npm run lock`) closes them: a package's builds carry
 * exact versions, and their names say for what system they are.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./step.ts";

const FILE = join(ROOT, "package-lock.json");

/** What is read and written of an entry of the lock file. */
interface Entry {
  version?: string;
  dev?: boolean;
  license?: string;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

interface LockFile {
  packages: Record<string, Entry>;
}

const SYSTEMS = [
  "android",
  "darwin",
  "freebsd",
  "linux",
  "netbsd",
  "openbsd",
  "openharmony",
  "sunos",
  "win32",
];
const PROCESSORS = [
  "arm",
  "arm64",
  "ia32",
  "loong64",
  "mips64el",
  "ppc64",
  "riscv64",
  "s390x",
  "x64",
];
const LIBRARIES: Record<string, string> = { gnu: "glibc", glibc: "glibc", musl: "musl" };

/** The entry of a build that the registry did not give: without an integrity, which only it knows. */
function entryFor(name: string, version: string, parent: Entry): Entry {
  const words = name.split(/[/-]/);
  const libraries = words.flatMap((word) => LIBRARIES[word] ?? []);
  return {
    version,
    ...(parent.dev === true ? { dev: true } : {}),
    optional: true,
    os: words.filter((word) => SYSTEMS.includes(word)),
    cpu: words.filter((word) => PROCESSORS.includes(word)),
    ...(libraries.length > 0 ? { libc: libraries } : {}),
  };
}

/** The optional dependencies the lock file does not hold, as the entries it should. */
function findGaps(lock: LockFile): Record<string, Entry> {
  const gaps: Record<string, Entry> = {};
  for (const parent of Object.values(lock.packages)) {
    for (const [name, range] of Object.entries(parent.optionalDependencies ?? {})) {
      const path = `node_modules/${name}`;
      if (!(path in lock.packages)) gaps[path] = entryFor(name, range, parent);
    }
  }
  return gaps;
}

function read(): LockFile {
  return JSON.parse(readFileSync(FILE, "utf8")) as LockFile; // npm's own file
}

/** What `npm ci` would refuse, or an empty string. */
export function compareLock(): Promise<string> {
  const names = Object.keys(findGaps(read()));
  const text = names.length === 0 ? "" : `Run \`npm run lock\`; missing:\n${names.join("\n")}`;
  return Promise.resolve(text);
}

if (import.meta.main && process.argv.includes("--fill")) {
  const lock = read();
  for (const [path, entry] of Object.entries(findGaps(lock))) {
    // A range or a build without a system would make npm ask the registry for what it has not.
    const exact = /^\d+\.\d+\.\d+/.test(entry.version ?? "");
    if (!exact || entry.os?.length !== 1) throw new Error(`Fill in by hand: ${path}`);
    lock.packages[path] = entry;
  }
  const sorted = Object.entries(lock.packages).sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0);
  lock.packages = Object.fromEntries(sorted);
  writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`);
}
