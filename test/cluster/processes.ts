/**
 * Operating-system processes: who lives, whose child is whose, and how to signal all of them.
 *
 * Everything here is synchronous because the hook that cleans up at process exit may not await.
 * PostgreSQL's backends call setsid(), so signalling a process group reaches none of them.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";

/** The fields of `/proc/PID/stat` after the command, which may itself hold spaces and brackets. */
function procStat(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

function ps(pid: number, column: string): string {
  const answer = spawnSync("ps", ["-o", `${column}=`, "-p", String(pid)], { encoding: "utf8" });
  return (answer.stdout ?? "").trim();
}

/**
 * Whether a process runs. A zombie does not: where nobody reaps orphans (a container whose pid 1 is
 * not an init) a killed backend stays one for ever.
 */
export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
  if (process.platform === "linux") return procStat(pid)?.[0] !== "Z";
  return !ps(pid, "state").startsWith("Z");
}

/** When a process began, in a form that only has to differ between two holders of one pid. */
export function startedAt(pid: number): string {
  return process.platform === "linux" ? (procStat(pid)?.[19] ?? "") : ps(pid, "lstart");
}

/** A process's command line, or `""` when it is gone. */
export function commandOf(pid: number): string {
  if (process.platform !== "linux") return ps(pid, "command");
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}

function childrenOf(pid: number): number[] {
  if (process.platform !== "linux") {
    const answer = spawnSync("pgrep", ["-P", String(pid)], { encoding: "utf8" });
    return numbers(answer.stdout ?? "");
  }
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    return threads.flatMap((thread) =>
      numbers(readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8"))
    );
  } catch {
    // A kernel without CONFIG_PROC_CHILDREN, or the process has just gone.
    return readdirSync("/proc").map(Number).filter((each) =>
      Number.isInteger(each) && each > 0 && procStat(each)?.[1] === String(pid)
    );
  }
}

function numbers(text: string): number[] {
  return text.split(/\s+/).filter((word) => word !== "").map(Number);
}

/** A process and all its descendants, itself first. */
export function tree(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(tree)];
}

/** Signals every process of the list; those already gone are passed over. */
export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
    }
  }
}

/** Stops a process and everything below it where it stands, and says whom. */
export function freezeTree(pid: number): number[] {
  signalAll([pid], "SIGSTOP");
  // The stopped parent forks no more, so one reading of its children is complete.
  const all = tree(pid);
  signalAll(all, "SIGSTOP");
  return all;
}

/** Lets a frozen process and everything below it go on, children first. */
export function thawTree(pid: number): void {
  signalAll(tree(pid).reverse(), "SIGCONT");
}

/** Blocks this thread until none of the processes runs; false when the time is over first. */
export function waitGoneSync(pids: readonly number[], timeoutMs: number): boolean {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const deadline = performance.now() + timeoutMs;
  while (pids.some(alive)) {
    if (performance.now() >= deadline) return false;
    Atomics.wait(cell, 0, 0, 5);
  }
  return true;
}
