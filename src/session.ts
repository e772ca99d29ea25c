/**
 * What people call to run SQL: a session, and the transaction inside it.
 *
 * @module
 */

import { type BatchStatement, readBatch } from "./batch.ts";
import { runBatch } from "./drive/batch.ts";
import type { Core } from "./drive/core.ts";
import type { Call } from "./drive/depart.ts";
import { startHousekeeping } from "./drive/housekeeping.ts";
import { query } from "./drive/query.ts";
import { runTransaction } from "./drive/rerun.ts";
import type { Scope } from "./drive/scope.ts";
import type { TransactionCall } from "./drive/transaction.ts";
import { ClosedError, isHoldfastError, OptionError, UsageError } from "./errors.ts";
import type { ReadPreference } from "./model/read-preference.ts";
import type { Result, Row } from "./model/result.ts";
import {
  BATCH_KEYS,
  type BatchOptions,
  checkedOptions,
  NO_OPTIONS,
  parseHedge,
  parsePreference,
  QUERY_KEYS,
  type QueryOptions,
  type SessionDefaults,
  TRANSACTION_KEYS,
  type TransactionOptions,
} from "./options/call.ts";
import { spell, type Sql } from "./spell.ts";
import { sql } from "./statement/sql-tag.ts";
import { Transaction } from "./transaction.ts";

/** Calls that belong together: one request, one unit of work. */
export class Session implements AsyncDisposable {
  readonly #core: Core;
  readonly #scope: Scope;
  readonly #defaults: SessionDefaults;
  readonly #pinMs: number;
  #pinnedUntil = -Infinity;
  #closing: Promise<void> | undefined;

  /** @internal Made by `holdfast.session()`. */
  constructor(scope: Scope, defaults: SessionDefaults, pinMs: number) {
    this.#core = scope.core;
    this.#scope = scope;
    this.#defaults = defaults;
    this.#pinMs = pinMs;
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
    return this.#run(() => this.#call(statement, params, options));
  }

  /** As `query`, but always on the primary: for commands. */
  execute<R = Row>(
    statement: Sql,
    params?: readonly unknown[],
    options?: QueryOptions,
  ): Promise<Result<R>> {
    return this.#run(() => ({ ...this.#call(statement, params, options), onPrimary: true }));
  }

  /** Runs a template: each `${value}` becomes a parameter, each nested fragment a part of the text. */
  sql<R = Row>(strings: TemplateStringsArray, ...values: readonly unknown[]): Promise<Result<R>> {
    return this.query<R>(sql(strings, ...values));
  }

