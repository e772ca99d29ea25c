/**
 * The connections to one endpoint: bounded, opened by need, handed out last in first out, waited
 * for first come first served, given up when they are old, dead or of an earlier generation.
 *
 * Who may have one is decided by `admit/permits.ts`; the idle ones lie on a `shelf.ts`, an `opener.ts`
 * opens more. Waiting is by callback, not by promise, and a connection's lease is made once, when it
 * is opened: a caller that finds an idle connection pays nothing.
 *
 * @module
 */

import { lifetimeMs } from "../admit/lifetime.ts";
import {
  admission,
  countUse,
  freshPermits,
  mayServe,
  type Permits,
  sizeOf,
} from "../admit/permits.ts";
import type { CloseReason, ConnectReason } from "../model/connection-event.ts";
import type { Clock, Connection, Connector } from "../ports.ts";
import { Farewells } from "./farewells.ts";
import { createLease, type Lease, type Waiter, whyNotKept } from "./lease.ts";
import { Opener } from "./opener.ts";
import {
  countClosed,
  countWait,
  createCounts,
  type PoolCounts,
  type PoolStats,
  poolStats,
} from "./pool-counts.ts";
import { clientFailure, POOL_CLOSED, QUEUE_FULL } from "./pool-failure.ts";
import type { PoolLimits, PoolPlace, PoolWatch } from "./pool-limits.ts";
import { Queue } from "./queue.ts";
import { Shelf } from "./shelf.ts";
import { Turns } from "./turns.ts";
import { Validation } from "./validation.ts";

/** Bounded connections to one endpoint. What `Shelf` and `Opener` need of it is public too. */
export class Pool {
  readonly permits: Permits;
  /** Rises when all connections are given up at once. */
  generation = 0;
  readonly waiters: Queue<Waiter> = new Queue();
  readonly clock: Clock;
  readonly keeps: boolean;
  readonly #offset: number;
  readonly #limits: PoolLimits;
  readonly #watch: PoolWatch;
  readonly counts: PoolCounts;
  /** All that are open; the idle ones lie on the shelf too. */
  readonly #leases = new Set<Lease>();
  readonly #shelf: Shelf;
  readonly #opener: Opener;
  readonly #validation: Validation;
  readonly farewells: Farewells;
  readonly #turns: Turns<Lease> = new Turns((lease) => this.#place(lease), () => this.#more());
  /** The clock as last read by who gave one back: reading it costs. */
  #now = 0;
  isClosed = false;

  constructor(connector: Connector, place: PoolPlace, limits: PoolLimits, watch: PoolWatch) {
    this.clock = place.clock;
    this.keeps = place.keeps;
    this.#offset = place.offset;
    this.#limits = limits;
    this.#watch = watch;
    this.permits = freshPermits(limits);
    this.counts = place.counts ?? createCounts(place.clock.now());
    this.farewells = new Farewells(place.clock, () => this.size === 0);
    this.#shelf = new Shelf(limits, this);
    this.#opener = new Opener(connector, limits, this);
    this.#validation = new Validation(limits, this);
  }

  /** Open connections and those on their way. */
  get size(): number {
    return sizeOf(this.permits);
  }

  /** Open connections. */
  get open(): number {
    return this.#leases.size;
  }

  stats(): PoolStats {
    return poolStats(this.counts, this.permits, this.generation, this.clock.now());
  }

