/**
 * One endpoint's connections for those who can keep none: what stands where sockets outlive a request.
 *
 * @module
 */

import { Lender } from "./drive/lender.ts";
import type { Settings } from "./drive/settings.ts";
import { limitsOf } from "./drive/site-pool.ts";
import type { Connector, Runtime } from "./ports.ts";

export type { Borrower } from "./drive/borrow.ts";
export type { Lender } from "./drive/lender.ts";
export type { PoolStats } from "./drive/pool-counts.ts";
export { asFailure } from "./drive/verdict.ts";

/** What is lent. */
export interface LendingTerms {
  readonly connector: Connector;
  /** Most connections, one of them left to looks: an endpoint all of whose connections are at work must not look dead. */
  readonly connections: number;
  /** How long a transaction may lie idle before its connection is taken back. */
  readonly idleTransactionMs: number;
}

const FOR_LOOKS = 1;

/** A lender that keeps to the pool's options. Opens nothing before somebody borrows. */
export function createLenderOn(runtime: Runtime, settings: Settings, terms: LendingTerms): Lender {
  const { connector, connections, idleTransactionMs } = terms;
  return new Lender(connector, {
    clock: runtime.clock,
    offset: runtime.random(),
    limits: limitsOf(settings, connector, { min: 0, max: connections - FOR_LOOKS }),
    acquireTimeoutMs: settings.pool.acquireTimeoutMs,
    idleTransactionMs,
    own: settings,
  });
}
