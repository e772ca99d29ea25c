/**
 * One member of a cluster: a data folder, its server and what it follows.
 *
 * @module
 */

import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Address, type AdminRow, ask, literal } from "./admin.ts";
import { writeOwned } from "./data.ts";
import { freePort } from "./place.ts";
import { PortTaken, Server, StillLocked, type StopMode } from "./server.ts";
import { conninfo, render, replaceIn, type Settings } from "./settings.ts";
import { until } from "./wait.ts";

/** What a node is made of. */
export interface NodeFacts {
  readonly name: string;
  readonly folder: string;
  readonly user: string;
  readonly password: string | undefined;
  /** The database of `url()` and `query()` where none is named. */
  readonly database: string;
  readonly settings: Settings;
}

/** How a node is to start. By default as what it was. */
export interface StartOptions {
  readonly as?: "primary" | "standby";
  /** Whom a standby streams from; a slot is made there. Needs `as: "standby"`. */
  readonly follow?: ClusterNode;
}

/** A PostgreSQL server that can be killed, frozen, promoted and started again. */
export class ClusterNode {
  readonly name: string;
  /** The data folder. */
  readonly data: string;
  readonly #facts: NodeFacts;
  readonly #server: Server;
  #port = 0;

  constructor(facts: NodeFacts) {
    this.#facts = facts;
    this.name = facts.name;
    this.data = join(facts.folder, "nodes", facts.name);
    this.#server = new Server(facts.name, this.data, join(facts.folder, `${facts.name}.log`));
  }

  /** Chosen at the first start and kept for good. */
  get port(): number {
    return this.#port;
  }

  /** The postmaster's pid, or `undefined` when the server does not run. */
  get pid(): number | undefined {
    return this.#server.pid;
  }

  get running(): boolean {
    return this.#server.running;
  }

  /** The end of the server's log, for messages. */
  tail(lines?: number): string {
    return this.#server.tail(lines);
  }

  /** A connection URL, with the password if the cluster has one. */
  url(database: string = this.#facts.database): string {
    const { user, password } = this.#facts;
    const secret = password === undefined ? "" : `:${encodeURIComponent(password)}`;
    const place = `127.0.0.1:${this.#port}/${encodeURIComponent(database)}`;
    return `postgres://${encodeURIComponent(user)}${secret}@${place}`;
  }

  /** One statement on a connection of its own, which is closed afterwards. */
  query<R extends AdminRow = AdminRow>(
    text: string,
    params: readonly unknown[] = [],
    options: { readonly database?: string; readonly timeoutMs?: number } = {},
  ): Promise<R[]> {
    const { user, password, database } = this.#facts;
    const address: Address = {
      port: this.#port,
      database: options.database ?? database,
      user,
      password,
    };
    return ask<R>(address, text, params, options.timeoutMs);
  }

  /** Starts the server and waits until it takes connections (not until a standby streams). */
  async start(options: StartOptions = {}): Promise<void> {
    const { as, follow } = options;
    const signalFile = join(this.data, "standby.signal");
    if (as === "primary") rmSync(signalFile, { force: true });
    if (as === "standby") writeOwned(signalFile, "");
    if (follow) await this.#pointAt(follow);
    // The kernel may know a killed postmaster for a moment longer than we do.
    await until(() => this.#tryToStart(), { what: `${this.name}'s old process to be gone` });
  }

  /** Whether it runs; it does not while its old process holds the folder. */
  async #tryToStart(): Promise<boolean> {
    const settled = this.#port !== 0;
    for (let tries = 1;; tries++) {
      if (!settled) this.#port = await freePort();
      this.#configure();
      try {
        await this.#server.start();
        return true;
      } catch (error) {
        if (error instanceof StillLocked) return false;
        if (settled || !(error instanceof PortTaken) || tries === 5) throw error;
      }
    }
  }

  /** A shutdown by the book. `smart` waits for clients to leave. @default mode {"fast"} */
  stop(mode: StopMode = "fast", options: { readonly timeoutMs?: number } = {}): Promise<void> {
    return this.#server.stop(mode, options.timeoutMs);
  }

  /** A machine crash: SIGKILL to the postmaster and every backend. Resolves when all are gone. */
  kill(): Promise<void> {
    return this.#server.kill();
  }

  /** SIGSTOP to everything: open lines fall silent, new ones are accepted by the kernel and never served. */
  freeze(): void {
    this.#server.freeze();
  }

  /** Undoes {@link freeze}; what was waiting in the sockets runs now. */
  thaw(): void {
    this.#server.thaw();
  }

  /** Waits until the server answers a query. */
  async waitReady(): Promise<void> {
    await until(async () => (await this.query("select 1")).length === 1, {
      what: `an answer from ${this.name}`,
      detail: () => this.tail(),
    });
  }

  /** Whether it is a standby just now, by its own account. */
  async isStandby(): Promise<boolean> {
    const [row] = await this.query<{ standby: boolean }>("select pg_is_in_recovery() as standby");
    return row?.standby === true;
  }

  /** Promotes a standby and waits until it takes writes. */
  async promote(): Promise<void> {
    // pg_promote(true) polls every 100 ms; asking and looking ourselves takes 3–6 ms.
    await this.query("select pg_promote(false)");
    await until(async () => !(await this.isStandby()), {
      what: `${this.name} to leave recovery`,
      detail: () => this.tail(),
    });
  }

  /** Re-points a running standby at another node, without a restart. */
  async repoint(primary: ClusterNode): Promise<void> {
    await this.#makeSlotOn(primary);
    for (const [key, value] of Object.entries(this.#following(primary))) {
      await this.query(`alter system set ${key} = ${literal(value)}`);
    }
    await this.query("select pg_reload_conf()");
  }

  /** Waits until this standby streams from `primary`. */
  async waitStreamingFrom(primary: ClusterNode): Promise<void> {
    await until(async () => {
      const text =
        "select 1 from pg_stat_replication where application_name = $1 and state = 'streaming'";
      return (await primary.query(text, [this.name])).length > 0;
    }, {
      what: `${this.name} to stream from ${primary.name}`,
      detail: () => `${this.tail()}\n${primary.tail()}`,
    });
  }

  /** Written before every start: a data folder copied from another node brings that node's file. */
  #configure(): void {
    const own = { port: String(this.#port), cluster_name: this.name };
    writeOwned(join(this.data, "postgresql.conf"), render({ ...this.#facts.settings, ...own }));
  }

  #following(primary: ClusterNode): Settings {
    const { user, password } = this.#facts;
    return {
      primary_conninfo: conninfo({
        host: "127.0.0.1",
        port: String(primary.port),
        user,
        ...(password === undefined ? {} : { password }),
        application_name: this.name,
        connect_timeout: "3",
      }),
      primary_slot_name: this.name,
    };
  }

  async #makeSlotOn(primary: ClusterNode): Promise<void> {
    const text = `select pg_create_physical_replication_slot($1, true)
      where not exists (select 1 from pg_replication_slots where slot_name = $1)`;
    await primary.query(text, [this.name]);
  }

  async #pointAt(primary: ClusterNode): Promise<void> {
    await this.#makeSlotOn(primary);
    // ALTER SYSTEM needs a running server; this file is where it would write.
    const file = join(this.data, "postgresql.auto.conf");
    const text = existsSync(file) ? readFileSync(file, "utf8") : "";
    writeOwned(file, replaceIn(text, this.#following(primary)));
  }
}
