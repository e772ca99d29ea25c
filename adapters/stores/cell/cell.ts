/**
 * What a store that only compares and sets has to bring: one value, and a clock.
 *
 * @module
 */

/** The value as it was read. */
export interface Reading {
  /** `undefined`: nothing was written yet. */
  readonly text: string | undefined;
  /** The store's own sign of which write this was: a version, a versionstamp. */
  readonly mark: string;
  /** Milliseconds by the store's clock, or by the best one there is. */
  readonly now: number;
}

/** What became of a write. */
export interface Swap {
  readonly swapped: boolean;
  /** The value as it is now, whoever wrote it: so that a second try needs no read. */
  readonly reading: Reading;
}

/** One value in a store that can compare and set. Everything rejects with a `StoreError`. */
export interface Cell {
  /** The store's name, for messages. */
  readonly name: string;
  /**
   * Whether `swap` compares, writes and tells the present value in one round trip. Then what was read last is
   * tried first, and a sync that nobody came before costs one trip. @default {false}
   */
  readonly swapsInOneTrip?: boolean;
  read(signal?: AbortSignal): Promise<Reading>;
  /** Writes `text` if nobody wrote since `reading`. */
  swap(reading: Reading, text: string, signal?: AbortSignal): Promise<Swap>;
}
