/**
 * Whether a transaction could write, found out without writing.
 *
 * @module
 */

import { Failure } from "../../../src/model/failure.ts";
import { type Ask, firstRow } from "./ask.ts";
import { clientFailure } from "./failure.ts";

/**
 * Besides a hot standby: `default_transaction_read_only` is what managed databases switch on when their
 * disk is full (RDS, Azure, Cloud SQL). As text, which no custom type of the caller's reads otherwise; with `random()`,
 * which no cache on the way answers.
 */
const LOOK = `select (not pg_is_in_recovery()
  and current_setting('transaction_read_only') = 'off')::text as able, random() as uncached`;

/**
 * Where transaction ids run out, taking one is refused (54000), and nothing before it is. It costs one
 * id of 2^31 and, on rollback, a WAL record that nobody waits for, no disk and no standby. Of its
 * names the one that every server has: `pg_current_xact_id` came with 13.
 */
const TAKE_ID = "select txid_current()::text as id";

/** What a server says that would refuse a write: read-only, out of transaction ids, disk full. */
const NO_WRITES: ReadonlySet<string> = new Set(["25006", "54000", "53100"]);
/** What it says when it gives no id to look at: no permission, no such function, not supported. */
const NO_IDS: ReadonlySet<string> = new Set(["42501", "42883", "0A000"]);

/** What the rehearsal may do to its connection. */
export interface Stage {
  readonly ask: Ask;
  readonly isInTransaction: () => boolean;
  readonly destroy: () => void;
}

/** Rehearses transactions on one connection, and remembers what its server does not offer. */
export class Rehearsal {
  readonly #stage: Stage;
  #takesIds = true;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Rejects with the `Failure` of a server that cannot begin, look or roll back. */
  async play(): Promise<boolean> {
    // Its rollback would end a transaction of somebody else's.
    if (this.#stage.isInTransaction()) {
      throw clientFailure("A transaction is open already", "BUSY", "connecting", "usable");
    }
    await this.#stage.ask("begin", false);
    let writable: boolean;
    try {
      writable = await this.#couldWrite();
    } catch (error) {
      // What went wrong first is what the caller is told; a line still in a transaction is cut.
      await this.#rollBack().catch(() => {});
      throw error;
    }
    await this.#rollBack();
    return writable;
  }

  async #couldWrite(): Promise<boolean> {
    const { ask } = this.#stage;
    if (firstRow(await ask(LOOK, true))[0] !== "true") return false;
    if (!this.#takesIds) return true;
    try {
      await ask(TAKE_ID, true);
      return true;
    } catch (error) {
      if (!(error instanceof Failure) || error.connection === "broken") throw error;
      const code = error.code ?? "";
      if (NO_WRITES.has(code)) return false;
      if (!NO_IDS.has(code)) throw error;
      this.#takesIds = false;
      return true;
    }
  }

  async #rollBack(): Promise<void> {
    try {
      await this.#stage.ask("rollback", false);
    } catch (error) {
      this.#stage.destroy();
      throw error;
    }
  }
}
