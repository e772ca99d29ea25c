/**
 * One `postgres` process on one data folder: start it, end it gently or not, freeze it.
 *
 * @module
 */

import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, statSync } from "node:fs";
import process from "node:process";
import { binaries } from "./binaries.ts";
import { identity } from "./place.ts";
import { alive, freezeTree, signalAll, thawTree } from "./processes.ts";
import { GaveUp, until } from "./wait.ts";

/** PostgreSQL's three ways of shutting down. */
export type StopMode = "smart" | "fast" | "immediate";

const STOP_SIGNAL = { smart: "SIGTERM", fast: "SIGINT", immediate: "SIGQUIT" } as const;

/** Whether a log's new part says the port was taken. */
export class PortTaken extends GaveUp {}
/** Whether it says that the postmaster before still runs: it was killed, and the kernel has not let go of its number. */
export class StillLocked extends GaveUp {}

/** A server process and its log. */
export class Server {
  readonly #name: string;
  readonly #data: string;
  readonly #log: string;
  #child: ChildProcess | undefined;
  #frozen = false;

  constructor(name: string, data: string, log: string) {
    this.#name = name;
    this.#data = data;
    this.#log = log;
  }

  /** The postmaster's pid while it runs. */
  get pid(): number | undefined {
    return this.running ? this.#child?.pid : undefined;
  }

  get running(): boolean {
    const child = this.#child;
    return child?.pid !== undefined && child.exitCode === null && child.signalCode === null &&
      alive(child.pid);
  }

  /** The last lines of the log. */
  tail(lines: number = 15): string {
    if (!existsSync(this.#log)) return "";
    const last = readFileSync(this.#log, "utf8").trimEnd().split("\n").slice(-lines);
    return `--- the end of ${this.#name}'s log:\n${last.join("\n")}`;
  }

  /** Resolves once the server takes connections; throws {@link PortTaken} when it cannot listen. */
  async start(): Promise<void> {
    if (this.running) throw new Error(`${this.#name} already runs`);
    const offset = existsSync(this.#log) ? statSync(this.#log).size : 0;
    // The log is a file, not a pipe, so that a server outliving this process never blocks on it.
    const log = openSync(this.#log, "a");
    const child = spawn(binaries().postgres, ["-D", this.#data], {
      ...identity(),
      cwd: this.#data,
      // Ctrl-C goes to the whole foreground group; a session of its own keeps the servers out of it.
      detached: true,
      stdio: ["ignore", log, log],
      env: serverEnvironment(),
    });
    closeSync(log);
    let failure: Error | undefined;
    child.once("error", (error) => failure = error);
    child.unref();
    this.#child = child;
    this.#frozen = false;
    await until(() => {
      if (failure) throw new GaveUp(`postgres could not be started: ${failure.message}`);
      const fresh = readFileSync(this.#log, "utf8").slice(offset);
      if (/ready to accept (read-only )?connections/.test(fresh)) return true;
      if (this.running) return false;
      const kind = fresh.includes("could not bind")
        ? PortTaken
        : fresh.includes('lock file "postmaster.pid" already exists')
        ? StillLocked
        : GaveUp;
      throw new kind(`${this.#name} ended while starting\n${this.tail()}`);
    }, { what: `${this.#name} to accept connections`, detail: () => this.tail() });
  }

  /** Asks for a shutdown and waits for it. */
  async stop(mode: StopMode, timeoutMs?: number): Promise<void> {
    const pid = this.pid;
    if (pid === undefined) return;
    if (this.#frozen) this.thaw();
    signalAll([pid], STOP_SIGNAL[mode]);
    await until(() => !this.running, {
      what: `the ${mode} shutdown of ${this.#name}`,
      detail: () => this.tail(),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
  }

  /** SIGKILLs the postmaster and every backend at once, as a machine crash does. */
  async kill(): Promise<void> {
    const pid = this.pid;
    if (pid === undefined) return;
    // Frozen first, so that no backend is forked between the reading and the killing.
    const everyone = freezeTree(pid);
    signalAll(everyone, "SIGKILL");
    this.#frozen = false;
    await until(() => !this.running && !everyone.some(alive), {
      what: `${this.#name}'s processes to be gone`,
    });
  }

  /** SIGSTOPs everything: sockets stay open, nothing answers. */
  freeze(): void {
    const pid = this.pid;
    if (pid === undefined) throw new Error(`${this.#name} does not run, so it cannot be frozen`);
    freezeTree(pid);
    this.#frozen = true;
  }

  thaw(): void {
    const pid = this.pid;
    if (pid === undefined) throw new Error(`${this.#name} does not run, so it cannot be thawed`);
    thawTree(pid);
    this.#frozen = false;
  }
}

/** Nothing of the caller's locale, time zone or PG… variables may change how a test's server behaves. */
export function serverEnvironment(): Record<string, string> {
  return { PATH: process.env["PATH"] ?? "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" };
}
