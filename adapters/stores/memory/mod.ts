/**
 * `holdfast/memory`: what several holdfasts of one process believe together. For tests, and for processes that
 * open more than one holdfast on the same database.
 *
 * ```ts
 * import { memoryStore } from "holdfast/memory";
 *
 * const store = memoryStore();
 * await store.command({ type: "isolate", endpoint: "replica-2" });
 * ```
 *
 * @module
 */

export type { ClaimAnswer, ClaimRequest, LeaseAnswer, LeaseRequest } from "../../../src/ports.ts";
export type { Clock, LeasingStore, Store, StoreTerms, StrongStore } from "../../../src/ports.ts";
export { memoryStore, type MemoryStoreOptions } from "./memory-store.ts";
