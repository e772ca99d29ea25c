/**
 * The table that is read, and how everybody asks for a row of it.
 *
 * @module
 */

import type { ClusterNode } from "../test/cluster/mod.ts";

/** Keys are 1 to this. */
export const ROWS = 100_000;

/** An account's balance is its number modulo this, so that a wrong row is noticed. */
export const BALANCES = 1_000;

/** What everybody asks. Everybody prepares it. */
export const TEXT = "select abalance from accounts where aid = $1";

/** A row of the answer. */
export interface AccountRow {
  readonly abalance: number;
}

/** A key by chance. */
export function anyKey(): number {
  return 1 + Math.floor(Math.random() * ROWS);
}

/** Everybody must look at what came back. */
export function checkBalance(aid: number, balance: number | undefined): void {
  if (balance !== aid % BALANCES) throw new Error(`Account ${aid}: got ${balance}`);
}

/** Makes the table and fills it. */
export async function fillAccounts(primary: ClusterNode): Promise<void> {
  await primary.query("create table accounts (aid int primary key, abalance int not null)");
  await primary.query(
    `insert into accounts select n, n % ${BALANCES} from generate_series(1, ${ROWS}) n`,
  );
  await primary.query("vacuum analyze accounts");
}
