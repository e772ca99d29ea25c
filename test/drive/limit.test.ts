import { describe, expect, test } from "vitest";
import { tooManyClients } from "../../adapters/connectors/scripted/condition.ts";
import type { Result } from "../../src/model/result.ts";
import { caught, errorOf, failure, soloStage, sqlError, type StageOptions, told } from "./stage.ts";

type Solo = ReturnType<typeof soloStage>;

/** Callers one after the other, so many at a time, for so long; resolves when all have ended. */
async function press(s: Solo, callers: number, ms: number): Promise<Result[]> {
  const until = s.clock.now() + ms;
  const results: Result[] = [];
  const caller = async (): Promise<void> => {
    while (s.clock.now() < until) results.push(await s.db.query("select 1"));
  };
  await s.clock.runUntil(Promise.all(Array.from({ length: callers }, caller)));
  return results;
}

function limitOf(s: Solo): number {
  return s.db.stats().endpoints[0]?.pool.limit ?? 0;
}

/** A database that serves four at once in 10 ms and more of them slower, and knows its usual pace. */
async function small(options: Omit<StageOptions, "declared"> = {}): Promise<Solo> {
  const s = soloStage({ ...options, pool: { max: 20, idleTimeoutMs: 0, ...options.pool } });
  s.a.latencyMs = 10;
  s.a.capacity = 4;
  await press(s, 3, 10_000);
  s.events.length = 0;
  return s;
}

describe("the limit of a pool", () => {
  test("comes down under overload, each change told with its reason, and the database is kept busy", async () => {
    const s = await small();
    expect(limitOf(s)).toBe(20);
    await press(s, 60, 10_000);
    expect(limitOf(s)).toBeGreaterThanOrEqual(6);
    expect(limitOf(s)).toBeLessThanOrEqual(10);
    const changes = s.events.filter((event) => event.type === "pool");
    expect(changes.length).toBeGreaterThan(5);
    for (const { from, to, because } of changes) {
      expect(from).not.toBe(to);
      expect(because).toMatch(/answers (take|are)/);
    }
    // Four at once in 10 ms each: 400 in a second.
    const served = await press(s, 60, 5_000);
    expect(served.length).toBeGreaterThan(1_800);
  });

  test("holds at every moment: nothing begins beyond it", async () => {
    const s = await small();
    let begun = 0;
    let beyond = 0;
    const usual = s.a.answer;
    s.a.answer = (text, params) => {
      const { inUse, limit } = s.db.stats().endpoints[0]?.pool ?? { inUse: 1, limit: 0 };
      begun++;
      if (inUse > limit) beyond++;
      return usual(text, params);
    };
    await press(s, 60, 10_000);
    expect(begun).toBeGreaterThan(1_000);
    expect(beyond).toBe(0);
  });

  test("lets those over it wait in order, and serves them in order", async () => {
    const s = await small();
    await press(s, 60, 10_000);
    const limit = limitOf(s);
    const order: number[] = [];
    const calls = Array.from(
      { length: 30 },
      (_, n) => s.db.query(`select ${n}`).then(() => order.push(n)),
    );
    expect(s.db.stats().endpoints[0]?.pool).toMatchObject({ inUse: limit, waiting: 30 - limit });
    await s.clock.runUntil(Promise.all(calls));
    // Of those that begin together nobody can tell who is answered first.
    const begun = s.a.statements.slice(-30).map((text) => Number(text.slice(7)));
    expect(begun).toEqual(Array.from({ length: 30 }, (_, n) => n));
    expect(order.length).toBe(30);
  });

  test("keeps nobody waiting past its deadline, and forgets who gave up", async () => {
    const s = await small();
    await press(s, 60, 10_000);
    s.a.latencyMs = 100;
    const holding = Array.from({ length: 20 }, () => s.db.query("select 1"));
    const startedAt = s.clock.now();
    const late = await errorOf(s, s.db.query("select 2", [], { timeoutMs: 50 }));
    expect(late).toMatchObject({ code: "DEADLINE", executed: "no" });
    expect(s.clock.now() - startedAt).toBe(50);
    const controller = new AbortController();
    const aborted = caught(s.db.query("select 3", [], { signal: controller.signal }));
    controller.abort();
    expect(await s.clock.runUntil(aborted)).toMatchObject({ code: "ABORTED", executed: "no" });
    await s.clock.runUntil(Promise.all(holding));
    expect(s.a.statements).not.toContain("select 2");
    expect(s.a.statements).not.toContain("select 3");
    expect(s.db.stats().endpoints[0]?.pool).toMatchObject({ inUse: 0, waiting: 0 });
  });

  test("comes back when the load has gone", async () => {
    const s = await small();
    await press(s, 60, 10_000);
    expect(limitOf(s)).toBeLessThan(11);
    await press(s, 3, 60_000);
    expect(limitOf(s)).toBe(20);
    expect(told(s, "pool").at(-1)).toBe("a 19 20 it has not been needed for a while");
  });

  test("does not move for a slow statement among fast ones, nor for a busier hour of slow ones", async () => {
    const s = await small();
    s.a.capacity = Infinity;
    for (let n = 0; n < 30; n++) await s.clock.runUntil(s.db.query("select fast"));
    s.a.latencyMs = 300;
    for (let n = 0; n < 30; n++) await s.clock.runUntil(s.db.query("select report"));
    const reports = Array.from({ length: 100 }, () => s.db.query("select report"));
    await s.clock.runUntil(Promise.all(reports));
    expect(told(s, "pool")).toEqual([]);
    expect(limitOf(s)).toBe(20);
  });

  test("does not move at all where the tolerance is 0", async () => {
    const s = await small({ pool: { latencyTolerance: 0 } });
    await press(s, 60, 10_000);
    s.a.answer = () => sqlError("53300", "too many clients");
    await errorOf(s, s.db.query("select 1", [], { timeoutMs: 100 }));
    expect(told(s, "pool")).toEqual([]);
    expect(limitOf(s)).toBe(20);
  });

  test.each([0.5, 1])(
    "a tolerance of %s is refused: as slow as usual would be overload",
    (latencyTolerance) => {
      expect(() => soloStage({ pool: { latencyTolerance } })).toThrow(/latencyTolerance/);
      expect(() => soloStage({ pool: { latencyTolerance: 1.1 } })).not.toThrow();
    },
  );
});

