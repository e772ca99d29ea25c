/**
 * The connections to one endpoint: bounded, opened by need, handed out last in first out, waited
 * for first come first served.
 *
 * Waiting is by callback, not by promise: a caller that finds an idle connection pays nothing.
 *
 * @module
 */

import { Failure } from "../model/failure.ts";
import type { Clock, Connection, Connector, Timer } from "../ports.ts";
import { openConnection } from "./open-connection.ts";

/** The pool's limits. */
export interface PoolLimits {
  /** Most connections at once. */
  readonly max: number;
  /** Most callers waiting for one. */
  readonly maxQueue: number;
  /** Most connects under way at once (MongoDB CMAP: 2): a cold pool must not storm a server. */
  readonly maxConnecting: number;
  /** How long one connect may take. */
  readonly connectTimeoutMs: number;
  /** How long a connection may lie idle before it is closed; 0: for ever. */
  readonly idleTimeoutMs: number;
}

/** Someone who wants a connection. Exactly one of the two is called, once, unless it is forgotten. */
export interface Waiter {
  granted(connection: Connection): void;
  refused(failure: Failure): void;
}

/** Numbers of a pool just now. */
export interface PoolStats {
  readonly size: number;
  readonly idle: number;
  readonly inUse: number;
  readonly waiting: number;
}

/** What the pool tells its owner. */
export interface PoolWatch {
  opened(connection: Connection): void;
  closed(because: string): void;
}

/** The code of the failure a full queue gives. */
export const QUEUE_FULL = "QUEUE_FULL";
/** The code of the failure a closed pool gives. */
export const POOL_CLOSED = "POOL_CLOSED";

/** Bounded connections to one endpoint. */
export class Pool {
  readonly #connector: Connector;
  readonly #clock: Clock;
  readonly #limits: PoolLimits;
  readonly #watch: PoolWatch;
  readonly #idle: { connection: Connection; since: number }[] = [];
  readonly #inUse = new Set<Connection>();
  /** A Set keeps the order of arrival and lets a caller leave from the middle at once. */
  readonly #waiters = new Set<Waiter>();
  readonly #cleared = new WeakSet<Connection>();
  #connecting = 0;
  #sweep: Timer | undefined;
  #closed = false;
  #drained: (() => void) | undefined;

  constructor(connector: Connector, clock: Clock, limits: PoolLimits, watch: PoolWatch) {
    this.#connector = connector;
    this.#clock = clock;
    this.#limits = limits;
    this.#watch = watch;
  }

  /** An idle connection at once, or `undefined`: then `waiter` will be told. */
  acquire(waiter: Waiter): Connection | undefined {
    if (this.#waiters.size === 0) {
      const idle = this.takeIdle();
      if (idle !== undefined) return idle;
    }
    if (this.#closed) {
      waiter.refused(clientFailure(POOL_CLOSED, "The pool of this endpoint is closed"));
    } else if (this.#waiters.size >= this.#limits.maxQueue) {
      waiter.refused(
        clientFailure(
          QUEUE_FULL,
          `${this.#waiters.size} callers are waiting for a connection already`,
        ),
      );
    } else {
      this.#waiters.add(waiter);
      this.#grow();
    }
    return undefined;
  }

  /** An idle connection if there is one; it counts as in use until it is given back. */
  takeIdle(): Connection | undefined {
    for (;;) {
      const top = this.#idle.pop();
      if (top === undefined) return undefined;
      if (!top.connection.usable) continue;
      this.#inUse.add(top.connection);
      top.connection.onLost = undefined;
      return top.connection;
    }
  }

  /** Takes a waiter out of the queue: its deadline passed or it was aborted. */
  forget(waiter: Waiter): void {
    this.#waiters.delete(waiter);
  }

  /** Gives a connection back: to the next caller, to the idle ones, or away if it is not to be reused. */
  release(connection: Connection, reuse: boolean): void {
    this.#inUse.delete(connection);
    if (!connection.usable) {
      this.#gone("broken");
    } else if (!reuse || this.#closed || this.#cleared.has(connection)) {
      this.#say(connection, reuse ? "cleared" : "carries session state");
    } else {
      this.#offer(connection);
    }
  }

