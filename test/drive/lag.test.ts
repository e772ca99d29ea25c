import { describe, expect, test } from "vitest";
import type { ReadPreferenceOptions } from "../../src/options/types.ts";
import { errorOf, type Stage, type StageOptions } from "./stage.ts";
import { statsOf, watched } from "./watch-stage.ts";

type Mode = ReadPreferenceOptions["mode"];

/** A stage whose `b` is so far behind, measured. */
async function behind(lagMs: number | undefined, options: StageOptions = {}): Promise<Stage> {
  const s = await watched({ balance: "roundRobin", ...options });
  s.b.lagMs = lagMs;
  await s.clock.advance(1_500);
  expect(statsOf(s, "b").lagMs).toBe(lagMs);
  return s;
}

/** Who serves ten reads, each once named. */
async function servers(s: Stage, readPreference?: ReadPreferenceOptions): Promise<string[]> {
  const options = readPreference === undefined ? undefined : { readPreference };
  const served = new Set<string>();
  for (let n = 0; n < 10; n++) {
    served.add((await s.clock.runUntil(s.db.query("select 1", [], options))).servedBy);
  }
  return [...served].toSorted();
}

describe("a lag cap", () => {
  test.each<[Mode, string[], string[]]>([
    ["primary", ["a"], ["a"]],
    ["primaryPreferred", ["a"], ["a"]],
    ["secondary", ["b", "c"], ["c"]],
    ["secondaryPreferred", ["b", "c"], ["c"]],
    ["nearest", ["a", "b", "c"], ["a", "c"]],
  ])(
    "of one call leaves out who is further behind, with the preference %s",
    async (mode, all, fresh) => {
      const s = await behind(60_000);
      expect(await servers(s, { mode, latencyWindowMs: 1_000 })).toEqual(all);
      expect(await servers(s, { mode, latencyWindowMs: 1_000, maxLagMs: 30_000 })).toEqual(fresh);
      // Who is as far behind as it may be is fresh enough.
      expect(await servers(s, { mode, latencyWindowMs: 1_000, maxLagMs: 60_000 })).toEqual(all);
    },
  );

  test("holds for a whole session, where a call may say otherwise", async () => {
    const s = await behind(60_000);
    const session = s.db.session({ readPreference: { mode: "secondary", maxLagMs: 30_000 } });
    for (let n = 0; n < 6; n++) {
      expect((await s.clock.runUntil(session.query("select 1"))).servedBy).toBe("c");
    }
    const served = new Set<string>();
    for (let n = 0; n < 6; n++) {
      const any = session.query("select 1", [], {
        readPreference: { mode: "secondary", maxLagMs: 2_147_483_647 },
      });
      served.add((await s.clock.runUntil(any)).servedBy);
    }
    expect(served).toEqual(new Set(["b", "c"]));
  });

  test("holds for all as the default, and follows each measurement: no route is remembered", async () => {
    const s = await behind(60_000, {
      readPreference: { mode: "secondaryPreferred", maxLagMs: 30_000 },
    });
    for (let round = 0; round < 3; round++) {
      expect(await servers(s)).toEqual(["c"]);
      s.b.lagMs = 0;
      await s.clock.advance(1_500);
      expect(await servers(s)).toEqual(["b", "c"]);
      s.b.lagMs = 60_000;
      await s.clock.advance(1_500);
    }
  });

  test("sends reads to the primary when all replicas are behind, or nowhere if only those may serve", async () => {
    const s = await behind(60_000);
    s.c.lagMs = 60_000;
    await s.clock.advance(1_500);
    expect(await servers(s, { mode: "secondaryPreferred", maxLagMs: 30_000 })).toEqual(["a"]);
    const only = { readPreference: { mode: "secondary", maxLagMs: 30_000 } } as const;
    const error = await errorOf(s, s.db.query("select 1", [], only));
    expect(error).toMatchObject({ code: "NO_ENDPOINT", executed: "no" });
  });

  test("takes a replica whose lag is not known after everybody else", async () => {
    const s = await behind(undefined);
    expect(await servers(s, { mode: "secondary", maxLagMs: 1 })).toEqual(["c"]);
    s.c.lagMs = undefined;
    await s.clock.advance(1_500);
    expect(await servers(s, { mode: "secondaryPreferred", maxLagMs: 1 })).toEqual(["a"]);
    expect(await servers(s, { mode: "secondary", maxLagMs: 1 })).toEqual(["b", "c"]);
  });

  test("keeps the last lag that was known while a replica cannot be measured", async () => {
    const s = await behind(60_000);
    s.b.vitals = () => {
      throw new Error("no answer");
    };
    await s.clock.advance(10_000);
    expect(await servers(s, { mode: "secondary", maxLagMs: 30_000 })).toEqual(["c"]);
  });

  test("is no matter of writes, nor of reads that must see the primary", async () => {
    const s = await behind(60_000, { readPreference: { mode: "primary", maxLagMs: 1 } });
    for (const text of ["insert into t values (1)", "select 1"]) {
      expect((await s.clock.runUntil(s.db.query(text))).servedBy).toBe("a");
    }
  });

  test("does not keep a new primary out that was behind when it was a replica", async () => {
    const s = await behind(60_000);
    s.b.generation = 1;
    await s.clock.runUntil(s.db.failover("a", "b"));
    expect(statsOf(s, "b")).toMatchObject({ role: "primary", lagMs: undefined, because: [] });
    const near = { mode: "nearest", latencyWindowMs: 1_000, maxLagMs: 30_000 } as const;
    expect(await servers(s, near)).toContain("b");
  });

  test("says so in the error, when it is why nobody may serve", async () => {
    const s = await behind(60_000);
    s.c.lagMs = 60_000;
    await s.clock.advance(1_500);
    const only = { readPreference: { mode: "secondary", maxLagMs: 30_000 } } as const;
    const error = await errorOf(s, s.db.query("select 1", [], only));
    expect(error.message).toContain("30000 ms");
  });
});
