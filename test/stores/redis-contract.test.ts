import { Redis as UpstashRedis } from "@upstash/redis";
import { Redis as Ioredis } from "ioredis";
import { createClient } from "redis";
import { afterAll, beforeAll } from "vitest";
import {
  type EvalScript,
  redisStore,
  viaIoredis,
  viaNodeRedis,
  viaUpstash,
} from "../../adapters/stores/redis/mod.ts";
import type { StoreGround } from "../contract/store-stage.ts";
import { contractTests } from "./contract-tests.ts";
import { type RedisServer, startRedis, whyNoRedis } from "./redis-server.ts";
import { startUpstash, type UpstashServer } from "./upstash-server.ts";

const missing = whyNoRedis();
if (missing) console.error(missing);

let server: RedisServer;
let ioredis: Ioredis;
let nodeRedis: ReturnType<typeof createClient>;
let upstash: UpstashServer;

beforeAll(async () => {
  if (missing) return;
  server = await startRedis();
  ioredis = new Ioredis(server.url);
  nodeRedis = createClient({ url: server.url });
  await nodeRedis.connect();
  upstash = await startUpstash(([command = "", ...args]) => ioredis.call(command, ...args));
});

afterAll(async () => {
  await upstash?.stop();
  await nodeRedis?.close();
  ioredis?.disconnect();
  await server?.stop();
});

function groundOf(client: EvalScript): StoreGround {
  const key = crypto.randomUUID();
  return { open: () => redisStore({ client, key }) };
}

contractTests("redisStore() over ioredis", {
  leases: true,
  missing,
  ground: () => groundOf(viaIoredis(ioredis)),
});

contractTests("redisStore() over node-redis", {
  leases: true,
  missing,
  ground: () => groundOf(viaNodeRedis(nodeRedis)),
});

contractTests("redisStore() over @upstash/redis", {
  leases: true,
  missing,
  ground: () => groundOf(viaUpstash(new UpstashRedis({ url: upstash.url, token: upstash.token }))),
});
