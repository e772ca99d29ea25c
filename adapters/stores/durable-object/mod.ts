/**
 * What isolates believe together, in a Durable Object: the client's side, and the machine on the object's storage.
 *
 * @module
 */

export {
  durableObject,
  type DurableObjectOptions,
  type DurableObjectStore,
  type SnapshotCopy,
} from "./durable-object-store.ts";
export { Ledger, type LedgerParts, type LedgerStorage } from "./ledger.ts";
export type { CoordinatorNamespace, LocationHint, ObjectOptions } from "./namespace.ts";
export { type Reply, replyTo } from "./reply.ts";
