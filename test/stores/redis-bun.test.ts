import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT, run } from "../../scripts/step.ts";
import { storeContract } from "../contract/store.ts";
import { type RedisServer, startRedis, whyNoRedis } from "./redis-server.ts";

const missing = whyNoRedis();
if (missing) console.error(missing);

describe.skipIf(missing !== undefined)("redisStore() over Bun's own client, in Bun", () => {
  let server: RedisServer;
  let said = "";
  const errors = new Map<string, string | undefined>();

  beforeAll(async () => {
    server = await startRedis();
    const bun = join(ROOT, "node_modules", ".bin", "bun");
    const ended = await run(bun, [join(ROOT, "test", "stores", "bun-contract.ts"), server.url]);
    said = `exit code ${ended.code}\n${ended.stdout}${ended.stderr}`;
    for (const line of ended.stdout.split("\n").filter((one) => one.startsWith("{"))) {
      const { name, error } = JSON.parse(line) as { name: string; error?: string }; // the child's
      errors.set(name, error);
    }
  });

  afterAll(() => server?.stop());

  test.each(storeContract({ leases: true }))("$name", ({ name }) => {
    expect(errors.has(name) ? errors.get(name) : said).toBe(undefined);
  });
});
