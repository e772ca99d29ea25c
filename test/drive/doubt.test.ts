import { expect, test } from "vitest";
import { rows } from "../../adapters/connectors/scripted/mod.ts";
import { caught, next, type Stage, stage, told } from "./stage.ts";

const SECONDARY = { readPreference: "secondary" } as const;

/** Both replicas have answered the text often enough for its usual time to be known. */
async function practised(s: Stage, text: string): Promise<void> {
  for (let n = 0; n < 40; n++) await s.clock.runUntil(s.db.query(text, [], SECONDARY));
  s.events.length = 0;
}

test("query() that usually takes a millisecond is doubted after a tenth of a second", async () => {
  const s = stage({ probe: { intervalMs: 0, doubtAfterMs: 2_000, timeoutMs: 300 } });
  await practised(s, "select 1");
  // Nobody is answered for a while: no sign of life but the probe's.
  await s.clock.advance(5_000);
  for (const endpoint of [s.b, s.c]) endpoint.condition = "silent";
  const startedAt = s.clock.now();
  const stuck = s.db.query("select 1", [], { readPreference: "secondaryPreferred" });
  const { servedBy } = await s.clock.runUntil(stuck);
  expect(servedBy).toBe("a");
  expect(s.clock.now() - startedAt).toBeLessThan(2 * (100 + 300) + 100);
});

test("query() of a text that is not known is doubted after probe.doubtAfterMs", async () => {
  const s = stage({ probe: { intervalMs: 0, doubtAfterMs: 2_000, timeoutMs: 300 } });
  await practised(s, "select 1");
  next(s.b, "silence", "silence");
  next(s.c, "silence", "silence");
  void s.db.query("select 2", [], { ...SECONDARY, timeoutMs: 10_000 }).catch(() => {});
  await s.clock.advance(1_900);
  expect(told(s, "probe")).toEqual([]);
  await s.clock.advance(200);
  expect(told(s, "probe").length).toBe(1);
  await s.clock.runUntil(s.db.close());
});

test("query() that is slow asks nobody while its endpoint answers others", async () => {
  const s = stage({ probe: { intervalMs: 0, doubtAfterMs: 500 }, balance: ([first]) => first! });
  const usual = s.b.answer;
  s.b.answer = (text, params) => text === "select slow" ? "silence" : usual(text, params);
  s.c.answer = () => rows();
  void s.db.query("select slow", [], { ...SECONDARY, timeoutMs: 5_000 }).catch(() => {});
  for (let n = 0; n < 40; n++) {
    await s.clock.runUntil(s.db.query("select 1", [], SECONDARY));
    await s.clock.advance(100);
  }
  expect(told(s, "probe")).toEqual([]);
  await s.clock.runUntil(s.db.close());
});

test("an endpoint that was slow is given load again once a probe found it fast, not half a minute later", async () => {
  const s = stage({ probe: { intervalMs: 2_000 }, readPreference: "secondary" });
  const served: Record<string, number> = {};
  const read = async (forMs: number): Promise<void> => {
    for (const until = s.clock.now() + forMs; s.clock.now() < until;) {
      const { servedBy } = await s.clock.runUntil(s.db.query("select 1"));
      served[servedBy] = (served[servedBy] ?? 0) + 1;
      await s.clock.advance(20);
    }
  };
  await read(1_000);
  s.b.latencyMs = 900;
  await read(5_000);
  s.b.latencyMs = 1;
  await read(3_000);
  served["b"] = 0;
  await read(2_000);
  expect(served["b"]).toBeGreaterThan(10);
  await s.clock.runUntil(s.db.close());
});

test("a database so busy that it answers in seconds is not even suspect, though its looks run out of time", async () => {
  const s = stage({ probe: { intervalMs: 1_000, timeoutMs: 500 }, pool: { max: 100 } });
  const writes: Promise<unknown>[] = [];
  for (let n = 0; n < 500; n++) {
    // Busier and busier, as databases get: a stop of several seconds would be another matter.
    s.a.latencyMs = Math.min(3_000, 1 + 10 * n);
    writes.push(s.db.execute("insert into t values (1)"));
    await s.clock.advance(100);
  }
  await s.clock.runUntil(Promise.allSettled(writes));
  const [a] = s.db.stats().endpoints;
  expect(a).toMatchObject({ circuit: "closed", failed: 0 });
  const moves = [...told(s, "circuit"), ...told(s, "health")];
  expect(moves.filter((words) => words.startsWith("a "))).toEqual([]);
  await s.clock.runUntil(s.db.close());
});

test("an endpoint that only probes may visit says when the next one does", async () => {
  const s = stage({
    probe: { intervalMs: 30_000 },
    recovery: { attemptsPerRung: 1, backoffMs: 100, maxBackoffMs: 100 },
  });
  await s.clock.runUntil(s.db.query("select 1"));
  s.a.die();
  await s.clock.advance(40_000);
  const error = await s.clock.runUntil(caught(s.db.execute("insert into t values (1)")));
  expect(error).toMatchObject({ code: "CIRCUIT_OPEN", executed: "no" });
  expect(error.retryAfterMs).toBeGreaterThan(0);
  await s.clock.runUntil(s.db.close());
});
