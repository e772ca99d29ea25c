/**
 * A contestant's turn in a process of its own: its memory is its own, and what hangs or crashes there
 * hangs or crashes nothing here.
 *
 * @module
 */

import { fork } from "node:child_process";
import { join } from "node:path";
import type { FromChild, Job, ToChild } from "./job.ts";

/** How a turn is run. */
export interface ChildOptions {
  /** Past this the child is killed and the turn has failed. */
  readonly deadlineMs: number;
  /** Called when the child has come to a point; it goes on with the instant given back. */
  readonly reached?: (point: string) => Promise<number> | number;
}

/** The end of what a child complained about, for its error. */
const COMPLAINT_CHARS = 500;

/** Runs one turn. The child is gone when this settles. `S` is what the job's part makes. */
export async function runInChild<S>(job: Job, options: ChildOptions): Promise<S> {
  const { deadlineMs, reached = () => 0 } = options;
  const child = fork(join(import.meta.dirname, "main.ts"), [], {
    // Memory is looked at right after a collection.
    execArgv: ["--expose-gc"],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  let complaint = "";
  child.stderr?.on("data", (chunk: Uint8Array) => {
    complaint = (complaint + String(chunk)).slice(-COMPLAINT_CHARS);
  });
  const say = (message: ToChild): void => {
    // The child may have died a moment ago: its end is told by `close`.
    if (child.connected) child.send(message, () => {});
  };
  let late: NodeJS.Timeout | undefined;
  try {
    return await new Promise<S>((resolve, reject) => {
      late = setTimeout(() => reject(new Error(`not done within ${deadlineMs} ms`)), deadlineMs);
      child.once("error", reject);
      child.once("close", (code, signal) => {
        reject(new Error(`its process ended (${signal ?? code}) ${complaint}`.trim()));
      });
      child.on("message", (message: FromChild) => {
        switch (message.kind) {
          case "reached":
            Promise.resolve(message.point).then(reached)
              .then((at) => say({ kind: "goOn", at })).catch(reject);
            break;
          case "done":
            resolve(message.sample as S);
            break;
          case "failed":
            reject(new Error(message.error));
            break;
          default:
            message satisfies never;
        }
      });
      say({ kind: "job", job });
    });
  } finally {
    clearTimeout(late);
    child.kill("SIGKILL");
    await gone;
  }
}
