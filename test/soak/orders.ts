/**
 * What the soak test and the process it measures say to each other.
 */

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { until } from "../cluster/mod.ts";
import type { Held } from "./memory.ts";

/** What the process is told to do. */
export type Order =
  | {
    readonly do: "open";
    readonly endpoints: readonly {
      readonly id: string;
      readonly role: "primary" | "replica";
      readonly url: string;
    }[];
  }
  /** Readers begin. */
  | { readonly do: "read" }
  /** Whether an endpoint answered a read that began within the last so many milliseconds. */
  | { readonly do: "served"; readonly endpoint: string; readonly withinMs: number }
  /** Readers end, then a measurement. */
  | { readonly do: "rest" }
  /** Holdfast is closed, then a measurement. */
  | { readonly do: "close" };

/** What it answers. */
export interface Told {
  readonly answered: number;
  readonly served?: boolean;
  readonly slow?: number;
  readonly slowestMs?: number;
  readonly failed?: readonly string[];
  readonly held?: Held;
  /** Connections each pool believes it has. */
  readonly pooled?: Readonly<Record<string, number>>;
  /** Callers waiting and attempts under way. */
  readonly busy?: number;
}

/** A measurement, at rest. */
export type Measured = Required<Omit<Told, "served">>;

/** The process that is measured, seen from outside. */
export class ReaderProcess implements AsyncDisposable {
  readonly #child: ChildProcess;

  constructor() {
    const program = fileURLToPath(new URL("./reader-process.ts", import.meta.url));
    this.#child = fork(program, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  }

  /** One order at a time. */
  async tell(order: Order): Promise<Told> {
    const answer = once(this.#child, "message");
    const gone = new AbortController();
    const end = once(this.#child, "exit", { signal: gone.signal }).then(() => {
      throw new Error(`The process ended instead of doing "${order.do}"`);
    });
    this.#child.send(order);
    try {
      const [told] = await Promise.race([answer, end]) as [Told];
      return told;
    } finally {
      gone.abort();
      end.catch(() => {});
    }
  }

  async measure(order: "rest" | "close"): Promise<Measured> {
    return await this.tell({ do: order }) as Measured;
  }

  /** Hangs up, and resolves with the exit code once the process has ended by itself. */
  async leave(): Promise<number | null> {
    this.#child.disconnect();
    await until(() => this.#child.exitCode !== null || this.#child.signalCode !== null, {
      what: "the process to end by itself",
    });
    return this.#child.exitCode;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    return Promise.resolve();
  }
}
