/**
 * The connections to one endpoint: bounded, opened by need, handed out last in first out, waited
 * for first come first served.
 *
 * Waiting is by callback, not by promise, and a connection's lease is made once, when it is opened: a
 * caller that finds an idle connection pays nothing.
 *
 * @module
 */

import type { Failure } from "../model/failure.ts";
import type { Clock, Connection, Connector, Timer } from "../ports.ts";
import type { Lease, Waiter } from "./lease.ts";
import { openConnection } from "./open-connection.ts";
import { Queue } from "./queue.ts";
import { cutAll, type Cuts } from "./within.ts";
import { clientFailure, POOL_CLOSED, QUEUE_FULL } from "./pool-failure.ts";

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

/** Numbers of a pool just now. */
export interface PoolStats {
  readonly size: number;
  readonly idle: number;
  readonly inUse: number;
  readonly waiting: number;
}

/** What the pool tells its owner. */
export interface PoolWatch {
  /** `askedAt`: when the connect began. */
  opened(connection: Connection, askedAt: number): void;
  closed(because: string): void;
}

/** How long a server that refused one more connection is not asked again; the circuit's first pause. */
const REFUSED_PAUSE_MS = 1_000;

/** Bounded connections to one endpoint. */
export class Pool {
  readonly #connector: Connector;
  readonly #clock: Clock;
  readonly #limits: PoolLimits;
  readonly #watch: PoolWatch;
  /** All that are open; the idle ones once more, the latest on top. */
  readonly #leases = new Set<Lease>();
  readonly #idle: Lease[] = [];
  readonly #waiters = new Queue<Waiter>();
  #connecting = 0;
  /** Until when no more connections are asked for than there are. */
  #growAfter = 0;
  /** Goodbyes that are still being said. */
  #closing = 0;
  #sweep: Timer | undefined;
  #closed = false;
  /** Connects under way. */
  readonly #cuts: Cuts = new Set();
  #drain: Promise<void> | undefined;
  #drained: (() => void) | undefined;

  constructor(connector: Connector, clock: Clock, limits: PoolLimits, watch: PoolWatch) {
    this.#connector = connector;
    this.#clock = clock;
    this.#limits = limits;
    this.#watch = watch;
  }

  /** An idle connection at once, or `undefined`: then `waiter` will be told. */
  acquire(waiter: Waiter): Lease | undefined {
    if (this.#waiters.size === 0) {
      const idle = this.takeIdle();
      if (idle !== undefined) return idle;
    }
    if (this.#closed) {
      waiter.refused(clientFailure(POOL_CLOSED, "The pool of this endpoint is closed"));
    } else if (this.#waiters.size >= this.#limits.maxQueue) {
      const message = `${this.#waiters.size} callers are waiting for a connection already`;
      waiter.refused(clientFailure(QUEUE_FULL, message));
    } else {
      this.#waiters.add(waiter);
      this.#grow();
    }
    return undefined;
  }

  /** An idle connection if there is one; it is in use until it is given back. */
  takeIdle(): Lease | undefined {
    for (;;) {
      const lease = this.#idle.pop();
      if (lease === undefined) return undefined;
      lease.connection.onLost = undefined;
      lease.state = "inUse";
      if (lease.connection.usable) return lease;
      this.#gone(lease, "lost while idle");
    }
  }

  /** Takes a waiter out of the queue: its deadline passed or it was aborted. */
  forget(waiter: Waiter): void {
    this.#waiters.delete(waiter);
  }

