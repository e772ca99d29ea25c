/**
 * A connector without a database: for tests, examples and simulations. You say what it answers, how long
 * it takes, who it is and how it fails.
 *
 * @module
 */

import { Failure, type FailureFacts } from "../../../src/model/failure.ts";
import type { Role } from "../../../src/model/endpoint.ts";
import type { Dialect } from "../../../src/model/statement.ts";
import type { Clock, ConnectOptions, Connector, RoleReport } from "../../../src/ports.ts";
import { ScriptedConnection } from "./connection.ts";
import { type Reply, rows } from "./reply.ts";

export { changed, readOnlyRefusal, type Reply, rows } from "./reply.ts";
export { Failure, type FailureFacts, ScriptedConnection };

/** How a scripted endpoint behaves. */
export type Condition =
  /** Answers. */
  | "up"
  /** Refuses every connect at once, as a machine without a server does. */
  | "refusing"
  /** Accepts and never answers, as a frozen server does. */
  | "silent";

/** How a scripted endpoint begins. */
export interface ScriptedOptions {
  readonly dialect?: Dialect;
  readonly role?: Role;
  readonly generation?: number;
  /** Before each answer, each connect and each probe. @default {0}: at once */
  readonly latencyMs?: number;
  /** Needed for a latency: whose time it passes in. */
  readonly clock?: Clock;
  /** @default one row `{ ok: true }` */
  readonly answer?: (text: string, params: readonly unknown[]) => Reply;
}

/** A connector whose endpoint does what you set it to. */
export class ScriptedConnector implements Connector {
  readonly name = "scripted";
  readonly dialect: Dialect;
  readonly transport = "socket";
  readonly transactions = true;
  readonly clock: Clock | undefined;
  condition: Condition = "up";
  role: Role;
  generation: number | undefined;
  latencyMs: number;
  answer: (text: string, params: readonly unknown[]) => Reply;
  /** Every statement that reached the endpoint, in order. */
  readonly statements: string[] = [];
  /** Connects asked for. */
  connects = 0;
  readonly #open = new Set<ScriptedConnection>();

  constructor(options: ScriptedOptions = {}) {
    this.dialect = options.dialect ?? "postgres";
    this.clock = options.clock;
    this.role = options.role ?? "primary";
    this.generation = options.generation;
    this.latencyMs = options.latencyMs ?? 0;
    this.answer = options.answer ?? ((): Reply => rows({ ok: true }));
  }

  /** How many connections are open. */
  get open(): number {
    return this.#open.size;
  }

  async connect(options?: ConnectOptions): Promise<ScriptedConnection> {
    this.connects++;
    await this.pass();
    if (this.condition === "refusing") throw connectFailure("ECONNREFUSED");
    if (this.condition === "silent") await this.#giveUp(options);
    const connection = new ScriptedConnection(this, () => this.#open.delete(connection));
    this.#open.add(connection);
    return connection;
  }

  /** Breaks every open connection, as the death of a server does. */
  cut(): void {
    for (const connection of this.#open) connection.lose();
  }

  /** Dies: refuses from now on, and breaks what is open. */
  die(): void {
    this.condition = "refusing";
    this.cut();
  }

  /** Comes back. */
  revive(): void {
    this.condition = "up";
  }

  /** What a probe hears. */
  report(): RoleReport {
    const { role, generation } = this;
    return role === "primary" && generation !== undefined ? { role, generation } : { role };
  }

  /** Rejects when the connect's time is over or nobody waits for it any more. */
  #giveUp(options: ConnectOptions | undefined): Promise<never> {
    return new Promise((_, reject) => {
      const timer = options === undefined ? undefined : this.clock?.after(
        options.timeoutMs,
        () => reject(connectFailure("CONNECT_TIMEOUT")),
      );
      options?.signal?.addEventListener("abort", () => {
        timer?.cancel();
        reject(connectFailure("ABORT_ERR"));
      });
    });
  }

  /** Waits out the latency. */
  pass(): Promise<void> {
    const { clock, latencyMs } = this;
    if (clock === undefined || latencyMs === 0) return Promise.resolve();
    return new Promise((resolve) => clock.after(latencyMs, resolve));
  }
}

/** Makes a scripted connector. */
export function scripted(options: ScriptedOptions = {}): ScriptedConnector {
  return new ScriptedConnector(options);
}

function connectFailure(code: string): Failure {
  return new Failure({
    origin: "network",
    phase: "connecting",
    code,
    message: `connect ${code}`,
    connection: "broken",
  });
}
