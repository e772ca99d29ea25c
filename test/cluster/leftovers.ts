/**
 * Nothing stays behind: not after exit, Ctrl-C or an uncaught error, and what a SIGKILLed process
 * left is found and removed when the next cluster starts.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { rmSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { FOLDER_PREFIX, roots } from "./place.ts";
import {
  alive,
  commandOf,
  freezeTree,
  signalAll,
  startedAt,
  thawTree,
  waitGoneSync,
} from "./processes.ts";

const OWNER_FILE = "owner";
/** A folder without an owner file is being made just now, unless it is older than this. */
const UNCLAIMED_MS = 60_000;

interface Owner {
  readonly pid: number;
  /** Tells two holders of one pid apart. */
  readonly started: string;
  readonly world: string;
}

/** In which world a pid means something: containers may share a temporary folder, but not their pids. */
function world(): string {
  try {
    return `${hostname()} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return hostname();
  }
}

const mine = new Set<string>();
let hooked = false;

/** Writes down that this process owns a folder and removes it, servers and all, when it ends. */
export function claim(folder: string): void {
  const owner: Owner = { pid: process.pid, started: startedAt(process.pid), world: world() };
  writeFileSync(join(folder, OWNER_FILE), JSON.stringify(owner));
  mine.add(folder);
  if (hooked) return;
  hooked = true;
  // An uncaught error and process.exit() both end here.
  process.on("exit", () => mine.forEach(removeFolder));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    const onSignal = (): void => {
      // Whoever else listens decides when the process ends, and the exit hook cleans up then.
      if (process.listenerCount(signal) > 1) return;
      mine.forEach(removeFolder);
      process.off(signal, onSignal);
      process.kill(process.pid, signal);
    };
    process.on(signal, onSignal);
  }
}

/** Stops what still runs in a folder and removes it. Synchronous: the exit hook cannot await. */
export function removeFolder(folder: string): void {
  const running = dataFolders(folder).map(postmaster).filter((pid) => pid !== undefined);
  // A frozen server cannot even be told to stop.
  running.forEach(thawTree);
  signalAll(running, "SIGQUIT");
  if (!waitGoneSync(running, 3_000)) {
    const everyone = running.flatMap(freezeTree);
    signalAll(everyone, "SIGKILL");
    waitGoneSync(everyone, 3_000);
  }
  dataFolders(folder).forEach(freeSharedMemory);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  mine.delete(folder);
}

/** Removes the folders whose owner died without a chance to. */
export function sweep(): void {
  for (const root of roots()) {
    for (const name of readdirSync(root)) {
      const folder = join(root, name);
      if (!name.startsWith(FOLDER_PREFIX) || !abandoned(folder)) continue;
      try {
        removeFolder(folder);
      } catch {
        // Another user's, or another process is sweeping it right now.
      }
    }
  }
}

function abandoned(folder: string): boolean {
  try {
    if (statSync(folder).uid !== process.getuid?.() && process.getuid?.() !== 0) return false;
    const file = join(folder, OWNER_FILE);
    if (!existsSync(file)) return Date.now() - statSync(folder).mtimeMs > UNCLAIMED_MS;
    const owner: Owner = JSON.parse(readFileSync(file, "utf8"));
    if (owner.world !== world()) return false;
    return !alive(owner.pid) || startedAt(owner.pid) !== owner.started;
  } catch {
    return false;
  }
}

function dataFolders(folder: string): string[] {
  const nodes = join(folder, "nodes");
  return existsSync(nodes) ? readdirSync(nodes).map((name) => join(nodes, name)) : [];
}

function pidFile(data: string): string[] {
  try {
    return readFileSync(join(data, "postmaster.pid"), "utf8").split("\n");
  } catch {
    return [];
  }
}

/** The living server of a data folder; the pid alone may long belong to someone else. */
function postmaster(data: string): number | undefined {
  const pid = Number(pidFile(data)[0]);
  return pid > 0 && alive(pid) && commandOf(pid).includes(data) ? pid : undefined;
}

/** A SIGKILLed server leaves its 56-byte System V segment; line 7 of its pid file names it. */
function freeSharedMemory(data: string): void {
  const id = pidFile(data)[6]?.trim().split(/\s+/)[1];
  // Best effort: no ipcrm, no harm; the kernel allows 4096 segments.
  if (id !== undefined && id !== "") spawnSync("ipcrm", ["-m", id], { stdio: "ignore" });
}
