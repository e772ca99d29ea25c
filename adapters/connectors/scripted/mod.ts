/**
 * A connector without a database: for tests, examples and simulations. You say what it answers, how long
 * it takes, who it is, how it does and how it fails.
 *
 * ```ts
 * import { scripted } from "holdfast/scripted";
 *
 * const replica = scripted({ role: "replica" });
 * replica.lagMs = 90_000; // it falls behind
 * replica.otherConnections = replica.maxConnections; // somebody else takes all its connections
 * replica.die();
 * ```
 *
 * @module
 */

import { Failure, type FailureFacts } from "../../../src/model/failure.ts";
import type { Role } from "../../../src/model/endpoint.ts";
import type { Dialect } from "../../../src/model/statement.ts";
import type { Clock, ConnectOptions, Connector, RoleReport, Vitals } from "../../../src/ports.ts";
import { webRuntime } from "../../runtimes/web.ts";
import { type Condition, connectFailure, startingUp, tooManyClients } from "./condition.ts";
import { ScriptedConnection } from "./connection.ts";
import { type Reply, rows } from "./reply.ts";

export { changed, readOnlyRefusal, type Reply, rows } from "./reply.ts";
export { type Condition, Failure, type FailureFacts, ScriptedConnection };

/** How a scripted endpoint begins. */
export interface ScriptedOptions {
  readonly dialect?: Dialect;
  readonly role?: Role;
  readonly generation?: number;
  /** Before each answer, each connect and each probe. @default {0}: at once */
  readonly latencyMs?: number;
  /** Statements and probes it serves at once without slowing down. @default {Infinity} */
  readonly capacity?: number;
  /** Whose time a latency passes in. @default the real one */
  readonly clock?: Clock;
  /** @default one row `{ ok: true }` */
  readonly answer?: (text: string, params: readonly unknown[]) => Reply;
  /** @default {false} */
  readonly scalesToZero?: boolean;
}

/**
 * An endpoint that does what you set it to, and the first client of it: {@link renew} makes another client
 * of the same endpoint.
 */
export class ScriptedConnector implements Connector {
  readonly name = "scripted";
  readonly dialect: Dialect;
  readonly transport = "socket";
  readonly transactions = true;
  readonly scalesToZero: boolean;
  readonly clock: Clock;
  condition: Condition = "up";
  /** What a login hears while `condition` is `refusingLogins`. @default {57P03} starting up */
  loginRefusal: Failure = startingUp();
  role: Role;
  generation: number | undefined;
  latencyMs: number;
  /**
   * Where more statements and probes run at once than this, an answer takes longer in proportion:
   * `latencyMs × running / capacity`, by how many run when it begins.
   */
  capacity: number;
  answer: (text: string, params: readonly unknown[]) => Reply;
  /** What a rehearsal hears of a primary; a replica is never writable. What a write hears, `answer` says. */
  writable = true;
  /** What a measurement hears of a replica, in milliseconds; `undefined`: it cannot tell. */
  lagMs: number | undefined = 0;
  /** What a measurement hears; `undefined`: it cannot tell. */
  position: bigint | undefined = undefined;
  /** Beyond, a connect is refused (53300); a measurement hears it. @default {100} (PostgreSQL) */
  maxConnections = 100;
  /** Connections somebody else has open: they count as ours do. */
  otherConnections = 0;
  /** Every statement that reached the endpoint, in order. */
  readonly statements: string[] = [];
  /** Connects asked for, by whichever client. */
  connects = 0;
  /** How often a client was made anew. */
  renewals = 0;
  readonly #open = new Set<ScriptedConnection>();
  #running = 0;
  /** Clients up to this one are jammed; the first is number 0. */
  #jammed = -1;

  constructor(options: ScriptedOptions = {}) {
    this.dialect = options.dialect ?? "postgres";
    this.clock = options.clock ?? webRuntime.clock;
    this.role = options.role ?? "primary";
    this.generation = options.generation;
    this.latencyMs = options.latencyMs ?? 0;
    this.capacity = options.capacity ?? Infinity;
    this.answer = options.answer ?? ((): Reply => rows({ ok: true }));
    this.scalesToZero = options.scalesToZero ?? false;
  }