  /** Opens `min` connections and keeps as many open from now on. */
  warm(): void {
    if (!this.keeps || this.#limits.min === 0) return;
    this.#opener.warm();
    this.#shelf.watch();
  }

  /** An idle connection at once, or `undefined`: then `waiter` will be told. */
  acquire(waiter: Waiter, now: number): Lease | undefined {
    const admitted = admission(this.permits, this.#limits);
    if (admitted === "now") {
      const idle = this.#takeTrusted(now);
      if (idle !== undefined) return idle;
    }
    if (this.isClosed) {
      waiter.refused(clientFailure(POOL_CLOSED, "The pool of this endpoint is closed"));
    } else if (admitted === "refuse") {
      const { allowed, waiting } = this.permits;
      const message = `All ${allowed} connections are taken, and ${waiting} callers wait already`;
      waiter.refused(clientFailure(QUEUE_FULL, message));
    } else {
      waiter.waitsSince = now;
      this.waiters.add(waiter);
      this.permits.waiting++;
      this.#opener.grow();
    }
    return undefined;
  }

  /** An idle connection if there is one; it is in use until it is given back. */
  takeIdle(): Lease | undefined {
    const lease = this.#shelf.take();
    if (lease === undefined) return undefined;
    lease.state = "inUse";
    countUse(this.permits);
    return lease;
  }

  /** Takes a waiter out of the queue: its deadline passed or it was aborted. */
  forget(waiter: Waiter): void {
    if (this.waiters.delete(waiter)) this.permits.waiting--;
  }

  /** Gives a connection back: to the next caller, to the idle ones, or away if it is not to be reused. */
  release(lease: Lease, reuse: boolean, now: number): void {
    if (lease.state !== "inUse") return;
    this.permits.inUse--;
    if (!lease.connection.usable) this.left(lease, "broken");
    else if (!this.keeps) this.left(lease, "used once");
    else if (reuse) this.trusted(lease, now);
    else this.left(lease, "carries session state");
  }

  /** Gives back what a probe took: a look is no need, so it goes on lying idle since before. */
  putBack(lease: Lease, now: number): void {
    if (lease.state !== "inUse") return;
    this.permits.inUse--;
    this.#offer(lease, now);
  }

  /** Cuts a connection at once and forgets it. */
  destroy(lease: Lease, because: CloseReason): void {
    if (lease.state !== "inUse") return;
    this.permits.inUse--;
    this.#cut(lease, because);
  }

  /** Takes in a connection that was opened outside, or closes it when there is no room. */
  adopt(connection: Connection, askedAt: number): void {
    const hasPlace = this.keeps && !this.isClosed && this.size < this.#limits.max;
    if (hasPlace && connection.usable) this.admit(connection, askedAt, "a probe left it");
    else this.farewells.say(connection);
  }

  /** Lets so many be in use at once from now on, `max` at most. What is in use stays so. */
  allow(count: number): void {
    this.permits.allowed = Math.min(this.#limits.max, count);
    this.#more();
  }

  /**
   * Begins a new generation: gives up every connection there is, idle ones now, used ones when they
   * come back, those under way when they are there.
   */
  clear(because: CloseReason): void {
    this.generation++;
    this.#shelf.clear(because, () => true);
  }

  /**
   * As `clear`, and forgets what was learned: connects under way are cut, and the next ones are asked of
   * `connector`. Statements that run may finish.
   */
  rebuild(connector: Connector): void {
    this.clear("recovery");
    this.#opener.restart(connector);
  }

  /** Opens no more, lets what is running finish, closes the rest. Settles when all are gone. */
  drain(): Promise<void> {
    this.isClosed = true;
    this.permits.waiting = 0;
    for (const waiter of this.waiters.clear()) {
      waiter.refused(clientFailure(POOL_CLOSED, "The pool of this endpoint was closed"));
    }
    // What is still connecting, or being asked, has nobody left to serve.
    this.#opener.stop();
    this.#validation.stop();
    this.#shelf.stop();
    this.clear("closing");
    return this.farewells.whenDone();
  }

  /** Cuts whatever is still in use after a drain was waited for long enough. */
  destroyAll(): void {
    for (const lease of this.#leases) this.destroy(lease, "closing");
  }

  /** What was opened belongs to the pool from now on. */
  admit(connection: Connection, askedAt: number, because: ConnectReason): void {
    const now = this.clock.now();
    const { maxLifetimeMs } = this.#limits;
    const lifeMs = lifetimeMs(maxLifetimeMs || Infinity, this.counts.created++, this.#offset);
    const lease = createLease(connection, now, lifeMs);
    this.#leases.add(lease);
    this.#watch.opened(connection, askedAt, because);
    // What it told may have begun a new generation: it is the first of that, not one of the old.
    lease.generation = this.generation;
    this.trusted(lease, now);
  }

  /** One that counts as nothing may be given to somebody from now on. */
  trusted(lease: Lease, now: number): void {
    lease.idleSince = now;
    this.#offer(lease, now);
  }

  /** One that did not answer is cut, and what lies idle as long is given up. */
  distrusted(lease: Lease, limit: number): void {
    this.#cut(lease, "failed validation");
    this.#shelf.clear("failed validation", ({ idleSince }) => idleSince <= limit);
  }

  /** A connection leaves, in good order if it still can. It counts as nothing by then. */
  left(lease: Lease, because: CloseReason): void {
    lease.state = "gone";
    this.#leases.delete(lease);
    this.farewells.say(lease.connection);
    countClosed(this.counts, because);
    this.#watch.closed(because);
    this.ended();
  }

  /** Something is over: more may be worth opening, or a drain may be done. */
  ended(): void {
    this.#more();
    this.farewells.check();
  }

  /** Whoever waits gets one of the idle, as far as they may, and else a new one. */
  #more(): void {
    if (this.#turns.comesAfter()) return;
    while (mayServe(this.permits)) {
      const now = this.clock.now();
      const lease = this.#takeTrusted(now);
      if (lease === undefined) break;
      this.putBack(lease, now);
    }
    this.#opener.grow();
  }

  /** Finds a place for one that counts as nothing. */
  #offer(lease: Lease, now: number): void {
    this.#now = now;
    this.#turns.take(lease);
  }

  /** To whoever waits longest, else on the shelf, else away. */
  #place(lease: Lease): void {
    const now = this.#now;
    const because = this.isClosed ? "closing" : whyNotKept(lease, this.generation, now);
    if (because !== undefined) return this.left(lease, because);
    const { permits } = this;
    const next = permits.inUse < permits.allowed ? this.waiters.take() : undefined;
    if (next !== undefined) {
      permits.waiting--;
      lease.state = "inUse";
      countUse(permits);
      countWait(this.counts, now - next.waitsSince, now);
      this.#opener.served(now - next.waitsSince, now);
      return next.granted(lease);
    }
    if (this.keeps) this.#shelf.put(lease);
    else this.left(lease, "used once"); // Whoever it was opened for has gone.
  }

  /** The idle connection used last, unless it has to be asked first: then that is begun. */
  #takeTrusted(now: number): Lease | undefined {
    const lease = this.takeIdle();
    if (lease === undefined || !this.#validation.isDue(lease, now)) return lease;
    void this.#validation.begin(lease);
    return undefined;
  }

  #cut(lease: Lease, because: CloseReason): void {
    lease.connection.destroy();
    this.left(lease, because);
  }
}
