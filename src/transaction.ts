/**
 * A transaction as people hold it.
 *
 * @module
 */

import type { OpenTransaction } from "./drive/transaction.ts";
import type { Result, Row } from "./model/result.ts";
import { spell, type Sql } from "./spell.ts";
import { sql } from "./statement/sql-tag.ts";

/** A transaction in the hands of your function. Its statements run one after the other. */
export class Transaction {
  readonly #open: OpenTransaction;

  /** @internal Made by `transaction()`. */
  constructor(open: OpenTransaction) {
    this.#open = open;
  }

  /** The endpoint it runs on. */
  get endpoint(): string | undefined {
    return this.#open.endpoint;
  }

  /**
   * Runs one statement. When it fails, PostgreSQL fails every later one too: let the error pass, or use `savepoint`.
   * (MySQL goes on with the others, so what you catch here is committed without it.)
   */
  query<R = Row>(statement: Sql, params?: readonly unknown[]): Promise<Result<R>> {
    return this.#open.run<R>(spell(this.#open.core, statement, params));
  }

  /** The same as `query`: inside a transaction everything runs in one place. */
  execute<R = Row>(statement: Sql, params?: readonly unknown[]): Promise<Result<R>> {
    return this.query<R>(statement, params);
  }

  /** Runs a template, as `session.sql` does. */
  sql<R = Row>(strings: TemplateStringsArray, ...values: readonly unknown[]): Promise<Result<R>> {
    return this.query<R>(sql(strings, ...values));
  }

  /** Runs `work` so that, when it throws, only what it did is undone. */
  savepoint<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#open.savepoint(() => work(this));
  }
}
