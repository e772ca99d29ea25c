/** The store of the process' runtime: Deno KV in Deno, Redis by Bun's own client in Bun, by ioredis in Node. */

import { type DenoKv, denoKvStore } from "../../../adapters/stores/deno-kv/mod.ts";
import {
  type BunRedisClient,
  type IoredisClient,
  redisStore,
  viaBun,
  viaIoredis,
} from "../../../adapters/stores/redis/mod.ts";
import type { StrongStore } from "../../../src/ports.ts";
import type { Task } from "../words.ts";

/** As much of the runtimes as is used. */
interface Here {
  readonly Deno?: { openKv(path: string): Promise<DenoKv & { close(): void }> };
  readonly Bun?: { readonly RedisClient: new (url: string) => BunRedisClient & { close(): void } };
}

/** A store, and how to let go of what is under it. */
export interface StoreHere {
  readonly store: StrongStore;
  readonly close: () => void;
}

/** Opens it. */
export async function storeHere({ shared, name: key }: Task): Promise<StoreHere> {
  const { Deno, Bun } = globalThis as Here;
  if (Deno !== undefined) {
    const kv = await Deno.openKv(shared);
    return { store: denoKvStore({ kv, prefix: [key] }), close: () => kv.close() };
  }
  if (Bun !== undefined) {
    const client = new Bun.RedisClient(shared);
    return { store: redisStore({ client: viaBun(client), key }), close: () => client.close() };
  }
  const { Redis } = await import("ioredis");
  const client = new Redis(shared);
  return {
    store: redisStore({ client: viaIoredis(client as IoredisClient), key }),
    close: () => client.disconnect(),
  };
}