  /** How many connections of ours are open, by whichever client. */
  get open(): number {
    return this.#open.size;
  }

  /** Ours and everybody else's. */
  get connectionsUsed(): number {
    return this.#open.size + this.otherConnections;
  }

  connect(options?: ConnectOptions): Promise<ScriptedConnection> {
    return this.#connect(0, options);
  }

  /** Another client of the same endpoint. What is set here, it meets as well; only `jam` it is spared. */
  renew(): Connector {
    const client = ++this.renewals;
    const { name, dialect, transport, transactions, scalesToZero } = this;
    return {
      name,
      dialect,
      transport,
      transactions,
      scalesToZero,
      connect: (options) => this.#connect(client, options),
      renew: () => this.renew(),
    };
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

  /** What is open answers nothing any more, as behind a firewall that forgot the lines; new ones are well. */
  deafen(): void {
    for (const connection of this.#open) connection.deaf = true;
  }

  /**
   * Every client there is gets stuck: what is open answers nothing and what is asked for never comes, as
   * in a driver whose pool has lost count (`reference/postgres.md`, H4). One made anew is well.
   */
  jam(): void {
    this.#jammed = this.renewals;
    this.deafen();
  }

  /** What a probe hears. */
  report(): RoleReport {
    const { role, generation } = this;
    return role === "primary" && generation !== undefined ? { role, generation } : { role };
  }

  /** What a measurement hears. */
  vitals(): Vitals {
    const { role, lagMs, position, connectionsUsed, maxConnections } = this;
    return {
      connectionsUsed,
      connectionsMax: maxConnections,
      ...(role === "replica" && lagMs !== undefined ? { lagMs } : {}),
      ...(position === undefined ? {} : { position }),
    };
  }

  /** Waits out the latency of a connect. */
  pass(): Promise<void> {
    const { clock, latencyMs } = this;
    if (latencyMs === 0) return Promise.resolve();
    return new Promise((resolve) => clock.after(latencyMs, resolve));
  }

  /** @internal */
  serve(answered: () => void): () => void {
    this.#running++;
    let isOver = false;
    const end = (): void => {
      if (!isOver) this.#running--;
      isOver = true;
    };
    const serviceMs = this.latencyMs * Math.max(1, this.#running / this.capacity);
    if (serviceMs === 0) {
      end();
      answered();
      return end;
    }
    const timer = this.clock.after(serviceMs, () => {
      end();
      answered();
    });
    return () => {
      timer.cancel();
      end();
    };
  }

  async #connect(client: number, options?: ConnectOptions): Promise<ScriptedConnection> {
    this.connects++;
    await this.pass();
    if (options?.signal?.aborted === true) throw connectFailure("ABORT_ERR");
    if (client <= this.#jammed) await this.#giveUp(options);
    switch (this.condition) {
      case "up":
        break;
      case "refusing":
        throw connectFailure("ECONNREFUSED");
      case "refusingLogins":
        throw this.loginRefusal;
      case "hangingUp":
        throw connectFailure("CONNECTION_CLOSED");
      case "silent":
        await this.#giveUp(options);
        break;
      default:
        this.condition satisfies never;
    }
    if (this.connectionsUsed >= this.maxConnections) throw tooManyClients();
    const connection = new ScriptedConnection(this, () => this.#open.delete(connection));
    this.#open.add(connection);
    return connection;
  }

  /** Rejects when the connect's time is over or nobody waits for it any more. */
  #giveUp(options: ConnectOptions | undefined): Promise<never> {
    return new Promise((_, reject) => {
      const timer = options === undefined ? undefined : this.clock.after(
        options.timeoutMs,
        () => reject(connectFailure("CONNECT_TIMEOUT")),
      );
      options?.signal?.addEventListener("abort", () => {
        timer?.cancel();
        reject(connectFailure("ABORT_ERR"));
      });
    });
  }
}

/** Makes a scripted connector. */
export function scripted(options: ScriptedOptions = {}): ScriptedConnector {
  return new ScriptedConnector(options);
}
