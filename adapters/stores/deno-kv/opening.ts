/**
 * The database, opened when it is first needed: `Deno.openKv()` takes its time and may fail.
 *
 * @module
 */

import { StoreError } from "../../../src/errors.ts";
import { pause } from "../cell/waiting.ts";
import { isClosed, isLocked, storeError } from "./failure.ts";
import type { DenoKv } from "./kv.ts";

/**
 * While one process writes to a database in a file, Deno (2.9) tells the others at once that it is locked,
 * instead of waiting its turn: of four processes that write all the time two thirds of the writes failed. Nothing
 * was written then, so that it may be tried again; eight tries wait for half a second on the average.
 */
const MAX_TRIES = 8;
const LEAST_PAUSE_MS = 4;

/** A database, one that is being opened, or how to open one. */
export type DenoKvSource = DenoKv | Promise<DenoKv> | (() => DenoKv | Promise<DenoKv>);

/** Keeps one database open, and tells its errors in our words. */
export class Opening {
  readonly #open: () => DenoKv | Promise<DenoKv>;
  #opened: Promise<DenoKv> | undefined;

  constructor(source: DenoKvSource) {
    this.#open = typeof source === "function" ? source : () => source;
    // It may fail before anybody asks for it, and must not end the process: whoever asks is told.
    if (source instanceof Promise) source.catch(() => {});
  }

  /** Does something with the database. `doing` is for the message, if it fails: `to read the belief`. */
  async use<T>(doing: string, work: (kv: DenoKv) => Promise<T>): Promise<T> {
    for (let tries = 1;; tries++) {
      try {
        // An open that failed is tried again by the next call.
        this.#opened ??= Promise.resolve().then(this.#open);
        return await work(await this.#kv(this.#opened));
      } catch (thrown) {
        if (isClosed(thrown)) this.#opened = undefined;
        if (!isLocked(thrown) || tries === MAX_TRIES) throw storeError(doing, thrown);
      }
      await pause(Math.random() * LEAST_PAUSE_MS * 2 ** tries, undefined);
    }
  }

  async #kv(opened: Promise<DenoKv>): Promise<DenoKv> {
    try {
      return await opened;
    } catch (cause) {
      if (this.#opened === opened) this.#opened = undefined;
      throw cause;
    }
  }
}

/** The default database of the place: on Deno Deploy the app's own, elsewhere one by the main module's path. */
export function openDefault(): Promise<DenoKv> {
  const { Deno } = globalThis as { readonly Deno?: { openKv?(): Promise<DenoKv> } };
  if (Deno === undefined) {
    throw new StoreError(
      "There is no Deno here, so no `Deno.openKv()`. Give a database as `kv`: `openKv` of the package " +
        "`@deno/kv` makes one that works in Node and Bun.",
    );
  }
  if (Deno.openKv === undefined) throw new TypeError("Deno.openKv is not available");
  return Deno.openKv();
}
