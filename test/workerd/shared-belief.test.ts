import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { until, whyNoCluster } from "../cluster/mod.ts";
import type { Shape } from "./shared-orders.ts";
import { type Ground, type SharedPlace, startGround, startShared } from "./shared-place.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

/** Who found it down once soon finds it down again. */
const BRISK = { cooldownMs: 500 };

describe.skipIf(missing)(`isolates that share what they believe ${missing ?? ""}`, () => {
  let ground: Ground;
  let shared: SharedPlace;
  beforeAll(async () => {
    ground = await startGround();
  });
  afterEach(async () => {
    const logs = shared.place.takeLogs();
    await shared[Symbol.asyncDispose]();
    for (const proxy of Object.values(ground.proxies)) await proxy.behave({ kind: "pass" });
    // Nothing of one request is touched by another, nothing is rejected with nobody listening.
    if (logs.length > 0) throw new Error(`workerd said: ${logs.join("; ")}`);
  });
  afterAll(() => ground?.[Symbol.asyncDispose]());

  const proxyOf = (id: string): Ground["proxies"][string] => {
    const proxy = ground.proxies[id];
    if (proxy === undefined) throw new Error(`No proxy for ${id}`);
    return proxy;
  };
  const watched = (options: Shape["options"] = {}): Shape => ({
    urls: ground.urls,
    // Else what failed once would hardly be chosen again, and nobody have anything against it.
    options: { balance: "roundRobin", ...options },
  });
  /** The coordinator looks at nothing: isolates make the trials. */
  const unwatched = (options: Shape["options"] = {}): Shape => {
    return watched({ probe: { intervalMs: 0 }, ...options });
  };
  const sum = (all: readonly number[]): number => all.reduce((total, one) => total + one, 0);
  /**
   * Trials granted that no failed trial and none under way accounts for: each failed one is one more opening. It stays
   * as it is for as long as there is one trial at a time.
   */
  const unaccounted = async (isolates: readonly number[]): Promise<number> => {
    return await until(async () => {
      const [before, trials, after] = [
        await shared.snapshot(),
        await granted(isolates),
        await shared.snapshot(),
      ];
      const { openings = 0, phase } = after.endpoints.find(({ id }) => id === "replica1") ?? {};
      return before.version === after.version
        ? { count: trials - openings - (phase === "halfOpen" ? 1 : 0) }
        : undefined;
    }, { what: "a moment in which nothing changes" }).then(({ count }) => count);
  };
  const granted = async (isolates: readonly number[]): Promise<number> => {
    const stats = await Promise.all(isolates.map((isolate) => shared.stats(isolate)));
    return sum(stats.map(({ sharing }) => sharing?.granted ?? 0));
  };

  test.each(
    [
      ["one isolate with all defaults", { balance: "p2c" }, [0]],
      ["one isolate", {}, [0]],
      ["two isolates", {}, [0, 1]],
    ] as const,
  )(
    "a new isolate's first query does not touch a replica that %s found dead",
    async (_, options, met) => {
      shared = await startShared(watched(options), 4);
      for (const isolate of met) await shared.query(isolate);
      await proxyOf("replica1").behave({ kind: "reset" });
      await Promise.all(met.map((isolate) => shared.untilPhase("replica1", "open", isolate)));
      for (const isolate of [2, 3]) {
        const { servedBy, attempts } = await shared.query(isolate);
        expect({ servedBy, attempts }).toEqual({ servedBy: "replica2", attempts: 1 });
        const { endpoints } = await shared.stats(isolate);
        const dead = endpoints.find(({ id }) => id === "replica1");
        expect(dead).toMatchObject({ circuit: "open", answered: 0, failed: 0 });
        expect(dead?.pool.created).toBe(0);
      }
    },
  );

  test("the coordinator finds it down and well again by itself, and makes the trial", async () => {
    shared = await startShared(watched(), 2);
    for (const isolate of [0, 1]) await shared.query(isolate);
    await proxyOf("replica1").behave({ kind: "reset" });
    await Promise.all([0, 1].map((isolate) => shared.untilPhase("replica1", "open", isolate)));
    expect((await shared.snapshot()).probes).toBe(true);
    await proxyOf("replica1").behave({ kind: "pass" });
    // Nobody queries: the alarm is all there is.
    await until(async () => await shared.phaseOf("replica1") === "closed", {
      what: "the coordinator to take it in again",
      timeoutMs: 30_000,
    });
    const { endpoints } = await shared.snapshot();
    expect(endpoints.find(({ id }) => id === "replica1")).toMatchObject({ round: 1 });
  });

  test("of 50 queries at once in five isolates one makes the trial", async () => {
    const isolates = [0, 1, 2, 3, 4];
    const options = { probe: { intervalMs: 0, timeoutMs: 20_000 }, circuit: BRISK };
    shared = await startShared(unwatched(options), isolates.length);
    for (const isolate of isolates) await shared.query(isolate);
    await proxyOf("replica1").behave({ kind: "reset" });
    await Promise.all(isolates.map((isolate) => shared.untilPhase("replica1", "open", isolate)));
    // Whoever tries now gets no answer: the trial stays under way.
    await proxyOf("replica1").behave({ kind: "blackHole" });
    const before = await unaccounted(isolates);
    const burst = { text: "select 1", count: 10 };
    let rounds = 0;
    await until(async () => {
      const answers = await Promise.all(isolates.map((isolate) => shared.burst(isolate, burst)));
      expect(answers.flat().filter((one) => typeof one !== "string")).toEqual([]);
      return await shared.phaseOf("replica1") === "halfOpen" && ++rounds >= 5;
    }, { what: "five rounds of 50 queries while a trial is under way", timeoutMs: 30_000 });
    expect(await granted(isolates)).toBeGreaterThan(0);
    expect(await unaccounted(isolates)).toBe(before);
    await proxyOf("replica1").behave({ kind: "pass" });
    await shared.untilPhase("replica1", "closed");
  });

  test("what is believed survives the object's abort, and its eviction", async () => {
    shared = await startShared(unwatched({ circuit: BRISK }), 2);
    for (const isolate of [0, 1]) await shared.query(isolate);
    await proxyOf("replica1").behave({ kind: "reset" });
    await Promise.all([0, 1].map((isolate) => shared.untilPhase("replica1", "open", isolate)));
    const told = await shared.snapshot();
    const lives = new Set([(await shared.say()).life]);
    const ends = [
      () => shared.ask(0, "abort"),
      () => shared.place.evict("HoldfastCoordinator", "holdfast"),
    ];
    for (const end of ends) {
      await end();
      const { origin, version, endpoints } = await shared.snapshot();
      expect({ origin, version }).toEqual({ origin: told.origin, version: told.version });
      expect(endpoints.map(({ id, phase, round }) => ({ id, phase, round }))).toEqual(
        told.endpoints.map(({ id, phase, round }) => ({ id, phase, round })),
      );
      lives.add((await shared.say()).life);
    }
    expect(lives.size).toBe(3);
    expect((await shared.query(1)).servedBy).not.toBe("replica1");
  });

  test("a query without a session, and a session after its request, are errors and no hangs", async () => {
    shared = await startShared({ urls: ground.urls }, 1);
    const { error } = await shared.ask<{ error: { code: string; message: string } }>(
      0,
      "misuse/db",
      "select 1",
    );
    expect(error).toMatchObject({ code: "USAGE" });
    expect(error.message).toContain("session");
    await shared.ask(0, "misuse/keep", "select 1");
    expect(await shared.ask(0, "misuse/use", "select 1")).toMatchObject({
      error: { code: "USAGE" },
    });
  });

  test("another version's state: what it added does no harm, what it changed is left alone", async () => {
    shared = await startShared(unwatched(), 2);
    await shared.query(0);
    const { origin, version } = await shared.snapshot();
    const endpoints = [{
      id: "replica1",
      circuit: { phase: "isolated", round: 7, mood: "new" },
      accusers: [],
      heardAt: Date.now(),
      colour: "green",
    }];
    const written = { v: 1, origin, version: version + 5, tokens: 3, endpoints, later: true };
    const deploy = async (text: string): Promise<void> => {
      await shared.ask(0, "write", text);
      await shared.ask(0, "abort");
    };
    await deploy(JSON.stringify(written));
    const told = await shared.snapshot();
    expect(told.origin).toBe(origin);
    expect(told.version).toBeGreaterThanOrEqual(version + 5);
    expect(told.endpoints).toMatchObject([{ id: "replica1", phase: "isolated", round: 7 }]);
    const newer = JSON.stringify({ ...written, v: 2 });
    await deploy(newer);
    expect(await shared.command({ type: "isolate", endpoint: "replica1" })).toMatchObject({
      error: { code: "STORE", message: expect.stringContaining("newer version") },
    });
    expect((await shared.query(1)).rows).toHaveLength(1);
  });

  test("the alarm goes on through an incident, and a cron trigger sets one that was lost", async () => {
    shared = await startShared(watched(), 2);
    for (const isolate of [0, 1]) await shared.query(isolate);
    await until(async () => (await shared.say()).alarmAt !== null, { what: "an alarm" });
    await proxyOf("replica1").behave({ kind: "reset" });
    await Promise.all([0, 1].map((isolate) => shared.untilPhase("replica1", "open", isolate)));
    const { rings } = await shared.say();
    await until(async () => (await shared.say()).rings > rings + 2, { what: "three more rings" });
    await shared.ask(0, "disarm");
    await shared.ask(0, "abort");
    expect(await shared.say()).toMatchObject({ alarmAt: null, rings: 0 });
    await shared.place.scheduled("* * * * *");
    await until(async () => (await shared.say()).rings > 0, { what: "the alarm to ring again" });
  });

  test("an isolate that starts while the object is slow takes the copy in KV", async () => {
    shared = await startShared({
      ...unwatched({
        circuit: BRISK,
        sharing: { timeoutMs: 20_000, coldWaitMs: 10_000 },
      }),
      bootstrap: true,
    }, 3);
    for (const isolate of [0, 1]) await shared.query(isolate);
    await proxyOf("replica1").behave({ kind: "reset" });
    await Promise.all([0, 1].map((isolate) => shared.untilPhase("replica1", "open", isolate)));
    await until(async () => {
      const copy = await shared.ask<{ version?: number } | null>(0, "copy");
      return copy?.version === (await shared.snapshot()).version;
    }, { what: "the copy in KV" });
    const before = proxyOf("replica1").accepted;
    await shared.mood(2, "slow");
    expect(await shared.query(2)).toMatchObject({ servedBy: "replica2", attempts: 1 });
    expect(proxyOf("replica1").accepted).toBe(before);
    expect((await shared.stats(2)).sharing).toMatchObject({ state: "fresh", failures: 0 });
  });
});
