/**
 * What a cell tells. Anybody may write one: what makes no sense must not get into the state, and no password into a
 * message.
 *
 * @module
 */

import { isHoldfastError, StoreError } from "../../../src/errors.ts";
import type { Reading, Swap } from "./cell.ts";

/** The error of a cell's call. */
export function cellError(thrown: unknown, store: string): Error {
  if (isHoldfastError(thrown)) return thrown;
  return new StoreError(
    `The ${store} store failed. What its cell threw is not repeated, as a password may be in it: a cell that ` +
      "throws a `StoreError` says why itself. Nothing is shared until it is back.",
  );
}

/** The reading; throws a `StoreError` when it is none. An instant that is no number would spoil the state. */
export function checkedReading(reading: Reading, store: string): Reading {
  const { text, mark, now } = reading as Partial<Record<keyof Reading, unknown>>;
  if (text !== undefined && typeof text !== "string") throw noReading(store, "text");
  if (typeof mark !== "string") throw noReading(store, "mark");
  if (typeof now !== "number" || !Number.isFinite(now)) throw noReading(store, "now");
  return reading;
}

/** The swap; throws a `StoreError` when it is none. */
export function checkedSwap(swap: Swap, store: string): Swap {
  checkedReading(swap.reading, store);
  return swap;
}

function noReading(store: string, field: keyof Reading): StoreError {
  return new StoreError(
    `The ${store} store's cell gave a reading whose \`${field}\` makes no sense: \`text\` is a text or undefined, ` +
      "`mark` a text, `now` milliseconds since 1970.",
  );
}
