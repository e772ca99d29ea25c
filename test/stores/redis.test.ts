import { Redis as UpstashRedis } from "@upstash/redis";
import { type Cluster, Redis as Ioredis } from "ioredis";
import { createClient, type createCluster } from "redis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type EvalScript,
  redisStore,
  viaBun,
  viaIoredis,
  viaNodeRedis,
  viaUpstash,
} from "../../adapters/stores/redis/mod.ts";
import { OptionError } from "../../src/errors.ts";
import { freePort } from "../cluster/place.ts";
import { reporter, storeErrorOf, terms, up } from "../contract/store-stage.ts";
import { type RedisServer, startRedis, whyNoRedis } from "./redis-server.ts";
import { startUpstash, type UpstashServer } from "./upstash-server.ts";

const missing = whyNoRedis();
if (missing) console.error(missing);

const LEASE = { name: "prober", holder: "a", ttlMs: 60_000 };
const SECRET = "a-password-nobody-should-see";

describe.skipIf(missing !== undefined)("redisStore() in Redis", () => {
  let server: RedisServer;
  let redis: Ioredis;
  let upstash: UpstashServer;

  beforeAll(async () => {
    server = await startRedis();
    redis = new Ioredis(server.url);
    upstash = await startUpstash(([command = "", ...args]) => redis.call(command, ...args));
  });
  afterAll(async () => {
    await upstash?.stop();
    redis?.disconnect();
    await server?.stop();
  });

  test("the usual sync is one command, in every way to say it", async () => {
    const client = new UpstashRedis({ url: upstash.url, token: upstash.token });
    const { tell } = reporter(redisStore({ client: viaUpstash(client), key: "one-trip" }));
    await tell(up("p"));
    const before = upstash.commands();
    for (let i = 0; i < 5; i++) await tell(up("p"));
    expect(upstash.commands() - before).toBe(5);
  });

  test("its keys are in one slot of a cluster, and go away when nobody comes any more", async () => {
    const client = viaIoredis(redis);
    await reporter(redisStore({ client, key: "shop" })).tell(up("p"));
    await redisStore({ client, key: "shop" }).lease(LEASE);
    await redisStore({ client, key: "eu:{shop}" }).lease(LEASE);
    expect((await redis.keys("*shop*")).sort())
      .toEqual(["eu:{shop}:lease:prober", "{shop}:lease:prober", "{shop}:state"]);
    for (const key of await redis.keys("*shop*")) {
      expect(await redis.pttl(key)).toBeGreaterThan(6 * 86_400_000);
    }
  });

  test("what Redis lost begins anew: another origin, and tokens that rise all the same", async () => {
    const store = redisStore({ client: viaIoredis(redis), key: "lost" });
    const { tell } = reporter(store);
    const before = await tell(up("p"));
    const held = await store.lease(LEASE);
    await redis.del("{lost}:state", "{lost}:lease:prober");
    const after = await tell(up("p"));
    expect(after.origin).not.toBe(before.origin);
    const again = await store.lease({ ...LEASE, holder: "b" });
    if (!held.held || !again.held) throw new Error("nobody else was there");
    expect(again.token).toBeGreaterThan(held.token);
  });

  test("a full Redis is overloaded, and its key's other owner is told of", async () => {
    const small = await startRedis(["--maxmemory", "1", "--maxmemory-policy", "noeviction"]);
    const full = new Ioredis(small.url);
    try {
      const { store, report } = reporter(redisStore({ client: viaIoredis(full), key: "full" }));
      const error = await storeErrorOf(store.sync(report(up("p")), terms()));
      expect(error).toMatchObject({ overloaded: true, message: expect.stringContaining("OOM") });
    } finally {
      full.disconnect();
      await small.stop();
    }
    await redis.set("{taken}:state", "somebody's");
    const { store, report } = reporter(redisStore({ client: viaIoredis(redis), key: "taken" }));
    const error = await storeErrorOf(store.sync(report(up("p")), terms()));
    expect(error.message).toMatch(/WRONGTYPE.*`key` of its own/);
    expect(await redis.get("{taken}:state")).toBe("somebody's");
  });

  test("a login that fails, and a server that is not there, give away nothing", async () => {
    const guarded = await startRedis(["--requirepass", SECRET]);
    const settings = { maxRetriesPerRequest: 0, retryStrategy: () => null } as const;
    const wrong = new Ioredis(guarded.port, { ...settings, password: `${SECRET}-2` });
    const nobody = new Ioredis(await freePort(), settings);
    const nodeRedis = createClient({ url: `redis://:${SECRET}-2@127.0.0.1:${guarded.port}` });
    for (const one of [wrong, nobody, nodeRedis]) one.on("error", () => {});
    const clients = {
      wrong: viaIoredis(wrong),
      nobody: viaIoredis(nobody),
      closed: viaNodeRedis(nodeRedis),
      upstash: viaUpstash(new UpstashRedis({ url: upstash.url, token: SECRET, retry: false })),
    };
    for (const client of Object.values(clients)) {
      const { store, report } = reporter(redisStore({ client, key: "shop" }));
      const error = await storeErrorOf(store.sync(report(up("p")), terms()));
      const told = [error.message, error.stack, JSON.stringify(error), String(error.cause)].join();
      expect(told).not.toContain(SECRET);
      expect(told).not.toContain("redis.call");
      expect(error.overloaded).toBe(false);
    }
    wrong.disconnect();
    nobody.disconnect();
    await guarded.stop();
  });

  test("Upstash's limits are an overload, whatever the status", async () => {
    const client = new UpstashRedis({ url: upstash.url, token: upstash.token, retry: false });
    const { store, report } = reporter(redisStore({ client: viaUpstash(client), key: "shop" }));
    const answers = [
      { status: 400, error: "ERR max requests limit exceeded. Limit: 500000, Usage: 500000." },
      { status: 429, error: "Too Many Requests" },
      { status: 400, error: "ERR max concurrent connections exceeded" },
    ];
    for (const answer of answers) {
      upstash.fail(answer);
      const error = await storeErrorOf(store.sync(report(up("p")), terms()));
      expect({ ...answer, overloaded: error.overloaded }).toEqual({ ...answer, overloaded: true });
    }
    upstash.fail(undefined);
    expect((await store.sync(report(up("p")), terms())).endpoints.length).toBe(1);
  });
});

