/**
 * The numbers about what isolates share.
 *
 * @module
 */

import { MAX_MS, type OptionRow } from "./row.ts";

/** The paths of the options about sharing. */
export type SharingOptionPath =
  | "sharing.timeoutMs"
  | "sharing.coldWaitMs"
  | "sharing.quietSyncMs"
  | "sharing.busySyncMs"
  | "sharing.syncsPerSecond"
  | "sharing.quorumRatio";

/** Sources: DESIGN ("Shared belief"), Cloudflare's limits (`reference/platforms.md`). */
export const SHARING_ROWS: Readonly<Record<SharingOptionPath, OptionRow>> = {
  "sharing.timeoutMs": {
    default: 500,
    unit: "ms",
    range: [1, MAX_MS],
    says: "how long the store may take to answer; no call waits for it",
  },
  "sharing.coldWaitMs": {
    default: 100,
    unit: "ms",
    range: [0, 10_000],
    says: "the first calls of a fresh isolate wait so long for what others know; 0: not at all",
  },
  "sharing.quietSyncMs": {
    default: 10_000,
    unit: "ms",
    // Users are counted over a minute: seldomer, and they would not be.
    range: [100, 20_000],
    says: "between two syncs with the store when nothing is the matter (MongoDB heartbeat)",
  },
  "sharing.busySyncMs": {
    default: 1_000,
    unit: "ms",
    range: [10, 20_000],
    says: "and when something is",
  },
  "sharing.syncsPerSecond": {
    default: 200,
    unit: "count",
    range: [1, 100_000],
    says:
      "syncs a second that the whole fleet is paced to (a fifth of a Durable Object's soft limit)",
  },
  "sharing.quorumRatio": {
    default: 0.5,
    unit: "ratio",
    range: [0, 1],
    says: "an endpoint is out for everyone when more than this share of its users find it down",
  },
};
