/**
 * What a transaction is asked for.
 *
 * @module
 */

/** How isolated a transaction is, in the SQL standard's words. */
export type Isolation = "read committed" | "repeatable read" | "serializable";

/** The terms it begins with. */
export interface TransactionTerms {
  readonly readOnly: boolean;
  /** `undefined`: as the database is set. */
  readonly isolation: Isolation | undefined;
  /** Waits for a moment in which it cannot conflict, instead of failing later (PostgreSQL, serializable reads). */
  readonly deferrable: boolean;
}

/** A statement of a batch: placeholders in the dialect's own form, parameters in order. */
export interface BoundText {
  readonly text: string;
  readonly params: readonly unknown[];
}
