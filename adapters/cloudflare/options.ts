/**
 * What the options' store says that its object has to know.
 *
 * @module
 */

import type { HoldfastOptions } from "../../src/options/types.ts";
import type { Store } from "../../src/ports.ts";
import type { DurableObjectStore, SnapshotCopy } from "../stores/durable-object/mod.ts";

/** Whether it is kept in a Durable Object. */
export function isDurableObject(store: Store | undefined): store is DurableObjectStore {
  return store?.name === "durable-object" && "wake" in store;
}

/** Where its object keeps a copy; `undefined`: nowhere. */
export function copyOf({ store }: HoldfastOptions): SnapshotCopy | undefined {
  return isDurableObject(store) ? store.copy : undefined;
}
