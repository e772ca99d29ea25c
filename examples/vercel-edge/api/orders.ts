/**
 * Orders as an edge route on Vercel: Neon by `fetch`, and what all instances believe in Upstash Redis. There is no TCP
 * here, so nothing of it imports `holdfast/postgres`.
 *
 * @module
 */

import { Redis } from "@upstash/redis";
import { createHoldfast } from "holdfast";
import { neon } from "holdfast/neon";
import { redisStore, viaUpstash } from "holdfast/redis";
import { orders } from "../../orders.ts";

export const config = { runtime: "edge" } as const;

/** What Vercel hands to a route beside the request. */
interface EdgeContext {
  waitUntil(work: Promise<unknown>): void;
}

const { DATABASE_URL = "", DATABASE_REPLICA_URL, HOLDFAST_TOKEN: token = "" } = process.env;
const { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN } = process.env;
if (DATABASE_URL === "" || token === "") throw new Error("Set DATABASE_URL and HOLDFAST_TOKEN");

const db = createHoldfast({
  endpoints: [
    { id: "main", role: "primary", connector: neon(DATABASE_URL) },
    ...(DATABASE_REPLICA_URL === undefined
      ? []
      : [{ id: "copy", role: "replica", connector: neon(DATABASE_REPLICA_URL) } as const]),
  ],
  readPreference: "secondaryPreferred",
  // Without Redis each instance goes by what it has seen itself.
  ...(url === undefined || UPSTASH_REDIS_REST_TOKEN === undefined ? {} : {
    store: redisStore({
      client: viaUpstash(new Redis({ url, token: UPSTASH_REDIS_REST_TOKEN })),
      key: "orders",
    }),
  }),
});

/** `GET` and `POST /api/orders`; by `health.ts` also `GET /api/health`. */
export default async function route(request: Request, context: EdgeContext): Promise<Response> {
  const session = db.session({ waitUntil: (work) => context.waitUntil(work) });
  return await orders(request, session, token);
}