  /** Gives a connection back: to the next caller, to the idle ones, or away if it is not to be reused. */
  release(lease: Lease, reuse: boolean, now: number): void {
    if (lease.state !== "inUse") return;
    if (!lease.connection.usable) this.#gone(lease, "broken");
    else if (!reuse) this.#close(lease, "carries session state");
    else if (this.#closed || lease.retired) this.#close(lease, "retired");
    else this.#offer(lease, now);
  }

  /** Cuts a connection at once and forgets it. */
  destroy(lease: Lease, because: string): void {
    if (lease.state !== "inUse") return;
    lease.connection.destroy();
    this.#gone(lease, because);
  }

  /** Takes in a connection that was opened outside, or closes it when there is no room. */
  adopt(connection: Connection, askedAt: number): void {
    if (this.#closed || !connection.usable || this.size >= this.#limits.max) {
      void connection.close();
    } else {
      this.#admit(connection, askedAt);
    }
  }

  /**
   * Retires every connection there is: idle ones now, used ones when they come back. For a change
   * of role: a session of the old role must not serve the new one.
   */
  clear(because: string): void {
    for (const lease of this.#leases) {
      if (lease.state === "inUse") lease.retired = true;
    }
    for (const lease of this.#idle.splice(0)) this.#close(lease, because);
  }

  /** Opens no more, lets what is running finish, closes the rest. Settles when all are gone. */
  drain(): Promise<void> {
    this.#closed = true;
    this.#sweep?.cancel();
    for (const waiter of this.#waiters.clear()) {
      waiter.refused(clientFailure(POOL_CLOSED, "The pool of this endpoint was closed"));
    }
    // What is still connecting has nobody left to serve.
    cutAll(this.#cuts);
    this.clear("closing");
    this.#drain ??= new Promise((resolve) => {
      this.#drained = resolve;
      this.#checkDrained();
    });
    return this.#drain;
  }

  /** Cuts whatever is still in use after a drain was waited for long enough. */
  destroyAll(): void {
    for (const lease of this.#leases) this.destroy(lease, "closing");
  }

  /** Open connections and those being opened. */
  get size(): number {
    return this.#leases.size + this.#connecting;
  }

  stats(): PoolStats {
    return {
      size: this.#leases.size,
      idle: this.#idle.length,
      inUse: this.#leases.size - this.#idle.length,
      waiting: this.#waiters.size,
    };
  }

  #admit(connection: Connection, askedAt: number): void {
    const lease: Lease = { connection, state: "inUse", idleSince: 0, retired: false };
    this.#leases.add(lease);
    this.#watch.opened(connection, askedAt);
    this.#offer(lease, this.#clock.now());
  }

  #offer(lease: Lease, now: number): void {
    const next = this.#waiters.take();
    if (next !== undefined) return next.granted(lease);
    lease.state = "idle";
    lease.idleSince = now;
    lease.connection.onLost = this.#lost;
    this.#idle.push(lease);
    this.#armSweep();
  }

  #grow(): void {
    if (this.#closed) return;
    if (this.#leases.size > 0 && this.#clock.now() < this.#growAfter) return;
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
    const askedAt = this.#clock.now();
    try {
      const connection = await openConnection(this.#connector, {
        clock: this.#clock,
        limitMs: this.#limits.connectTimeoutMs,
        cuts: this.#cuts,
      });
      this.#connecting--;
      if (this.#closed) void connection.close();
      else this.#admit(connection, askedAt);
    } catch (thrown) {
      this.#connecting--;
      this.#refused(thrown as Failure);
    }
    this.#grow();
    this.#checkDrained();
  }

  /**
   * A server that refuses one more while others are open (53300, too many connections) is not down: those
   * who wait are served by what there is, and it is left in peace for a moment.
   */
  #refused(failure: Failure): void {
    if (failure.origin === "server" && this.#leases.size > 0) {
      this.#growAfter = this.#clock.now() + REFUSED_PAUSE_MS;
    } else {
      this.#waiters.take()?.refused(failure);
    }
  }

  /** Idle connections are few and rarely die: looking for the dead ones costs less than a closure each. */
  readonly #lost = (): void => {
    for (const lease of this.#idle.filter(({ connection }) => !connection.usable)) {
      this.#idle.splice(this.#idle.indexOf(lease), 1);
      this.#gone(lease, "lost while idle");
    }
  };

  /** Says goodbye to a connection in good order. */
  #close(lease: Lease, because: string): void {
    lease.connection.onLost = undefined;
    this.#closing++;
    void lease.connection.close().finally(() => {
      this.#closing--;
      this.#checkDrained();
    });
    this.#gone(lease, because);
  }

  #gone(lease: Lease, because: string): void {
    lease.state = "gone";
    this.#leases.delete(lease);
    this.#watch.closed(because);
    this.#grow();
    this.#checkDrained();
  }

  #checkDrained(): void {
    if (this.size === 0 && this.#closing === 0) this.#drained?.();
  }

  #armSweep(): void {
    const { idleTimeoutMs } = this.#limits;
    if (idleTimeoutMs === 0 || this.#sweep !== undefined) return;
    this.#sweep = this.#clock.background(idleTimeoutMs, () => {
      this.#sweep = undefined;
      const limit = this.#clock.now() - idleTimeoutMs;
      // The oldest lie at the bottom: connections are taken from the top.
      for (let oldest = this.#idle[0]; oldest !== undefined; oldest = this.#idle[0]) {
        if (oldest.idleSince > limit) break;
        this.#idle.shift();
        this.#close(oldest, "idle");
      }
      if (this.#idle.length > 0 && !this.#closed) this.#armSweep();
    });
  }
}
