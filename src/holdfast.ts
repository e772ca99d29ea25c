/**
 * The object people hold.
 *
 * @module
 */

import type { BatchStatement } from "./batch.ts";
import { runtimeHere } from "../adapters/runtimes/here.ts";
import type { Core, Site } from "./drive/core.ts";
import type { EventOf } from "./drive/bus.ts";
import { keepToo, startHousekeeping } from "./drive/housekeeping.ts";
import { inScope, scopeOfCluster, scopeOfSession } from "./drive/open-scope.ts";
import { publish } from "./drive/publish.ts";
import { isolate } from "./drive/report.ts";
import { searchPrimary } from "./drive/search.ts";
import { addSite, closeCore, createCore, removeSite } from "./drive/sites.ts";
import { failover, type FailoverReport } from "./drive/steward.ts";
import { tick, type Ticked } from "./drive/tick.ts";
import { readStats, type Stats } from "./drive/statistics.ts";
import { ClosedError, UsageError } from "./errors.ts";
import { EVENT_TYPES, type EventType, type HoldfastEvent } from "./model/event.ts";
import type { Result, Row } from "./model/result.ts";
import {
  type BatchOptions,
  NO_OPTIONS,
  type QueryOptions,
  type SessionOptions,
  type TransactionOptions,
} from "./options/call.ts";
import { readEndpoint } from "./options/endpoints.ts";
import { readSession } from "./options/session.ts";
import { Inspector, show } from "./options/inspector.ts";
import { resolveOptions } from "./options/resolve.ts";
import type { EndpointOptions, HoldfastOptions } from "./options/types.ts";
import type { Runtime } from "./ports.ts";
import { Session } from "./session.ts";
import type { Sql } from "./spell.ts";
import type { Transaction } from "./transaction.ts";

/** How long a failover may take unless told otherwise. */
const FAILOVER_TIMEOUT_MS = 30_000;

/** Several endpoints of one database, used as one. */
export class Holdfast implements AsyncDisposable {
  readonly #core: Core;
  readonly #root: Session;
  #closing: Promise<void> | undefined;

  /** @internal Made by {@link createHoldfast}. */
  constructor(core: Core) {
    this.#core = core;
    this.#root = new Session(scopeOfCluster(core), NO_OPTIONS, 0);
  }

  /**
   * Runs one statement where it may run: reads by the read preference, everything else on the primary.
   *
   * @throws a {@link HoldfastError}: see its `code` and `executed`
   */
  query<R = Row>(
    statement: Sql,
    params?: readonly unknown[],
    options?: QueryOptions,
  ): Promise<Result<R>> {
    return this.#root.query<R>(statement, params, options);
  }

  /** As `query`, but always on the primary: for commands. */
  execute<R = Row>(
    statement: Sql,
    params?: readonly unknown[],
    options?: QueryOptions,
  ): Promise<Result<R>> {
    return this.#root.execute<R>(statement, params, options);
  }

  /** Runs a template: each `${value}` becomes a parameter, each nested fragment a part of the text. */
  sql<R = Row>(strings: TemplateStringsArray, ...values: readonly unknown[]): Promise<Result<R>> {
    return this.#root.sql<R>(strings, ...values);
  }

  /** Runs `work` in a transaction: committed when it returns, rolled back when it throws. */
  transaction<T>(
    work: (tx: Transaction) => Promise<T>,
    options?: TransactionOptions,
  ): Promise<T> {
    return this.#root.transaction(work, options);
  }

  /** Runs statements that are known beforehand in one transaction: all of them are kept, or none. */
  batch(statements: readonly BatchStatement[], options?: BatchOptions): Promise<Result[]> {
    return this.#root.batch(statements, options);
  }

