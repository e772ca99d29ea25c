/**
 * Running a tool and keeping what it says, for the scripts beside this file.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";

/** The project's folder. */
export const ROOT: string = join(import.meta.dirname, "..");

/** How a tool ended. */
export interface Ended {
  /** The exit code; 1 when the tool could not be started or was killed. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The pinned tools first: a system's own Node may be too old to run a `.ts` file. */
function pinnedEnvironment(): NodeJS.ProcessEnv {
  const bin = join(ROOT, "node_modules", ".bin");
  return { ...process.env, PATH: `${bin}${delimiter}${process.env["PATH"] ?? ""}` };
}

/** Runs a tool, in the project's folder unless told otherwise, and collects its output. Never rejects. */
export function run(command: string, args: readonly string[], cwd: string = ROOT): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...pinnedEnvironment(), NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.on("error", (error) => resolve({ code: 1, stdout, stderr: `${stderr}${error.message}` }));
    child.on("close", (code) => resolve({ code: code ?? 1, stdout, stderr }));
  });
}

/** Runs a tool on this terminal; resolves to its exit code (1 when killed). Never rejects. */
export function show(command: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: ROOT, env: pinnedEnvironment(), stdio: "inherit" });
    // A Ctrl-C reaches the whole foreground group; this process stays to say how the tool ended.
    const stay = (): void => {};
    process.on("SIGINT", stay);
    const terminate = (): void => void child.kill("SIGTERM");
    process.on("SIGTERM", terminate);
    child.on("error", (error) => {
      console.error(error.message);
      resolve(1);
    });
    child.on("close", (code) => {
      process.off("SIGINT", stay);
      process.off("SIGTERM", terminate);
      resolve(code ?? 1);
    });
  });
}
