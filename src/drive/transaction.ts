/**
 * A transaction: one connection from BEGIN to the answer of COMMIT, driven by hand.
 *
 * Beginning is retried like a read, because nothing was done yet. Once the caller's function has run,
 * nothing is run again without its word: what it did outside the database cannot be undone.
 *
 * @module
 */

import {
  AbortedError,
  ClosedError,
  ConflictError,
  DeadlineError,
  type ErrorFacts,
  type HoldfastError,
  UnavailableError,
  UsageError,
} from "../errors.ts";
import type { ReadPreference } from "../model/read-preference.ts";
import type { Result, Row } from "../model/result.ts";
import type { TransactionTerms } from "../model/transaction.ts";
import { arrive } from "./arrive.ts";
import { attempt } from "./attempt.ts";
import { blame } from "./blame.ts";
import type { Core, Site } from "./core.ts";
import { type Call, depart } from "./depart.ts";
import { look } from "./probe.ts";
import { refusal } from "./refusal.ts";
import { reportSuccess } from "./report.ts";
import type { Scope } from "./scope.ts";
import { searchPrimary } from "./search.ts";
import type { Hold } from "./trip.ts";
import { judged } from "./verdict.ts";

/** What a transaction is asked for, after its options were normalised. */
export interface TransactionCall extends TransactionTerms {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly preference: ReadPreference | undefined;
  /** How often the caller's function may run. */
  readonly attempts: number;
}

/** A statement inside a transaction. */
export type InsideCall = Pick<Call, "text" | "params" | "timeoutMs" | "signal" | "isControl">;

/** The transaction's own connection, in the hands of the caller's function. */
export class OpenTransaction {
  readonly core: Core;
  readonly #scope: Scope;
  readonly #hold: Hold;
  readonly #timeoutMs: number;
  readonly #deadlineAt: number;
  readonly #signal: AbortSignal | undefined;
  readonly #readOnly: boolean;
  #state: "open" | "over" | "lost" = "open";
  #savepoints = 0;
  /** Statements run one after the other, as the protocol wants it. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(scope: Scope, hold: Hold, call: TransactionCall, deadlineAt: number) {
    this.core = scope.core;
    this.#scope = scope;
    this.#hold = hold;
    this.#timeoutMs = call.timeoutMs;
    this.#deadlineAt = deadlineAt;
    this.#signal = call.signal;
    this.#readOnly = call.readOnly;
  }

  /** Where the transaction runs. */
  get endpoint(): string | undefined {
    return this.#hold.site?.id;
  }

  /** Goes on with beginning it, where that takes more than one statement. */
  async begin(text: string): Promise<void> {
    // What was set for it stays with the connection.
    this.#hold.tainted = true;
    try {
      await this.#runNow({ text, params: [], isControl: true });
    } catch (error) {
      this.#end();
      throw error;
    }
  }

  /** Runs one statement, after those already asked for. */
  run<R = Row>(call: InsideCall): Promise<Result<R>> {
    const turn = this.#last.then(() => this.#runNow<R>(call));
    // The next statement waits for this one's end, whatever the end is.
    this.#last = turn.then(noop, noop);
    return turn;
  }

  /** Runs `work` under a savepoint; when it throws, only what it did is undone. */
  async savepoint<T>(work: () => Promise<T>): Promise<T> {
    const name = `holdfast_${++this.#savepoints}`;
    await this.run({ text: `savepoint ${name}`, params: [] });
    try {
      const value = await work();
      await this.run({ text: `release savepoint ${name}`, params: [] });
      return value;
    } catch (error) {
      if (this.#state === "open") {
        await this.run({ text: `rollback to savepoint ${name}`, params: [] });
      }
      throw error;
    }
  }

  /** Ends it well. A connection lost now leaves the outcome unknown, unless nothing could be written. */
  async commit(): Promise<void> {
    await this.#last;
    let outcome: Result & { readonly command?: string };
    try {
      outcome = await this.#runNow({ text: "commit", params: [], isControl: true }, "commit");
    } catch (error) {
      // A commit that never left, because the signal had fired, leaves the transaction open.
      this.#hold.tainted = true;
      throw error;
    } finally {
      this.#end();
    }
    // PostgreSQL answers ROLLBACK, and no error, to the COMMIT of a transaction in which a statement failed.
    if (outcome.command === "ROLLBACK") {
      throw new UsageError(
        "The transaction was rolled back, not committed: a statement in it had failed, and the " +
          "error was not thrown on. Use savepoint() around what may fail",
      );
    }
  }