  /**
   * Runs `work` in a transaction: committed when it returns, rolled back when it throws.
   *
   * @throws what `work` throws, or a {@link HoldfastError}; a commit whose answer was lost is an `AmbiguousWriteError`
   */
  async transaction<T>(
    work: (tx: Transaction) => Promise<T>,
    options: TransactionOptions = {},
  ): Promise<T> {
    if (typeof work !== "function") {
      throw new UsageError("transaction() needs a function: transaction(async (tx) => { … })");
    }
    const call = this.#transactionCall(options, TRANSACTION_KEYS);
    startHousekeeping(this.#core);
    const transaction = runTransaction(this.#scope, call, (open) => work(new Transaction(open)));
    return await (call.readOnly ? transaction : this.#pinAfter(transaction));
  }

  /**
   * Runs statements that are known beforehand in one transaction: all of them are kept, or none. Where every endpoint
   * is Neon's, they go there and back in one request. May run again by itself as a single statement may.
   *
   * @param statements 1 to 1,000
   * @returns their results, in their order
   * @throws what `transaction` throws; `statement` of the error is which one it was, from 0, if that is known
   */
  async batch(
    statements: readonly BatchStatement[],
    options: BatchOptions = {},
  ): Promise<Result[]> {
    const call = this.#transactionCall(options, BATCH_KEYS);
    const texts = readBatch(this.#core, statements);
    startHousekeeping(this.#core);
    const batch = runBatch(this.#scope, texts, call);
    return await (call.readOnly ? batch : this.#pinAfter(batch));
  }

  #transactionCall(options: TransactionOptions, keys: readonly string[]): TransactionCall {
    if (this.#core.closed) throw new ClosedError("This holdfast was closed: create another one");
    this.#refuse();
    const given = checkedOptions(options, keys);
    const { isolation, readOnly = false, deferrable = false } = given;
    const isPostgres = this.#core.dialect === "postgres";
    if (deferrable && !isPostgres) {
      const allowed = "nothing: MySQL has no such transactions";
      throw new OptionError([{ path: "options.deferrable", value: "true", allowed }]);
    }
    return {
      readOnly,
      isolation,
      deferrable,
      timeoutMs: given.timeoutMs ?? this.#core.settings.execution.timeout.transactionMs,
      signal: given.signal ?? this.#defaults.signal,
      // SQLSTATE 0A000: "cannot use serializable mode in a hot standby".
      preference: isolation === "serializable" && isPostgres
        ? parsePreference("primary")
        : this.#preference(given.readPreference),
      attempts: given.attempts ?? 1,
    };
  }

  /**
   * Ends the session. Where connections belong to a request, they are closed now and not with the request: what
   * runs may finish within `closeTimeoutMs`. Elsewhere nothing is closed. Nobody need call it.
   */
  close(): Promise<void> {
    this.#closing ??= this.#scope.close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #refuse(): void {
    if (this.#closing !== undefined) {
      throw new ClosedError("This session was closed: make another one with session()");
    }
    this.#scope.refuse();
  }

  /** Not async, because that would cost every query another promise; what it throws is rejected with. */
  #run<R>(makeCall: () => Call): Promise<Result<R>> {
    let call: Call;
    try {
      this.#refuse();
      call = makeCall();
    } catch (error) {
      return Promise.reject(error);
    }
    startHousekeeping(this.#core);
    const result = query<R>(this.#scope, call);
    return this.#pinMs === 0 ? result : this.#pinAfter(result, call);
  }

  /** Whoever looks whether a doubtful write is there must not be told by a replica that it is not. */
  async #pinAfter<T>(written: Promise<T>, call?: Call): Promise<T> {
    let mayBeThere = true;
    try {
      return await written;
    } catch (error) {
      mayBeThere = isHoldfastError(error) && error.executed !== "no";
      throw error;
    } finally {
      if (mayBeThere && (call === undefined || this.#writes(call))) this.#pinNow();
    }
  }

  #call(
    statement: Sql,
    params: readonly unknown[] | undefined,
    options: QueryOptions | undefined,
  ): Call {
    const { text, params: bound } = spell(this.#core, statement, params);
    if (options === undefined && this.#pinMs === 0 && this.#defaults === NO_OPTIONS) {
      return { text, params: bound };
    }
    const given = options === undefined ? NO_OPTIONS : checkedOptions(options, QUERY_KEYS);
    return {
      text,
      params: bound,
      intent: given.intent,
      idempotent: given.idempotent === true,
      bulk: given.bulk === true,
      timeoutMs: given.timeoutMs ?? (given.bulk === true ? undefined : this.#defaults.timeoutMs),
      signal: given.signal ?? this.#defaults.signal,
      preference: this.#preference(given.readPreference),
      hedge: parseHedge(given.hedge, this.#core.settings.execution.retry),
    };
  }

  #preference(given: QueryOptions["readPreference"]): ReadPreference | undefined {
    if (given === undefined && this.#isPinned()) return parsePreference("primary");
    const { readPreference: own } = this.#defaults;
    if (own === undefined && given === undefined) return undefined;
    const fallback = this.#core.settings.readPreference;
    const usual = own === undefined ? fallback : withLimit(parsePreference(own), fallback);
    return given === undefined ? usual : withLimit(parsePreference(given), usual);
  }

  #isPinned(): boolean {
    return this.#pinMs > 0 && this.#core.runtime.clock.now() < this.#pinnedUntil;
  }

  #writes(call: Call): boolean {
    const plan = this.#core.plans[this.#core.dialect].get(call.text);
    return (call.intent ?? plan?.classification.intent) !== "read";
  }

  /** After its own write a session must not read an older state from a replica. */
  #pinNow(): void {
    this.#pinnedUntil = this.#core.runtime.clock.now() + this.#pinMs;
  }
}

/** How old a row may be is a promise about the data: another mode must not lift it unsaid. */
function withLimit(preference: ReadPreference, { maxLagMs }: ReadPreference): ReadPreference {
  return preference.maxLagMs !== undefined || maxLagMs === undefined
    ? preference
    : { ...preference, maxLagMs };
}
