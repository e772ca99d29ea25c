import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { denoKvStore } from "../../adapters/stores/deno-kv/mod.ts";
import { StoreError } from "../../src/errors.ts";
import { MAX_REPORTER_LENGTH } from "../../src/cluster/state.ts";
import { createPlace, report } from "./place.ts";

const SOME = report("one", 1, { a: "up" });

/** What a sync rejects with where the database does. */
async function refusalOf(cause: unknown): Promise<StoreError> {
  const store = denoKvStore({ kv: () => Promise.reject(cause) });
  const error: unknown = await store.sync(SOME).then(() => undefined, (e: unknown) => e);
  if (error instanceof StoreError) return error;
  throw new Error("no StoreError", { cause: error });
}

describe("denoKvStore() on real Deno", () => {
  test("a Deno that runs without the flag is told of the flag", async () => {
    const { member } = await createPlace();
    const { error } = await member({ flags: ["--allow-read", "--allow-write"] }).order(
      "sync",
      SOME,
    );
    expect(error).toMatchObject({ name: "StoreError", code: "STORE", overloaded: false });
    expect(error?.message).toContain("--unstable-kv");
  });

  test("missing permission is told with the flags that give it", async () => {
    const { member } = await createPlace();
    const { error } = await member({ flags: ["--unstable-kv", "--no-prompt"] }).order("sync", SOME);
    expect(error).toMatchObject({ name: "StoreError", overloaded: false });
    expect(error?.message).toContain("`--allow-read` and `--allow-write`");
  });

  test("a database closed too early is told of once, and opened again where it can be", async () => {
    const { member } = await createPlace();
    const one = member();
    await one.ask("sync", SOME);
    await one.ask("close");
    const { error } = await one.order("sync", report("one", 2, { a: "up" }));
    expect(error).toMatchObject({ name: "StoreError", overloaded: false });
    expect(error?.message).toContain("was closed");
    expect(await one.ask("sync", report("one", 3, { a: "up" }))).toMatchObject({ v: 1 });
  });

  test("a large fleet that finds everything down fits into a value, with ids beyond Latin-1 too", async () => {
    const { member } = await createPlace();
    const one = member();
    const saw = Object.fromEntries(
      Array.from({ length: 64 }, (_, i) => [`endpoint ${i} `.padEnd(64, "→"), "down" as const]),
    );
    for (let i = 0; i < 40; i++) {
      const told = report(`reporter-${i}`.padEnd(MAX_REPORTER_LENGTH, "x"), 1, saw);
      expect(await one.order("sync", told)).toMatchObject({ value: { v: 1 } });
    }
  });
});

describe("denoKvStore() with a database that fails", () => {
  test("a value beyond 64 KiB is refused with the limit", async () => {
    // Deno's own words (2.9.6).
    const refusal = await refusalOf(new TypeError("Value too large (max 65536 bytes)"));
    expect(refusal.message).toContain("64 KiB a value");
    expect(refusal.overloaded).toBe(false);
  });

  test("a locked file and a used-up quota are overloads: later makes sense", async () => {
    for (const text of ["database is locked", "KV quota exceeded", "HTTP status 429"]) {
      const refusal = await refusalOf(new Error(text));
      expect(refusal).toMatchObject({ overloaded: true, executed: "no" });
      expect(refusal.retryAfterMs).toBeGreaterThan(0);
    }
  });

  test("a file that is locked for a moment only is waited for", async () => {
    let opens = 0;
    const store = denoKvStore({
      kv: () => {
        opens++;
        throw new Error(opens < 3 ? "database is locked" : "writes disabled");
      },
    });
    await expect(store.sync(SOME)).rejects.toThrow("takes no writes");
    expect(opens).toBe(3);
  });

  test.each([
    "connect failed for https://u:s3cret@kv.deno.com/x",
    "401 invalid access token: s3cret",
    "Authorization: Bearer s3cret refused",
    "openKv path 'postgres: //x' password=s3cret",
    "HTTP status 429 for the token s3cret",
    "s3cret",
  ])("none of Deno's own words are repeated: %s", async (text) => {
    const cause = new Error(text);
    for (const thrown of [cause, Object.assign(new Error("x", { cause }), { name: text }), text]) {
      const refusal = await refusalOf(thrown);
      expect(inspect(refusal, { depth: null, showHidden: true })).not.toMatch(/s3cret|x'|kv\.deno/);
      expect(refusal.message).toMatch(/^The deno-kv store failed to read the belief\. [A-Z]/);
    }
  });

  test.each([
    ["Invalid access token", "`DENO_KV_ACCESS_TOKEN`"],
    ["HTTP status 403", "`DENO_KV_ACCESS_TOKEN`"],
    ["HTTP status 404", "no such database"],
    ["unable to open database file", "does its folder exist"],
    ["error sending request: dns error", "was not reached"],
    ["the moon is in the wrong house", "in a program of its own shows it"],
  ])("%s is told in words that help", async (text, help) => {
    expect((await refusalOf(new Error(text))).message).toContain(help);
  });

  test("a promise that fails before anybody asks ends nothing, and is told to who asks", async () => {
    const store = denoKvStore({
      kv: Promise.reject(new TypeError("Deno.openKv is not a function")),
    });
    // Where it was not taken care of, it is reported after the microtasks.
    await new Promise((resolve) => setImmediate(resolve));
    await expect(store.sync(SOME)).rejects.toThrow("--unstable-kv");
  });

  test("an open that failed is tried again by the next call, one that goes on is shared", async () => {
    let opens = 0;
    const store = denoKvStore({
      kv: () => {
        opens++;
        throw new Error("writes disabled");
      },
    });
    const both = await Promise.allSettled([store.sync(SOME), store.sync(SOME)]);
    expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(opens).toBe(1);
    await expect(store.sync(SOME)).rejects.toThrow("takes no writes");
    expect(opens).toBe(2);
  });

  test("outside Deno the default says so", async () => {
    await expect(denoKvStore().sync(SOME)).rejects.toThrow("There is no Deno here");
  });
});

describe("denoKvStore() options", () => {
  test("everything that is wrong is told at once", () => {
    const wrong = { kv: "belief.sqlite", prefix: ["a".repeat(101)] } as never;
    expect(() => denoKvStore(wrong)).toThrow(
      "2 options are not usable:\n  kv: got a value of type string, allowed is a Deno.Kv",
    );
  });

  test("a key is within Deno's 2 KiB at the longest prefix and the longest lease name", async () => {
    const { member } = await createPlace();
    const one = member({ prefix: Array.from({ length: 5 }, () => "→".repeat(100)) });
    const asked = { name: "→".repeat(128), holder: "one", ttlMs: 60_000 };
    expect(await one.order("lease", asked)).toMatchObject({ value: { held: true } });
  });
});
