/**
 * A process with a Redis store of its own, told what to do line by line: `["sync", …]`, `["lease", …]`. Answers a
 * line of JSON for each.
 */

import { createInterface } from "node:readline";
import process from "node:process";
import { Redis } from "ioredis";
import { redisStore, viaIoredis } from "../../adapters/stores/redis/mod.ts";
import type { LeaseRequest } from "../../src/ports.ts";
import { reporter } from "../contract/store-stage.ts";
import type { EndpointReport } from "../../src/model/belief.ts";

const redis = new Redis(process.argv[2] ?? "");
const store = redisStore({ client: viaIoredis(redis), key: "processes" });
const { tell } = reporter(store, `process-${process.pid}`);

/** An order, as `processes.test.ts` sends it. */
export type Order =
  | readonly ["sync", ...EndpointReport[]]
  | readonly ["lease", LeaseRequest];

for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line) as Order; // the test's own
  const answer = order[0] === "sync" ? tell(...order.slice(1) as EndpointReport[]) : store.lease(
    order[1] as LeaseRequest,
  );
  process.stdout.write(`${JSON.stringify(await answer)}\n`);
}
redis.disconnect();