  /**
   * Calls that belong together, with their own defaults. After a write of its own a session reads
   * from the primary for `session.pinAfterWriteMs`, so that it sees what it wrote.
   *
   * In Workers every request makes its own, `db.session({ ctx })`, and runs its statements there: connections belong
   * to the request.
   *
   * @throws an {@link OptionError}, or a {@link UsageError}: where it needs a request's `ctx` and has none
   */
  session(options: SessionOptions = NO_OPTIONS): Session {
    const { waitUntil, ...defaults } = readSession(options);
    const scope = scopeOfSession(this.#core, waitUntil);
    return new Session(scope, defaults, this.#core.settings.pinAfterWriteMs);
  }

  /** What holdfast knows, as numbers; no I/O. */
  stats(): Stats {
    return readStats(this.#core);
  }

  /**
   * Asks every endpoint who it is, and looks after them from then on. Settles when a primary answered, or all
   * have answered or were too slow. Rejects only after `close()`.
   */
  async discover(): Promise<void> {
    this.#refuseIfClosed();
    // Who asks wants to know from now on: a process that only watches makes no other call.
    startHousekeeping(this.#core);
    await inScope(this.#core, searchPrimary);
  }

  /**
   * Does what is due now, and nothing else: looks at endpoints, syncs with the store, checks the alerts. For places
   * where no timer runs between requests: call it from `Deno.cron`, from a route that a scheduler calls, or as
   * `ctx.waitUntil(db.tick())`. Where timers run (Node, Bun, Deno) nobody need call it. Never rejects.
   */
  tick(): Promise<Ticked> {
    if (this.#core.closed) return Promise.resolve({ nextInMs: Infinity });
    return inScope(this.#core, tick);
  }

  /** Takes an endpoint in while running. */
  addEndpoint(options: EndpointOptions): void {
    this.#refuseIfClosed();
    const inspector = new Inspector();
    const station = readEndpoint(inspector, "endpoint", options);
    const { id } = station.endpoint;
    if (this.#core.sites.has(id)) {
      inspector.refuse("endpoint.id", id, "an id that no other endpoint has");
    }
    if (station.connector?.dialect !== this.#core.dialect) {
      inspector.refuse("endpoint.connector", station.connector?.dialect, this.#core.dialect);
    }
    inspector.finish();
    keepToo(this.#core, addSite(this.#core, station));
  }

  /** Lets an endpoint go: nothing new goes there, what runs may finish within `closeTimeoutMs`. */
  async removeEndpoint(id: string): Promise<void> {
    this.#refuseIfClosed();
    const site = this.#site(id);
    const { topology } = this.#core;
    if (!topology.members.some((m) => m.endpoint.id !== id && !m.draining)) {
      throw new UsageError(`Endpoint "${id}" is the last one: add another one first, or close()`);
    }
    await removeSite(this.#core, site);
  }

  /**
   * Makes `to` the primary instead of `from`: promotes its database (`pg_promote`) where the endpoint
   * allows it, else only switches the roles.
   *
   * The old primary is not stopped and its other replicas are not re-pointed: see the README.
   *
   * @throws a {@link FailoverError}; the roles are unchanged then
   */
  async failover(
    from: string,
    to: string,
    options: { readonly timeoutMs?: number } = {},
  ): Promise<FailoverReport> {
    this.#refuseIfClosed();
    if (from === to) throw new UsageError(`A failover needs two endpoints; both are ${show(from)}`);
    const target = this.#site(to);
    if (target.member.endpoint.access === "readOnly") {
      throw new UsageError(`Endpoint "${to}" is declared read-only: it cannot become the primary`);
    }
    if (target.member.draining) {
      throw new UsageError(`Endpoint "${to}" is being removed: it cannot become the primary`);
    }
    const source = this.#site(from);
    const { primary } = this.stats();
    if (primary !== undefined && primary !== from) {
      throw new UsageError(`Endpoint ${show(from)} is not the primary, ${show(primary)} is`);
    }
    const timeoutMs = options.timeoutMs ?? FAILOVER_TIMEOUT_MS;
    return await inScope(this.#core, async (scope) => {
      const report = await failover(scope, source, target, { timeoutMs });
      // A promoted database tells everybody who asks. That the roles were only switched, nobody could know.
      if (!report.promoted) await publish(this.#core, { type: "failover", from, to });
      return report;
    });
  }

  /** Holds an endpoint's circuit open until `release`: nothing goes there. */
  isolate(id: string): void {
    this.#refuseIfClosed();
    isolate(this.#core, this.#site(id), "isolate");
  }

  /** Lets an isolated endpoint work again. */
  release(id: string): void {
    this.#refuseIfClosed();
    const site = this.#site(id);
    if (site.shared.told?.kind === "isolated") {
      throw new UsageError(
        `Endpoint ${show(id)} is held for all, by a command to the store: release it there, ` +
          'store.command({ type: "release", endpoint })',
      );
    }
    isolate(this.#core, site, "release");
  }

  /** Tells `listener` of each event of a type, or of every event (`"*"`). The returned function ends that. */
  on<T extends EventType>(type: T, listener: (event: EventOf<T>) => void): () => void;
  on(type: "*", listener: (event: HoldfastEvent) => void): () => void;
  on(type: EventType | "*", listener: (event: never) => void): () => void {
    if (type !== "*" && !EVENT_TYPES.includes(type)) {
      const known = ["*", ...EVENT_TYPES].join(", ");
      throw new UsageError(`There is no event ${show(type)}; there are ${known}`);
    }
    if (typeof listener !== "function") {
      throw new UsageError(`on(${show(type)}, …) needs a function to tell; got ${show(listener)}`);
    }
    return this.#core.bus.on(type, listener);
  }

  /** Refuses new work, lets running work finish within `closeTimeoutMs`, cuts the rest, closes every connection. */
  close(): Promise<void> {
    this.#closing ??= closeCore(this.#core);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #site(id: string): Site {
    const site = this.#core.sites.get(id);
    if (site !== undefined) return site;
    const known = [...this.#core.sites.keys()].join(", ");
    throw new UsageError(`There is no endpoint with the id ${show(id)}; known are ${known}`);
  }

  #refuseIfClosed(): void {
    if (this.#core.closed) throw new ClosedError("This holdfast was closed: create another one");
  }
}

/**
 * Makes a holdfast over the given endpoints. Opens nothing and starts no timer before the first call, so
 * that it may stand in a module's scope anywhere.
 *
 * @throws an {@link OptionError} that lists every wrong option
 *
 * @example
 * ```ts
 * import { createHoldfast } from "holdfast";
 * import { postgres } from "holdfast/postgres";
 *
 * const db = createHoldfast({
 *   endpoints: [
 *     { id: "a", role: "primary", connector: postgres("postgres://app@db-a/shop") },
 *     { id: "b", role: "replica", connector: postgres("postgres://app@db-b/shop") },
 *   ],
 *   readPreference: "secondaryPreferred",
 * });
 * const { rows } = await db.query("select * from users where active = ?", [true]);
 * ```
 */
export function createHoldfast(options: HoldfastOptions): Holdfast {
  return createHoldfastOn(runtimeHere(), options);
}

/** As {@link createHoldfast}, on a runtime of your own: another clock, another source of chance. */
export function createHoldfastOn(runtime: Runtime, options: HoldfastOptions): Holdfast {
  const { settings, stations } = resolveOptions(options);
  return new Holdfast(createCore(runtime, settings, stations));
}
