/**
 * Somebody's use of lent connections: for each statement one, given back when it was answered; within a transaction
 * the same one, until that is over, its borrower is gone, or it has lain idle for too long.
 *
 * @module
 */

import { judge } from "../judge/judge.ts";
import type { Role } from "../model/endpoint.ts";
import { Failure } from "../model/failure.ts";
import type { Answer } from "../model/result.ts";
import type { Connection, RunOptions, Timer } from "../ports.ts";
import type { Lease, Waiter } from "./lease.ts";
import type { Lender } from "./lender.ts";
import { ACQUIRE_TIMEOUT, clientFailure } from "./pool-failure.ts";
import { asFailure } from "./verdict.ts";
import { cutAll, type Cuts } from "./within.ts";

/** One borrower. Used for one statement at a time. */
export class Borrower {
  readonly #lender: Lender;
  /** Kept for a transaction, or at work just now. */
  #lease: Lease | undefined;
  #isBusy = false;
  /** Why nothing more can run. */
  #end: Failure | undefined;
  /** Gives up the place in the queue. */
  #leaveQueue: ((why: Failure) => void) | undefined;
  #patience: Timer | undefined;
  #idle: Timer | undefined;
  /** What a promotion waits for. */
  readonly #cuts: Cuts = new Set();
  /** Something was left on the connection: it is not for anybody else. */
  #isTainted = false;
  /** Code that nobody sees ran on it. */
  #isDoubtful = false;
  /** Set by the owner: told when the connection of an open transaction is lost while nothing runs. */
  onLost: (() => void) | undefined;
  /** What the last connection told of its endpoint's role. */
  toldRole: Role | undefined;

  constructor(lender: Lender) {
    this.#lender = lender;
  }

  /** Whether a connection is kept: the transaction on it is open. */
  get holds(): boolean {
    return this.#lease !== undefined;
  }

  /** Runs one statement. Rejects with a `Failure`; before it was sent, in phase `connecting`. */
  async run(text: string, params: readonly unknown[], options: RunOptions): Promise<Answer> {
    this.#begin();
    this.#idle?.cancel();
    try {
      const lease = this.#lease ?? await this.#acquire();
      // Between the grant and now it may have been given up.
      this.#refuse();
      lease.connection.onLost = undefined;
      const { leavesState, callsUnknown } = this.#lender.classify(text);
      this.#isTainted ||= leavesState;
      this.#isDoubtful ||= callsUnknown === true;
      return await this.#runOn(lease, () => lease.connection.run(text, params, options));
    } finally {
      this.#isBusy = false;
    }
  }

  /**
   * Has the endpoint promoted, on a connection of its own: it waits for nobody's, is asked once, and not at all when
   * its borrower is gone before it was sent. Rejects with a `Failure`; before it was sent, in phase `connecting`.
   */
  async promote(): Promise<void> {
    this.#begin();
    try {
      const connection = await this.#connect();
      try {
        if (connection.promote === undefined) {
          throw clientFailure("CANNOT_PROMOTE", "The connector cannot promote its endpoint");
        }
        this.#cuts.add(() => connection.destroy());
        await connection.promote();
        this.#lender.pool.farewells.say(connection);
      } catch (thrown) {
        connection.destroy();
        throw asFailure(thrown);
      }
    } finally {
      this.#cuts.clear();
      this.#isBusy = false;
    }
  }

  /** The borrower is gone, or wants no more: what runs is cut, an open transaction with it. May be called again. */
  end(): void {
    this.#finish("CONNECTION_ENDED", "The pooled connection was given up");
  }

  #refuse(): void {
    if (this.#end !== undefined) throw this.#end;
  }

  #begin(): void {
    this.#refuse();
    if (this.#isBusy) throw clientFailure("BUSY", "A connection runs one statement at a time");
    this.#isBusy = true;
  }

