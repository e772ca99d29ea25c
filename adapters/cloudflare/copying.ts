/**
 * Keeps the copy of what is believed up to date: after each change, no oftener than KV takes it.
 *
 * @module
 */

import type { Snapshot } from "../../src/model/belief.ts";
import type { SnapshotCopy } from "../stores/durable-object/mod.ts";

/** KV takes one write a second to a key. */
const EVERY_MS = 1_000;
/** Where a write failed: its daily limit may be reached. */
const AFTER_FAILURE_MS = 60_000;

/** The copy, as far as the object knows. */
export class Copying {
  readonly #copy: SnapshotCopy;
  readonly #now: () => number;
  #version: number | undefined;
  #nextAt = -Infinity;
  #isWriting = false;

  constructor(copy: SnapshotCopy, now: () => number) {
    this.#copy = copy;
    this.#now = now;
  }

  /** What is kept when the object wakes up was copied when it was written. */
  begin(version: number): void {
    this.#version ??= version;
  }

  /** In how long there is something to write; `undefined`: there is not. */
  dueInMs(version: number): number | undefined {
    if (this.#version === version || this.#isWriting) return undefined;
    return Math.max(0, this.#nextAt - this.#now());
  }

  /** Writes it if that is due. Never rejects. */
  async write(snapshot: Snapshot): Promise<void> {
    if (this.dueInMs(snapshot.version) !== 0) return;
    this.#isWriting = true;
    this.#nextAt = this.#now() + EVERY_MS;
    try {
      await this.#copy.write(snapshot);
      this.#version = snapshot.version;
    } catch {
      this.#nextAt = this.#now() + AFTER_FAILURE_MS;
    } finally {
      this.#isWriting = false;
    }
  }
}
