/**
 * Lends one endpoint's connections to those who cannot keep any themselves: a statement at a time, or until their
 * transaction is over. It stands where sockets outlive a request (a Durable Object), its borrowers where they do not.
 *
 * @module
 */

import type { Classification, Dialect } from "../model/statement.ts";
import type { Clock, Connection, Connector } from "../ports.ts";
import { Borrower } from "./borrow.ts";
import { clearSession } from "./clear-session.ts";
import type { Lease } from "./lease.ts";
import { SLOWER } from "./connect-time.ts";
import { openConnection } from "./open-connection.ts";
import { createPlans, type OwnFunctions, planFor, type Plans } from "./plan.ts";
import { Pool } from "./pool.ts";
import type { PoolStats } from "./pool-counts.ts";
import type { PoolLimits } from "./pool-limits.ts";
import { silence } from "./silence.ts";
import { type Cuts, within } from "./within.ts";

/** What lending keeps to. */
export interface LenderTerms {
  readonly clock: Clock;
  /** A uniform draw from [0, 1): see `PoolPlace`. */
  readonly offset: number;
  /** Those of the statements; a look may open one connection more, so that it never waits for them. */
  readonly limits: PoolLimits;
  /** How long a statement may wait for a connection. */
  readonly acquireTimeoutMs: number;
  /** How long a transaction may lie idle before its connection is taken back. */
  readonly idleTransactionMs: number;
  readonly own: OwnFunctions;
}

/** The pool, and who borrows from it. */
export class Lender {
  readonly pool: Pool;
  readonly terms: LenderTerms;
  readonly #connector: Connector;
  readonly #plans: Plans;
  readonly #cuts: Cuts = new Set();
  /** Looks that are asked for and have not begun: whoever asks meanwhile gets the same answer. */
  readonly #next = new Map<string, Promise<unknown>>();
  #lastLook: Promise<unknown> = Promise.resolve();
  /** How long the last connect of a look took. */
  #connectMs: number | undefined;

  constructor(connector: Connector, terms: LenderTerms) {
    this.terms = terms;
    this.#connector = connector;
    this.#plans = createPlans(terms.own);
    const { clock, offset, limits } = terms;
    this.pool = new Pool(connector, { clock, offset, keeps: true }, limits, UNWATCHED);
  }

  /** Somebody who may run statements, one after the other. Nothing is taken before the first. */
  borrower(): Borrower {
    return new Borrower(this);
  }

  get dialect(): Dialect {
    return this.#connector.dialect;
  }

  /** Opens a connection of nobody else's. Rejects with a `Failure` in phase `connecting`. */
  open(cuts: Cuts, mostMs: number = Infinity): Promise<Connection> {
    const { clock, limits: { connectTimeoutMs } } = this.terms;
    const limitMs = Math.max(1, Math.min(connectTimeoutMs, mostMs));
    return openConnection(this.#connector, { clock, limitMs, cuts });
  }

  /** What a text does, and may leave on its connection. */
  classify(text: string): Classification {
    return planFor(this.#plans, text, this.dialect).classification;
  }

  /** Gives back a connection on which something may have been left: cleared, or closed where that fails. Never rejects. */
  async clear(lease: Lease): Promise<void> {
    const { clock, limits: { validateTimeoutMs: limitMs } } = this.terms;
    const bound = { clock, limitMs, cuts: this.#cuts };
    if (await clearSession(lease.connection, this.dialect, bound)) {
      this.pool.release(lease, true, clock.now());
    } else this.pool.destroy(lease, "carries session state");
  }

  /**
   * Asks a connection of its own, or an idle one, one look after the other; never one of a look that was under way
   * already, whose answer may be older than the question. Each is over within twice a probe's time, so that one that
   * hangs does not hold up the others. Rejects with a `Failure`.
   *
   * @param what what is asked, the same for the same question
   */
  look<T>(what: string, ask: (connection: Connection) => Promise<T>): Promise<T> {
    const joined = this.#next.get(what);
    if (joined !== undefined) return joined as Promise<T>; // by its key, the same question
    const look = this.#lastLook.then(() => {
      this.#next.delete(what);
      return this.#lookNow(ask);
    });
    this.#next.set(what, look);
    this.#lastLook = look.catch(() => {});
    return look;
  }

  stats(): PoolStats {
    return this.pool.stats();
  }

  async #lookNow<T>(ask: (connection: Connection) => Promise<T>): Promise<T> {
    const endsAt = this.terms.clock.now() + this.#lookMs;
    const idle = this.pool.takeIdle();
    if (idle !== undefined) {
      try {
        const told = await this.#within(ask(idle.connection), endsAt);
        this.pool.putBack(idle, this.terms.clock.now());
        return told;
      } catch (thrown) {
        // A refusal is an answer; what is dead or silent is tried on a new one.
        if (idle.connection.usable && !isSilence(thrown)) {
          this.pool.putBack(idle, this.terms.clock.now());
          throw thrown;
        }
        this.pool.destroy(idle, "failed a probe");
      }
    }
    return await this.#lookAnew(ask, endsAt);
  }

  async #lookAnew<T>(
    ask: (connection: Connection) => Promise<T>,
    endsAt: number,
  ): Promise<T> {
    const askedAt = this.terms.clock.now();
    const connection = await this.open(this.#cuts, endsAt - askedAt);
    try {
      this.#connectMs = Math.max(1, this.terms.clock.now() - askedAt);
      const told = await this.#within(ask(connection), endsAt);
      this.pool.adopt(connection, askedAt);
      return told;
    } catch (thrown) {
      connection.destroy();
      throw thrown;
    }
  }

  /** Time for an idle connection that is dead and for a new one; what is asleep has to wake up first. */
  get #lookMs(): number {
    const { connectTimeoutMs, validateTimeoutMs } = this.terms.limits;
    // As in `connect-time.ts`: before one has succeeded nothing says how long is too long.
    const usualMs = this.#connector.scalesToZero === true
      ? connectTimeoutMs
      : SLOWER * (this.#connectMs ?? connectTimeoutMs);
    return Math.max(validateTimeoutMs, Math.min(usualMs, connectTimeoutMs)) + validateTimeoutMs;
  }

  #within<T>(work: Promise<T>, endsAt: number): Promise<T> {
    const { clock, limits: { validateTimeoutMs } } = this.terms;
    const limitMs = Math.max(1, Math.min(validateTimeoutMs, endsAt - clock.now()));
    return within(work, { clock, limitMs, cuts: this.#cuts }, () => {
      return silence(`The endpoint did not answer within ${limitMs} ms`);
    });
  }
}

function isSilence(thrown: unknown): boolean {
  return thrown instanceof Error && "code" in thrown && thrown.code === "SILENT";
}

/** Nobody listens in there. */
const UNWATCHED = { opened: (): void => {}, closed: (): void => {} };