  /** Undoes it. Never rejects: the caller's own error is the one that counts. */
  async rollback(): Promise<void> {
    await this.#last;
    if (this.#state !== "open") return this.#end();
    try {
      await this.#runNow({ text: "rollback", params: [], isControl: true });
    } catch {
      this.#hold.tainted = true;
    }
    this.#end();
  }

  /** Gives it up while the caller's function still works: its connection is cut, so nothing is kept. */
  giveUp(how: "late" | "aborted" | "closed"): HoldfastError {
    const { site } = this.#hold;
    this.#lose();
    const facts: ErrorFacts = {
      attempts: 1,
      ...(site === undefined ? {} : { endpoint: site.id }),
    };
    switch (how) {
      case "late":
        return this.#tooLate(facts);
      case "aborted":
        return new AbortedError(
          "The caller's signal fired during the transaction; nothing of it is kept",
          { ...facts, cause: this.#signal?.reason },
        );
      case "closed":
        return new ClosedError(
          "This holdfast was closed during the transaction; nothing of it is kept",
          facts,
        );
      default:
        return how satisfies never;
    }
  }

  async #runNow<R>(
    call: InsideCall,
    step: "statement" | "commit" = "statement",
  ): Promise<Result<R> & { readonly command?: string }> {
    const site = this.#siteOrThrow();
    if (!this.#readOnly && isDeposed(this.core, site)) {
      this.#lose();
      throw new UnavailableError(
        `Endpoint "${site.id}" is no longer the primary. The transaction on it was given up: nothing of ` +
          "it is kept",
        { attempts: 1, endpoint: site.id, kind: "unavailable" },
      );
    }
    const remaining = this.#deadlineAt - this.core.runtime.clock.now();
    if (remaining <= 0) {
      this.#lose();
      throw this.#tooLate({ attempts: 1, endpoint: site.id });
    }
    const trip = depart(this.#scope, {
      ...call,
      hold: this.#hold,
      intent: step === "commit" && !this.#readOnly ? "write" : undefined,
      idempotent: step !== "commit",
      timeoutMs: Math.min(call.timeoutMs ?? remaining, remaining),
      signal: call.signal ?? this.#signal,
    });
    trip.attempts = 1;
    trip.round = site.circuit.round;
    try {
      const answer = await attempt<R>(this.core, site, trip);
      const result = arrive(site, trip, answer);
      reportSuccess(this.core, site, trip);
      return answer.command === undefined ? result : { ...result, command: answer.command };
    } catch (thrown) {
      const failed = judged(thrown, site, trip);
      blame(this.core, site, trip, failed);
      if (failed.outcome.kind === "readOnly" && !this.#readOnly) this.#heedRefusal(site);
      const error = refusal(site, trip, failed, "it belongs to a transaction");
      if (this.#hold.lease !== undefined) throw error;
      this.#state = "lost";
      if (step === "commit") throw error;
      if (error instanceof DeadlineError) throw this.#tooLate({ attempts: 1, endpoint: site.id });
      throw lost(site, error);
    }
  }

  #tooLate(facts: ErrorFacts): DeadlineError {
    return new DeadlineError(
      `The transaction did not end within ${this.#timeoutMs} ms; nothing of it is kept`,
      this.#timeoutMs,
      facts,
    );
  }

  #siteOrThrow(): Site {
    if (this.#state === "lost") {
      throw new ClosedError(
        "The transaction's connection was lost; nothing of it is kept and nothing more can run in it",
      );
    }
    const { site, lease } = this.#hold;
    if (this.#state === "over" || site === undefined || lease === undefined) {
      throw new ClosedError("The transaction is over: its handle must not be used after its end");
    }
    return site;
  }

  /** Not begun READ ONLY and refused all the same: this is no primary (any more). */
  #heedRefusal(site: Site): void {
    const scope = this.#scope;
    const heeded = look(scope, site).then(() => {
      return site.member.role === "primary" ? undefined : searchPrimary(scope);
    });
    scope.keep(heeded);
  }

  #lose(): void {
    this.#state = "lost";
    const { site, lease } = this.#hold;
    this.#hold.lease = undefined;
    if (site !== undefined && lease !== undefined) {
      this.#scope.poolOf(site).destroy(lease, "transaction lost");
    }
  }

  #end(): void {
    if (this.#state === "open") this.#state = "over";
    const { site, lease, tainted } = this.#hold;
    this.#hold.lease = undefined;
    if (site !== undefined && lease !== undefined) {
      this.#scope.poolOf(site).release(lease, !tainted, this.core.runtime.clock.now());
    }
  }
}

/** Before COMMIT was sent, a lost connection means that nothing is kept, whatever the statement's own fate. */
function lost(site: Site, error: HoldfastError): HoldfastError {
  const message =
    `${error.message}. The transaction on endpoint "${site.id}" was lost before its ` +
    "commit: nothing of it is kept";
  const facts: ErrorFacts = {
    executed: "no",
    endpoint: site.id,
    attempts: 1,
    ...(error.kind === undefined ? {} : { kind: error.kind }),
    ...(error.cause === undefined ? {} : { cause: error.cause }),
  };
  if (error instanceof AbortedError) return new AbortedError(message, facts);
  // MySQL rolls back the whole transaction on a deadlock; its connection is of no use to the rest of it.
  if (error instanceof ConflictError) {
    return new ConflictError(error.message, error.sqlState, facts);
  }
  return new UnavailableError(message, facts);
}

/** A failover takes, or took, the primary's part from it: what it acknowledged now would be lost. */
function isDeposed(core: Core, site: Site): boolean {
  return core.handover?.from === site || site.member.role === "outdated";
}

function noop(): void {}