  /** Cuts a connection at once and forgets it. */
  destroy(connection: Connection, because: string): void {
    if (!this.#inUse.delete(connection)) return;
    connection.destroy();
    this.#gone(because);
  }

  /** Takes in a connection that was opened outside, or closes it when there is no room. */
  adopt(connection: Connection): void {
    if (this.#closed || !connection.usable || this.size >= this.#limits.max) {
      void connection.close();
      return;
    }
    this.#watch.opened(connection);
    this.#offer(connection);
  }

  /**
   * Retires every connection there is: idle ones now, used ones when they come back. For a change
   * of role: a session of the old role must not serve the new one.
   */
  clear(because: string): void {
    for (const { connection } of this.#idle.splice(0)) this.#say(connection, because);
    for (const connection of this.#inUse) this.#cleared.add(connection);
  }

  /** Opens no more, lets what is running finish, closes the rest. Settles when all are gone. */
  drain(): Promise<void> {
    this.#closed = true;
    this.#sweep?.cancel();
    for (const waiter of this.#waiters) {
      waiter.refused(clientFailure(POOL_CLOSED, "The pool of this endpoint was closed"));
    }
    this.#waiters.clear();
    this.clear("closing");
    return new Promise((resolve) => {
      this.#drained = resolve;
      this.#checkDrained();
    });
  }

  /** Cuts whatever is still in use after a drain was waited for long enough. */
  destroyAll(): void {
    for (const connection of [...this.#inUse]) this.destroy(connection, "closing");
  }

  get size(): number {
    return this.#idle.length + this.#inUse.size + this.#connecting;
  }

  stats(): PoolStats {
    return {
      size: this.#idle.length + this.#inUse.size,
      idle: this.#idle.length,
      inUse: this.#inUse.size,
      waiting: this.#waiters.size,
    };
  }

  #offer(connection: Connection): void {
    const next = this.#nextWaiter();
    if (next !== undefined) {
      this.#inUse.add(connection);
      next.granted(connection);
      return;
    }
    connection.onLost = () => this.#lost(connection);
    this.#idle.push({ connection, since: this.#clock.now() });
    this.#armSweep();
  }

  #nextWaiter(): Waiter | undefined {
    if (this.#waiters.size === 0) return undefined;
    const [next] = this.#waiters;
    if (next !== undefined) this.#waiters.delete(next);
    return next;
  }

  #grow(): void {
    // One connect per waiter that no connect under way will serve.
    while (
      this.#connecting < Math.min(this.#limits.maxConnecting, this.#waiters.size) &&
      this.size < this.#limits.max
    ) {
      void this.#connect();
    }
  }

  async #connect(): Promise<void> {
    this.#connecting++;
    try {
      const connection = await openConnection(
        this.#connector,
        this.#clock,
        this.#limits.connectTimeoutMs,
      );
      this.#connecting--;
      if (this.#closed) {
        await connection.close();
      } else {
        this.#watch.opened(connection);
        this.#offer(connection);
      }
    } catch (thrown) {
      this.#connecting--;
      this.#nextWaiter()?.refused(thrown as Failure);
    }
    this.#grow();
    this.#checkDrained();
  }

  #lost(connection: Connection): void {
    const index = this.#idle.findIndex((entry) => entry.connection === connection);
    if (index < 0) return;
    this.#idle.splice(index, 1);
    this.#gone("lost while idle");
  }

  /** Says goodbye to a connection in good order. */
  #say(connection: Connection, because: string): void {
    connection.onLost = undefined;
    void connection.close();
    this.#gone(because);
  }

  #gone(because: string): void {
    this.#watch.closed(because);
    if (!this.#closed) this.#grow();
    this.#checkDrained();
  }

  #checkDrained(): void {
    if (this.#drained !== undefined && this.size === 0) this.#drained();
  }

  #armSweep(): void {
    if (this.#limits.idleTimeoutMs === 0 || this.#sweep !== undefined) return;
    this.#sweep = this.#clock.background(this.#limits.idleTimeoutMs, () => {
      this.#sweep = undefined;
      const limit = this.#clock.now() - this.#limits.idleTimeoutMs;
      // The oldest lie at the bottom: connections are taken from the top.
      while (this.#idle[0] !== undefined && this.#idle[0].since <= limit) {
        const entry = this.#idle.shift();
        if (entry !== undefined) this.#say(entry.connection, "idle");
      }
      if (this.#idle.length > 0 && !this.#closed) this.#armSweep();
    });
  }
}

function clientFailure(code: string, message: string): Failure {
  return new Failure({
    origin: "client",
    phase: "connecting",
    code,
    message,
    connection: "usable",
  });
}
