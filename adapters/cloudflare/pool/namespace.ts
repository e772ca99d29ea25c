/**
 * As much of Cloudflare's types as is used here: what `wrangler types` generates fits.
 *
 * @module
 */

import type { PoolStats } from "../../../src/lending.ts";
import type { ObjectOptions } from "../../stores/durable-object/mod.ts";
import type { Lifeline, Loan, Looks, Outcome } from "./wire.ts";

/** A `DurableObjectNamespace`. */
export interface PoolNamespace {
  getByName(name: string, options?: ObjectOptions): object;
}

/** A loan over RPC, also while it is still on its way: calls are sent after it. */
export interface LoanStub extends Loan, Disposable {}

/** The methods that a pool object answers to, as a stub has them. */
export interface PoolStub {
  open(endpoint: string, lifeline: Lifeline): LoanStub;
  look<What extends keyof Looks>(endpoint: string, what: What): Promise<Outcome<Looks[What]>>;
  stats(endpoint: string): Promise<Outcome<PoolStats>>;
}
