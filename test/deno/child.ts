/**
 * A Deno process that does as it is told: one line of JSON in, one out.
 *
 * @module
 */

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));
const DENO: string = `${ROOT}/node_modules/.bin/deno`;

/** What a store on a file needs, and no more. */
const FLAGS: readonly string[] = ["--unstable-kv", "--no-prompt", "--allow-read", "--allow-write"];

/** What a method of the store rejected with, as it travels. */
export interface Refused {
  readonly name: string;
  readonly code: string;
  readonly message: string;
  readonly overloaded: boolean;
}

/** What became of an order. */
export type Told =
  | { readonly value: unknown; readonly error?: undefined }
  | { readonly error: Refused; readonly value?: undefined };

/** What process to start. */
export interface DenoChildOptions {
  /** Relative to this folder. */
  readonly file: string;
  readonly args: readonly string[];
  /** @default what the store needs, and no more */
  readonly flags?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** A Deno process with `file` as its program. Kill it when the test is over. */
export class DenoChild {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #waiting = new Map<number, { tell: (told: Told) => void; fail: (e: Error) => void }>();
  #orders = 0;
  #said = "";

  constructor({ file, args, flags = FLAGS, env = {} }: DenoChildOptions) {
    const program = fileURLToPath(new URL(file, import.meta.url));
    this.#process = spawn(DENO, ["run", "--quiet", ...flags, program, ...args], {
      cwd: ROOT,
      env: { ...process.env, NO_COLOR: "1", ...env },
    });
    createInterface(this.#process.stdout).on("line", (line) => this.#hear(line));
    this.#process.stderr.setEncoding("utf8").on("data", (text: string) => (this.#said += text));
    this.#process.on("close", (code, signal) => {
      const ended = new Error(`Deno ended (${code ?? signal}): ${this.#said}`);
      for (const { fail } of this.#waiting.values()) fail(ended);
      this.#waiting.clear();
    });
  }

  /** Orders something; resolves to what became of it, and rejects only when the process ended. */
  order(method: string, ...args: readonly unknown[]): Promise<Told> {
    const id = ++this.#orders;
    return new Promise((tell, fail) => {
      this.#waiting.set(id, { tell, fail });
      this.#process.stdin.write(`${JSON.stringify({ id, method, args })}\n`);
    });
  }

  /** Orders something that has to succeed. */
  async ask<T>(method: string, ...args: readonly unknown[]): Promise<T> {
    const told = await this.order(method, ...args);
    if (told.error !== undefined) throw new Error(`${told.error.name}: ${told.error.message}`);
    return told.value as T; // what the method returns, sent as JSON
  }

  /** Takes the process away at once, as a crash does, and waits until it is gone. */
  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = once(this.#process, "close");
    this.#process.kill("SIGKILL");
    await gone;
  }

  /** Gives it nothing more to do; resolves to its exit code. */
  async end(): Promise<number | null> {
    const gone = once(this.#process, "close");
    this.#process.stdin.end();
    await gone;
    return this.#process.exitCode;
  }

  #hear(line: string): void {
    const { id, ...told } = JSON.parse(line) as Told & { id: number }; // written by member.ts
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    waiting?.tell(told as Told);
  }
}
