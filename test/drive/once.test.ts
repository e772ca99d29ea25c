/**
 * What may write runs once, and reads come from where they may, although what is believed of the roles is old
 * or changes while a call waits.
 */

import { expect, test } from "vitest";
import { readOnlyRefusal, type ScriptedConnector } from "../../adapters/connectors/scripted/mod.ts";
import { caught, type Stage, stage, type StageOptions } from "./stage.ts";
import { statsOf } from "./watch-stage.ts";

const UNKNOWN_FUNCTION = "select my_fn(id) from t";

/** `a` failed over to `b` yesterday; holdfast was told the roles of the day before. Says who ran the function. */
function yesterday(fate: (primary: ScriptedConnector) => "silence" | void, options: StageOptions) {
  const s = stage({ readPreference: "secondaryPreferred", ...options });
  s.a.role = "replica";
  s.b.role = "primary";
  s.b.generation = 2;
  const runs: string[] = [];
  for (const [id, endpoint] of [["a", s.a], ["b", s.b], ["c", s.c]] as const) {
    const usual = endpoint.answer;
    endpoint.answer = (text, params) => {
      if (!text.includes("my_fn")) return usual(text, params);
      if (endpoint.role === "replica") return readOnlyRefusal();
      runs.push(id);
      const fated = runs.length === 1 ? fate(endpoint) : undefined;
      return fated ?? usual("select 1", params);
    };
  }
  return { s, runs };
}

/** Replicas that answer nobody while a call waits for their only connection. */
async function busy(s: Stage, endpoint: ScriptedConnector): Promise<{ over: Promise<unknown> }> {
  endpoint.latencyMs = 300;
  const over = s.db.query("select long").catch(() => {});
  await s.clock.advance(10);
  return { over };
}

/** Somebody fails over from `a` to `b`, and holdfast hears of it. */
async function outdate(s: Stage): Promise<void> {
  s.b.role = "primary";
  s.b.generation = 2;
  void s.db.discover();
  await s.clock.advance(100);
  expect(statsOf(s, "a").role).toBe("outdated");
}

test("a function nobody knows runs once, when the replica it was sent to is the primary and its line breaks", async () => {
  const { s, runs } = yesterday((b) => b.cut(), {});
  s.db.isolate("c");
  const error = await s.clock.runUntil(caught(s.db.query(UNKNOWN_FUNCTION)));
  expect(error).toMatchObject({ code: "AMBIGUOUS_WRITE", executed: "unknown" });
  expect(runs).toEqual(["b"]);
});

test("a function nobody knows runs once, when a hedge beside it is refused by a replica", async () => {
  const { s, runs } = yesterday(() => "silence", {
    hedge: { afterMs: 20 },
    declared: { c: { weight: 0 } },
  });
  await s.clock.runUntil(s.db.query(UNKNOWN_FUNCTION, [], { timeoutMs: 3_000 }).catch(() => {}));
  expect(runs).toEqual(["b"]);
});

test("a function nobody knows runs once, when the replica it waits for becomes the primary", async () => {
  const s = stage({ readPreference: "secondaryPreferred", pool: { max: 1 } });
  await s.clock.runUntil(s.db.discover());
  s.db.isolate("c");
  await s.clock.runUntil(s.db.query("select 1"));
  const { over } = await busy(s, s.b);
  let runs = 0;
  const usual = s.b.answer;
  s.b.answer = (text, params) => {
    if (text.includes("my_fn") && ++runs === 1) s.b.cut();
    return usual(text, params);
  };
  const call = s.db.query(UNKNOWN_FUNCTION).catch(() => {});
  await s.clock.advance(5);
  s.b.role = "primary";
  s.b.generation = 2;
  s.b.latencyMs = 1;
  void s.db.discover();
  await s.clock.runUntil(Promise.all([call, over]));
  expect(runs).toBeLessThan(2);
});

test("a read that waits at a primary that becomes outdated is not answered by it", async () => {
  const s = stage({ readPreference: "primaryPreferred", pool: { max: 1 } });
  await s.clock.runUntil(s.db.query("select 1"));
  const { over } = await busy(s, s.a);
  const read = s.db.query("select 2");
  await s.clock.advance(10);
  await outdate(s);
  expect((await s.clock.runUntil(read)).servedBy).not.toBe("a");
  await s.clock.runUntil(over);
});

test("a write that waits at a primary that becomes outdated goes to the new one", async () => {
  const s = stage({ pool: { max: 1 } });
  await s.clock.runUntil(s.db.query("insert into t values (0)"));
  const { over } = await busy(s, s.a);
  const write = s.db.query("insert into t values (1)");
  await s.clock.advance(10);
  await outdate(s);
  expect((await s.clock.runUntil(write)).servedBy).toBe("b");
  await s.clock.runUntil(over);
});

test("an endpoint that answers in more than the probe's timeout is not locked out", async () => {
  const s = stage({ probe: { intervalMs: 10_000, timeoutMs: 1_000 } });
  s.a.latencyMs = 1_200;
  let answered = 0;
  for (let n = 0; n < 120; n++) {
    await s.clock.runUntil(
      s.db.execute("insert into t values (1)").then(() => answered++, () => {}),
    );
    await s.clock.advance(5_000);
  }
  expect(answered).toBeGreaterThan(110);
  await s.clock.runUntil(s.db.close());
});

test("idle lines that a firewall forgot take no endpoint down: a look asks on a new one", async () => {
  const s = stage({ probe: { intervalMs: 1_000 }, pool: { idleTimeoutMs: 0 } });
  await s.clock.runUntil(
    Promise.all([1, 2, 3, 4, 5].map(() => s.db.execute("insert into t values (1)"))),
  );
  s.a.deafen();
  await s.clock.advance(10_000);
  expect(statsOf(s, "a")).toMatchObject({ health: "alive", circuit: "closed" });
  await s.clock.runUntil(s.db.close());
});
