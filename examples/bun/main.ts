/**
 * Orders on Bun: PostgreSQL over TCP, and what all processes believe in Redis.
 *
 * @module
 */

import { RedisClient, serve } from "bun";
import { createHoldfast } from "holdfast";
import { postgres } from "holdfast/postgres";
import { redisStore, viaBun } from "holdfast/redis";
import { orders } from "../orders.ts";

const { DATABASE_URLS = "", HOLDFAST_TOKEN: token = "", REDIS_URL } = process.env;
/** One or more URLs, separated by spaces. Who is the primary is found out. */
const urls = DATABASE_URLS.split(/\s+/).filter((url) => url !== "");
if (urls.length === 0 || token === "") throw new Error("Set DATABASE_URLS and HOLDFAST_TOKEN");

const redis = REDIS_URL === undefined ? undefined : new RedisClient(REDIS_URL);
const db = createHoldfast({
  endpoints: urls.map((url, i) => ({ id: `db${i + 1}`, connector: postgres(url) })),
  readPreference: "secondaryPreferred",
  // Without Redis each process goes by what it has seen itself.
  ...(redis === undefined ? {} : { store: redisStore({ client: viaBun(redis), key: "orders" }) }),
});

// Bun takes PORT by itself.
const server = serve({ fetch: (request) => orders(request, db.session(), token) });
console.log(`Listening on ${server.url}`);

async function stop(): Promise<void> {
  await server.stop();
  await db.close();
  redis?.close();
}
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void stop());