  /** Nothing comes of it once the borrower has ended. */
  async #connect(): Promise<Connection> {
    try {
      const connection = await this.#lender.open(this.#cuts);
      if (this.#end === undefined) return connection;
      connection.destroy();
    } catch (thrown) {
      this.#refuse();
      throw thrown;
    }
    throw this.#end;
  }

  async #runOn(lease: Lease, work: () => Promise<Answer>): Promise<Answer> {
    const { pool } = this.#lender;
    try {
      const answer = await work();
      this.#settle(lease);
      return answer;
    } catch (thrown) {
      const failure = asFailure(thrown);
      const isCut = this.#end !== undefined;
      if (failure.connection === "usable" && lease.connection.usable) {
        // Its sessions are of no use for writes; a transaction may have asked for that.
        const isRefused = judge(failure, this.#lender.dialect).kind === "readOnly";
        if (isRefused && lease.connection.inTransaction !== true) pool.clear("role changed");
        this.#settle(lease);
      } else {
        this.#lease = undefined;
        pool.destroy(lease, "broken");
        // What killed it most often killed those beside it: one after the other would be found out by a caller.
        if (!isCut && failure.origin !== "client") pool.clear("retired");
      }
      throw failure;
    }
  }

  /** The statement is over; is the transaction? */
  #settle(lease: Lease): void {
    const { pool, terms } = this.#lender;
    this.toldRole = lease.connection.toldRole;
    if (this.#end !== undefined) return;
    if (lease.connection.inTransaction === true) {
      this.#idle = terms.clock.background(terms.idleTransactionMs, () => {
        const message =
          `The transaction lay idle for ${terms.idleTransactionMs} ms and was given up`;
        this.#lose("IDLE_TRANSACTION", message);
      });
      lease.connection.onLost = () => {
        this.#lose("CONNECTION_CLOSED", "The connection of the open transaction was lost");
      };
      return;
    }
    this.#lease = undefined;
    const [isTainted, isDoubtful] = [this.#isTainted, this.#isDoubtful];
    this.#isTainted = this.#isDoubtful = false;
    if (isDoubtful && !isTainted) void this.#lender.clear(lease);
    else pool.release(lease, !isTainted, terms.clock.now());
  }

  #acquire(): Promise<Lease> {
    const { pool, terms: { clock, acquireTimeoutMs } } = this.#lender;
    return new Promise((resolve, reject) => {
      const over = (): void => {
        this.#patience?.cancel();
        this.#patience = undefined;
        this.#leaveQueue = undefined;
      };
      const waiter: Waiter = {
        waitsSince: 0,
        granted: (lease) => {
          over();
          this.#lease = lease;
          resolve(lease);
        },
        refused: (failure) => {
          over();
          reject(failure);
        },
      };
      this.#leaveQueue = (why) => {
        pool.forget(waiter);
        waiter.refused(why);
      };
      const lease = pool.acquire(waiter, clock.now());
      if (lease !== undefined) return waiter.granted(lease);
      // It may have been refused already.
      if (this.#leaveQueue === undefined) return;
      this.#patience = clock.after(acquireTimeoutMs, () => {
        const message = `No connection of the pool came free within ${acquireTimeoutMs} ms`;
        this.#leaveQueue?.(clientFailure(ACQUIRE_TIMEOUT, message));
      });
    });
  }

  #lose(code: string, message: string): void {
    this.#finish(code, message);
    this.onLost?.();
  }

  #finish(code: string, message: string): void {
    if (this.#end !== undefined) return;
    this.#end = new Failure({
      origin: "network",
      phase: "connecting",
      code,
      message,
      connection: "broken",
    });
    this.#idle?.cancel();
    this.#leaveQueue?.(this.#end);
    cutAll(this.#cuts);
    const lease = this.#lease;
    this.#lease = undefined;
    if (lease === undefined) return;
    this.#lender.pool.destroy(lease, this.#isBusy ? "abandoned" : "transaction lost");
  }
}
