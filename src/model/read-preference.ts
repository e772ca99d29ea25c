/**
 * Where a read may run. The names are MongoDB's and the availability guide's.
 *
 * @module
 */

import type { Tags } from "./endpoint.ts";

/** The five modes. `replica` and `replicaPreferred` are accepted for `secondary…` in options. */
export type ReadPreferenceMode =
  | "primary"
  | "primaryPreferred"
  | "secondary"
  | "secondaryPreferred"
  | "nearest";

/** Every mode, for messages. */
export const READ_PREFERENCE_MODES: readonly ReadPreferenceMode[] = [
  "primary",
  "primaryPreferred",
  "secondary",
  "secondaryPreferred",
  "nearest",
];

/** A read preference after normalisation. */
export interface ReadPreference {
  readonly mode: ReadPreferenceMode;
  /**
   * Tag sets in order of preference: the first set that some candidate matches wins. An empty set
   * matches everything. An empty list asks for nothing.
   */
  readonly tags: readonly Tags[];
  /** `nearest`: how much slower than the fastest candidate is still near. @default {15} */
  readonly latencyWindowMs: number;
  /** A replica measured to be further behind serves no such read; `undefined`: however far. */
  readonly maxLagMs: number | undefined;
}
