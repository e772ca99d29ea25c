/**
 * The store's contract in Bun, with the client that Bun brings: a line of JSON for each case. Run as
 * `bun test/stores/bun-contract.ts redis://…`.
 */

import { type BunRedisClient, redisStore, viaBun } from "../../adapters/stores/redis/mod.ts";
import { storeContract } from "../contract/store.ts";

/** As much of Bun as is needed here; its own types would come with globals of their own. */
declare const Bun: {
  readonly argv: readonly string[];
  readonly RedisClient: new (url: string) => BunRedisClient & { close(): void };
};

const redis = new Bun.RedisClient(Bun.argv[2] ?? "");
const client = viaBun(redis);
for (const { name, run } of storeContract({ leases: true })) {
  const key = crypto.randomUUID();
  const error = await run({ open: () => redisStore({ client, key }) }).then(
    () => undefined,
    (thrown: unknown) => thrown instanceof Error ? thrown.stack ?? thrown.message : String(thrown),
  );
  console.log(JSON.stringify({ name, error }));
}
redis.close();