describe("redisStore()", () => {
  test.each([
    ["LOADING Redis is loading the dataset in memory", true],
    ["BUSY Redis is busy running a script. You can only call SCRIPT KILL", true],
    ["ERR max number of clients reached", true],
    ["READONLY You can't write against a read only replica.", false],
    ["NOPERM User app has no permissions to run the 'eval' command", false],
    ["ERR unknown command 'eval', with args beginning with: 'local key'", false],
    ["CLUSTERDOWN The cluster is down", false],
    ["Connection is closed.", false],
  ])("%s", async (message, overloaded) => {
    const client: EvalScript = () => Promise.reject(new Error(message));
    const error = await storeErrorOf(redisStore({ client, key: "shop" }).lease(LEASE));
    expect(error.overloaded).toBe(overloaded);
    expect(error.message).toMatch(/^The redis store was not reached, or refused/);
    expect(error.message).not.toContain("local key");
  });

  test.each([undefined, null, 1, {}, "", "OK", "1 2", "nonsense 1 2", ["1", "2", "3"]])(
    "an answer that is none (%j) is a StoreError",
    async (answer) => {
      const store = redisStore({ client: () => Promise.resolve(answer), key: "shop" });
      const error = await storeErrorOf(store.lease(LEASE));
      expect(error.message).toContain("via…");
    },
  );

  test("wrong options are told all at once", () => {
    const make = (): unknown => redisStore({ client: "redis://u:secret@h" as never, key: "" });
    expect(make).toThrow(OptionError);
    expect(make).toThrow(/client: .*viaUpstash[^]*key: got 0 characters/);
    expect(make).not.toThrow(/secret/);
  });

  test("it has a key of its own, or is none: one Redis serves many applications", () => {
    // @ts-expect-error the key is missing
    const make = (): unknown => redisStore({ client: () => Promise.resolve("") });
    expect(make).toThrow(/key: got a value of type undefined.*one for each database/);
  });

  test("a client in another one's way is a type error", () => {
    const ways = (ioredis: Ioredis, node: ReturnType<typeof createClient>, up: UpstashRedis) => [
      // @ts-expect-error ioredis is not Upstash's
      viaUpstash(ioredis),
      // @ts-expect-error nor node-redis
      viaUpstash(node),
      // @ts-expect-error its second argument is an object
      viaIoredis(node),
      // @ts-expect-error a list of keys is no number
      viaIoredis(up),
      // @ts-expect-error a list of keys is no object
      viaNodeRedis(up),
      // @ts-expect-error a number is no object
      viaNodeRedis(ioredis),
      // @ts-expect-error has no send(command, args)
      viaBun(up),
    ];
    const clusters = (ioredis: Cluster, node: ReturnType<typeof createCluster>) => [
      viaIoredis(ioredis),
      viaNodeRedis(node),
    ];
    expect([typeof ways, typeof clusters]).toEqual(["function", "function"]);
  });
});
