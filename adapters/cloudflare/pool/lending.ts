/**
 * What a pool object does: lends connections to its endpoint, made as the options say.
 *
 * @module
 */

import { isHoldfastError } from "../../../src/errors.ts";
import { createLenderOn, type Lender } from "../../../src/lending.ts";
import { resolveOptions } from "../../../src/options/resolve.ts";
import type { HoldfastOptions } from "../../../src/options/types.ts";
import type { Connection } from "../../../src/ports.ts";
import { durableObjectRuntime } from "../../runtimes/workers.ts";
import { poolFailure } from "./failure.ts";
import { isPooled } from "./named.ts";
import type { Looks } from "./wire.ts";

/** A transaction whose borrower is gone is told so at once; this is for one that has forgotten it. */
const IDLE_TRANSACTION_MS = 30_000;

/** Makes the lender of an endpoint. Throws a `Failure`. */
export function lenderFor(endpoint: string, optionsFor: () => HoldfastOptions): Lender {
  const { settings, stations } = resolved(optionsFor);
  const station = stations.find(({ connector }) => {
    return isPooled(connector) && connector.endpoint === endpoint;
  });
  if (station === undefined || !isPooled(station.connector)) {
    throw poolFailure("POOL_MISBOUND", "connecting", {
      message: `The pool object's options have no pooled endpoint "${endpoint}"`,
    });
  }
  const { lends, connections } = station.connector;
  return createLenderOn(durableObjectRuntime, settings, {
    connector: lends,
    connections,
    idleTransactionMs: IDLE_TRANSACTION_MS,
  });
}

function resolved(optionsFor: () => HoldfastOptions): ReturnType<typeof resolveOptions> {
  try {
    return resolveOptions(optionsFor());
  } catch (thrown) {
    // Ours name the option and hide its value; another's words may hold anything.
    const why = isHoldfastError(thrown) ? `: ${thrown.message}` : "";
    throw poolFailure("POOL_MISBOUND", "connecting", {
      message: `The pool object cannot make its options${why}`,
    });
  }
}

/** Asks the endpoint itself. */
export function askIt<What extends keyof Looks>(lender: Lender, what: What): Promise<Looks[What]> {
  // A Worker of another version may ask anything.
  const question: Questions[What] | undefined = QUESTIONS[what];
  return question === undefined ? cannotTell("such look") : lender.look(what, question);
}

type Questions = {
  readonly [What in keyof Looks]: (connection: Connection) => Promise<Looks[What]>;
};

const QUESTIONS: Questions = {
  inspect: (connection) => connection.inspect(),
  rehearse: (connection) => connection.rehearse?.() ?? cannotTell("rehearse()"),
  measure: (connection) => connection.measure?.() ?? Promise.resolve({}),
};

function cannotTell(what: string): Promise<never> {
  const message = `The connector in the pool object has no ${what}`;
  return Promise.reject(poolFailure("POOL_MISBOUND", "connecting", { message }));
}
