/**
 * What a store that only compares and sets has to bring: one value, and a clock.
 *
 * @module
 */

/** The value as it was read. */
export interface Reading {
  /** As it was written, to the letter, up to 64 KiB of UTF-8; `undefined`: nothing was written yet. */
  readonly text: string | undefined;
  /** The store's own sign of which write this was: a version, a versionstamp, an ETag. Each write has another one. */
  readonly mark: string;
  /**
   * Milliseconds since 1970 by the store's clock, or by the best one there is: `Date.now()`. Where each process has
   * its own, seconds between them stretch pauses by as much.
   */
  readonly now: number;
}

/** What became of a write. */
export interface Swap {
  readonly swapped: boolean;
  /** Where it was done, what was written; else the value as it is now, so that a second try needs no read. */
  readonly reading: Reading;
}

/**
 * One value in a store that can compare and set.
 *
 * Either call may reject with a `StoreError` in words of its own. Whatever else it rejects with is told as one
 * without its words, because there may be a password in them. Nothing waits longer than its `signal`.
 */
export interface Cell {
  /** The store's name, for messages: `sqlite`. */
  readonly name: string;
  /**
   * Whether `swap` compares, writes and tells the present value in one round trip. Then what was read last is
   * tried first, and a sync that nobody came before costs one trip. @default {false}
   */
  readonly swapsInOneTrip?: boolean;
  /** Reads the latest value: never a replica's or a cache's. */
  read(signal?: AbortSignal): Promise<Reading>;
  /** Writes `text` if nobody wrote since `reading`: atomically, for two that try one succeeds. */
  swap(reading: Reading, text: string, signal?: AbortSignal): Promise<Swap>;
}