describe("callers with deadlines", () => {
  /** Of so many callers with 300 ms each, at a database that serves two at once in 50 ms: 40 in a second. */
  async function hurry(
    max: number,
  ): Promise<{ s: Solo; ok: number; executed: readonly unknown[] }> {
    const s = soloStage({ pool: { max } });
    s.a.latencyMs = 50;
    s.a.capacity = 2;
    await press(s, 1, 60_000);
    let ok = 0;
    const executed: unknown[] = [];
    const until = s.clock.now() + 60_000;
    const caller = async (): Promise<void> => {
      while (s.clock.now() < until) {
        await s.db.query("select 1", [], { timeoutMs: 300 }).then(
          () => ok++,
          (error: { executed: unknown }) => executed.push(error.executed),
        );
      }
    };
    await s.clock.runUntil(Promise.all(Array.from({ length: 40 }, caller)));
    return { s, ok, executed };
  }

  test("the limit comes down although nearly nobody is answered, and three of four the database can do are", async () => {
    const { s, ok } = await hurry(20);
    expect(told(s, "pool")[0]).toMatch(/^a 20 1\d answers take [\d.]+ times as long as usual$/);
    expect(limitOf(s)).toBeLessThanOrEqual(6);
    expect(ok).toBeGreaterThan(1_800);
  });

  test("whoever waited until too little time was left is refused, and not begun to be cut halfway", async () => {
    const { ok, executed } = await hurry(2);
    expect(ok).toBeGreaterThan(2_300);
    expect(executed.filter((one) => one !== "no").length).toBeLessThan(10);
  });
});

test("windows close also when nobody is answered: after five quiet minutes the limit is back at the first call", async () => {
  const s = await small();
  await press(s, 60, 10_000);
  expect(limitOf(s)).toBeLessThan(11);
  await s.clock.advance(300_000);
  await s.clock.runUntil(s.db.query("select 1"));
  expect(limitOf(s)).toBe(20);
  expect(told(s, "pool").at(-1)).toMatch(/^a \d+ 20 it has not been needed for a while$/);
});

describe("a server that says that it is full", () => {
  test("53300 at a login lowers the limit once in a window, however many are refused", async () => {
    const s = await small();
    s.a.cut();
    s.a.condition = "refusingLogins";
    s.a.loginRefusal = tooManyClients();
    const calls = Array.from(
      { length: 8 },
      () => caught(s.db.query("select 1", [], { timeoutMs: 40 })),
    );
    await s.clock.runUntil(Promise.all(calls));
    expect(told(s, "pool")).toEqual(["a 20 16 the server refused: it is full"]);
    s.a.revive();
    s.db.isolate("a");
    s.db.release("a");
    await press(s, 3, 30_000);
    expect(limitOf(s)).toBe(20);
  });

  test("53200 that ends a session lowers the limit, that of one statement alone does not", async () => {
    const s = await small();
    const usual = s.a.answer;
    s.a.answer = () => sqlError("53200", "out of memory");
    await errorOf(s, s.db.query("select 1", [], { timeoutMs: 100 }));
    expect(limitOf(s)).toBe(20);
    s.a.answer = () =>
      failure({
        origin: "server",
        phase: "answering",
        code: "53200",
        report: { severity: "FATAL" },
      });
    await errorOf(s, s.db.query("select 1", [], { timeoutMs: 100 }));
    expect(limitOf(s)).toBe(16);
    s.a.answer = usual;
  });

  test("the limit never falls below a fifth of the pool, and always lets one through", async () => {
    for (const max of [1, 3, 20]) {
      const s = soloStage({
        pool: { max },
        circuit: { consecutiveFailures: 1_000_000, minimumCalls: 1_000_000 },
      });
      const usual = s.a.answer;
      for (let n = 0; n < 60; n++) {
        s.a.answer = () => sqlError("53300", "too many clients");
        await s.clock.runUntil(caught(s.db.query("select 1", [], { timeoutMs: 5 })));
        s.a.answer = usual;
        await s.clock.advance(600);
        await s.clock.runUntil(s.db.query("select 1"));
      }
      expect(limitOf(s)).toBeGreaterThanOrEqual(Math.max(1, Math.ceil(max / 5)));
      expect(limitOf(s)).toBeLessThanOrEqual(Math.max(1, max));
    }
  });
});
