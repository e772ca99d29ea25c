import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { denoKvStore } from "../../adapters/stores/deno-kv/mod.ts";
import { lazyKv } from "./lazy-kv.ts";

const TTL_MS = 10_000;

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: 1_000_000 }));
afterEach(() => void vi.useRealTimers());

test("a lease that is over is free, though Deno has not deleted it yet", async () => {
  const store = denoKvStore({ kv: lazyKv() });
  await store.lease({ name: "prober", holder: "one", ttlMs: TTL_MS });
  vi.setSystemTime(Date.now() + TTL_MS - 1);
  const other = { name: "prober", holder: "two", ttlMs: TTL_MS };
  expect(await store.lease(other)).toEqual({ held: false, retryAfterMs: 1 });
  vi.setSystemTime(Date.now() + 1);
  expect(await store.lease(other)).toEqual({ held: true, token: 2, forMs: TTL_MS });
});

test("who comes back after its lease was over gets a new token: another may have had it", async () => {
  const store = denoKvStore({ kv: lazyKv() });
  const own = { name: "prober", holder: "one", ttlMs: TTL_MS };
  expect(await store.lease(own)).toMatchObject({ token: 1 });
  vi.setSystemTime(Date.now() + TTL_MS);
  expect(await store.lease(own)).toMatchObject({ held: true, token: 2 });
});

test("a lease that was deleted early goes to the next under a higher token all the same", async () => {
  const kv = lazyKv();
  const store = denoKvStore({ kv, prefix: ["shop"] });
  await store.lease({ name: "prober", holder: "one", ttlMs: TTL_MS });
  await kv.atomic().delete(["shop", "lease", "prober"]).commit();
  const next = await store.lease({ name: "prober", holder: "two", ttlMs: TTL_MS });
  expect(next).toMatchObject({ held: true, token: 2 });
});

test("prefixes are stores of their own in one database", async () => {
  const kv = lazyKv();
  const [shop, other] = [denoKvStore({ kv, prefix: ["shop"] }), denoKvStore({ kv })];
  await shop.lease({ name: "prober", holder: "one", ttlMs: TTL_MS });
  const asked = { name: "prober", holder: "two", ttlMs: TTL_MS };
  expect(await other.lease(asked)).toMatchObject({ held: true, token: 1 });
  await shop.command({ type: "isolate", endpoint: "a" });
  expect((await other.command({ type: "failback" })).endpoints).toEqual([]);
});

test("a lease that a clock hours ahead took keeps nobody out", async () => {
  const kv = lazyKv();
  vi.setSystemTime(Date.now() + 3 * 3_600_000);
  await denoKvStore({ kv }).lease({ name: "prober", holder: "ahead", ttlMs: TTL_MS });
  vi.setSystemTime(Date.now() - 3 * 3_600_000);
  const asked = { name: "prober", holder: "two", ttlMs: TTL_MS };
  expect(await denoKvStore({ kv }).lease(asked)).toMatchObject({ held: true, token: 2 });
});

test("a lease by a clock that is seconds ahead is its holder's", async () => {
  const store = denoKvStore({ kv: lazyKv() });
  vi.setSystemTime(Date.now() + 50_000);
  await store.lease({ name: "prober", holder: "ahead", ttlMs: TTL_MS });
  vi.setSystemTime(Date.now() - 50_000);
  const asked = { name: "prober", holder: "two", ttlMs: TTL_MS };
  expect(await store.lease(asked)).toEqual({ held: false, retryAfterMs: TTL_MS + 50_000 });
});
