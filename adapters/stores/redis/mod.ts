/**
 * `holdfast/redis`: what several processes believe together, kept in Redis 5 or later, Valkey or Upstash.
 *
 * The client is yours, and any will do that can run a script. Say which one it is:
 *
 * - `viaUpstash(Redis.fromEnv())` with `@upstash/redis`, over HTTP: also where there are no sockets
 * - `viaIoredis(new Redis(url))` with `ioredis`
 * - `viaNodeRedis(client)` with `redis`, after `await client.connect()`
 * - `viaBun(Bun.redis)` in Bun
 *
 * Any other one is a function:
 *
 * ```ts
 * import { type EvalScript, redisStore } from "holdfast/redis";
 *
 * declare const send: (command: readonly string[]) => Promise<unknown>;
 * const client: EvalScript = (script, keys, args) =>
 *   send(["EVAL", script, String(keys.length), ...keys, ...args]);
 * const store = redisStore({ client, key: "shop" });
 * ```
 *
 * @module
 */

export type { ClaimAnswer, ClaimRequest, LeaseAnswer, LeaseRequest } from "../../../src/ports.ts";
export type { LeasingStore, Store, StoreTerms, StrongStore } from "../../../src/ports.ts";
export {
  type BunRedisClient,
  type EvalScript,
  type IoredisClient,
  type NodeRedisClient,
  type UpstashClient,
  viaBun,
  viaIoredis,
  viaNodeRedis,
  viaUpstash,
} from "./clients.ts";
export { redisStore, type RedisStoreOptions } from "./redis-store.ts";
