/**
 * What isolates believe together, in Workers KV.
 *
 * @module
 */

export type { KvNamespace } from "./namespace.ts";
export { workersKv, type WorkersKvOptions, type WorkersKvStore } from "./workers-kv-store.ts";
