/**
 * The pool object's class: holds an endpoint's connections, and lends them over RPC.
 *
 * @module
 */

import type { Lender, PoolStats } from "../../src/lending.ts";
import type { HoldfastOptions } from "../../src/options/types.ts";
import type { ObjectBase } from "./object-class.ts";
import { askIt, lenderFor } from "./pool/lending.ts";
import { createLoan, type LifelineStub, outcomeOf } from "./pool/loan.ts";
import type { Loan, Looks, Outcome } from "./pool/wire.ts";

/** What the object answers to over RPC. Ask by `pooled(connector, { by: namespace })`, which reads the replies. */
export interface PoolObject {
  open(endpoint: string, lifeline: unknown): object;
  look(endpoint: string, what: string): Promise<unknown>;
  stats(endpoint: string): Promise<unknown>;
}

/** A class to extend and export. */
export type PoolClass<Env, Instance extends object> = new (
  ctx: object,
  env: Env,
) => Instance & PoolObject;

/** Makes the class. It keeps nothing in its storage; what is wrong with its options each call is told. */
export function poolClass<Env, Instance extends object>(
  base: ObjectBase<Instance>,
  optionsFor: (env: Env) => HoldfastOptions,
): PoolClass<Env, Instance> {
  // What else the base brings is none of this class's business.
  const Base = base as unknown as new (ctx: object, env: Env) => object;
  class HoldfastPool extends Base implements PoolObject {
    readonly #lender: (endpoint: string) => Lender;

    constructor(ctx: object, env: Env) {
      super(ctx, env);
      const lenders = new Map<string, Lender>();
      this.#lender = (endpoint) => {
        const lender = lenders.get(endpoint) ?? lenderFor(endpoint, () => optionsFor(env));
        lenders.set(endpoint, lender);
        return lender;
      };
    }

    open(endpoint: string, lifeline: unknown): Loan & Disposable {
      return createLoan(() => this.#lender(endpoint).borrower(), lifeline as LifelineStub);
    }

    look(endpoint: string, what: string): Promise<Outcome<unknown>> {
      return outcomeOf(() => askIt(this.#lender(endpoint), what as keyof Looks));
    }

    stats(endpoint: string): Promise<Outcome<PoolStats>> {
      return outcomeOf(() => this.#lender(endpoint).stats());
    }
  }
  return HoldfastPool as unknown as PoolClass<Env, Instance>;
}
