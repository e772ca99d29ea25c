/**
 * `holdfast/cloudflare`: a Worker whose isolates remember together, by a Durable Object or by Workers KV.
 *
 * ```ts
 * import { DurableObject } from "cloudflare:workers";
 * import { durableObject, type OnCloudflare, onCloudflare } from "holdfast/cloudflare";
 * import { postgres } from "holdfast/postgres";
 *
 * const holdfast: OnCloudflare<Env> = onCloudflare((env) => ({
 *   endpoints: [
 *     { id: "a", connector: postgres(env.DATABASE_URL) },
 *     { id: "b", connector: postgres(env.REPLICA_URL) },
 *   ],
 *   readPreference: "secondaryPreferred",
 *   store: durableObject(env.HOLDFAST),
 * }));
 *
 * export class HoldfastCoordinator extends holdfast.coordinator(DurableObject) {}
 *
 * export default {
 *   async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
 *     const db = holdfast(env).session({ ctx });
 *     const { rows } = await db.query("select * from users where active = ?", [true]);
 *     return Response.json(rows);
 *   },
 *   scheduled: holdfast.scheduled,
 * };
 * ```
 *
 * @module
 */

export { type OnCloudflare, onCloudflare } from "./on-cloudflare.ts";
export type {
  CoordinatorClass,
  CoordinatorObject,
  ObjectBase,
  ObjectState,
  ObjectStorage,
} from "./object-class.ts";
export { durableObjectRuntime } from "../runtimes/workers.ts";
export type { PoolClass, PoolObject } from "./pool-class.ts";
export type { PoolNamespace } from "./pool/namespace.ts";
export { pooled, type PooledConnector, type PooledOptions } from "./pool/pooled.ts";
export {
  type CoordinatorNamespace,
  durableObject,
  type DurableObjectOptions,
  type DurableObjectStore,
  type LocationHint,
  type ObjectOptions,
  type Reply,
  type SnapshotCopy,
} from "../stores/durable-object/mod.ts";
export {
  type KvNamespace,
  workersKv,
  type WorkersKvOptions,
  type WorkersKvStore,
} from "../stores/workers-kv/mod.ts";
