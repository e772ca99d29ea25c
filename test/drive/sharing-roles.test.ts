/** What others say of roles: a hint, and a reason to look; and what a person commands. */

import { describe, expect, it } from "vitest";
import { memoryStore } from "../../adapters/stores/memory/mod.ts";
import type { Holdfast } from "../../src/holdfast.ts";
import { server } from "./stage.ts";
import { read, type SharedStage, sharedStage } from "./shared-stage.ts";
import { emptyCluster } from "../../src/cluster/step.ts";

async function write(stage: SharedStage, db: Holdfast): Promise<string> {
  const call = db.execute("insert into t values (1)");
  return (await stage.clock.runUntil(call.catch((error: unknown) => {
    return { servedBy: String(error) };
  }))).servedBy;
}

async function live(stage: SharedStage, all: readonly Holdfast[], seconds: number): Promise<void> {
  for (let i = 0; i < seconds; i++) {
    for (const db of all) await stage.clock.runUntil(db.query("select 1").catch(() => undefined));
    await stage.clock.advance(1_000);
  }
}

function inserts({ statements }: { readonly statements: readonly string[] }): string[] {
  return statements.filter((text) => text.startsWith("insert"));
}

describe("one process whose address points at another cluster", () => {
  it("stops nobody's writes, and does not an hour after it left", async () => {
    const stage = sharedStage();
    const good = [stage.isolate(), stage.isolate(), stage.isolate()];
    await live(stage, good, 12);
    const elsewhere = server(stage.clock, "primary");
    elsewhere.generation = 9;
    const wrong = stage.isolate({
      endpoints: [
        { id: "a", role: "primary", connector: stage.a },
        { id: "b", connector: elsewhere },
        { id: "c", role: "replica", connector: stage.c },
      ],
    });
    await stage.clock.runUntil(wrong.discover());
    await live(stage, [wrong, ...good], 12);
    for (const db of good) expect(await write(stage, db)).toBe("a");
    await stage.clock.advance(3_600_000);
    await live(stage, good, 12);
    for (const db of [...good, stage.isolate()]) expect(await write(stage, db)).toBe("a");
    expect(inserts(elsewhere)).toEqual([]);
  });

  it("stops nobody's writes where all look by the clock and others were elected", async () => {
    const stage = sharedStage({ background: true });
    const store = memoryStore({ clock: stage.clock });
    const good = [stage.isolate({ store }), stage.isolate({ store })];
    for (const db of good) await read(stage, db);
    await stage.clock.advance(20_000);
    const elsewhere = server(stage.clock, "primary");
    elsewhere.generation = 9;
    const wrong = stage.isolate({
      store,
      endpoints: [
        { id: "a", role: "primary", connector: stage.a },
        { id: "b", role: "replica", connector: elsewhere },
        { id: "c", role: "replica", connector: stage.c },
      ],
    });
    await stage.clock.runUntil(wrong.query("select 1").catch(() => undefined));
    await stage.clock.advance(20_000);
    for (const db of good) expect(await write(stage, db)).toBe("a");
    await stage.clock.runUntil(wrong.close());
    await stage.clock.advance(3_600_000);
    for (const db of [...good, stage.isolate({ store })]) expect(await write(stage, db)).toBe("a");
  });

  it("stops nobody's writes where it was elected to look, and others start later", async () => {
    const stage = sharedStage({ background: true });
    const store = memoryStore({ clock: stage.clock });
    const elsewhere = server(stage.clock, "primary");
    elsewhere.generation = 9;
    const wrong = stage.isolate({
      store,
      endpoints: [
        { id: "a", role: "primary", connector: stage.a },
        { id: "b", connector: elsewhere },
        { id: "c", role: "replica", connector: stage.c },
      ],
    });
    await stage.clock.runUntil(wrong.query("select 1").catch(() => undefined));
    await stage.clock.advance(3_000);
    const good = [stage.isolate({ store }), stage.isolate({ store })];
    await stage.clock.advance(2_000);
    for (const db of good) await read(stage, db);
    for (const db of good) expect(await write(stage, db)).toBe("a");
    await stage.clock.runUntil(wrong.close());
    await stage.clock.advance(600_000);
    for (const db of good) expect(await write(stage, db)).toBe("a");
  });
});

it("a database that was restored with a lower generation is written to, whatever the store remembers", async () => {
  const stage = sharedStage();
  stage.store.hear(
    "before",
    { id: "a", role: { role: "primary", generation: 7, agoMs: 60_000 } },
    { id: "b", role: { role: "replica", agoMs: 60_000 } },
  );
  const [one, other] = [stage.isolate(), stage.isolate()];
  expect(stage.a.generation).toBe(1);
  for (const db of [one, other]) expect(await write(stage, db)).toBe("a");
  await live(stage, [one, other], 20);
  for (const db of [one, other, stage.isolate()]) expect(await write(stage, db)).toBe("a");
});

it("a warm isolate that others contradict asks the endpoint itself", async () => {
  const stage = sharedStage();
  const db = stage.isolate();
  await write(stage, db);
  // Promoted by hand; the old primary still takes writes.
  stage.b.role = "primary";
  stage.b.generation = 2;
  await stage.clock.advance(11_000);
  stage.store.hear("other", { id: "b", role: { role: "primary", generation: 2, agoMs: 0 } });
  await live(stage, [db], 3);
  expect(await write(stage, db)).toBe("b");
});

describe("a failover that a person commanded", () => {
  it("is followed by an isolate that slept through it, with its first write", async () => {
    const stage = sharedStage();
    stage.a.generation = undefined;
    stage.b.generation = undefined;
    const db = stage.isolate();
    stage.store.mood = { slowMs: 50 };
    expect(await write(stage, db)).toBe("a");
    await stage.clock.advance(3_600_000);
    stage.b.role = "primary";
    await stage.clock.runUntil(stage.store.command({ type: "failover", from: "a", to: "b" }));
    await stage.clock.advance(1_800_000);
    expect(await write(stage, db)).toBe("b");
  });

  // No endpoint says anything of its role: only the command is gone by.
  const silent = { probe: { intervalMs: 0 } } as const;

  it("is followed after the store began a new life, and counts from one again", async () => {
    const stage = sharedStage({ background: true });
    const db = stage.isolate(silent);
    await read(stage, db);
    const switchTo = async (from: string, to: string): Promise<void> => {
      await stage.store.command({ type: "failover", from, to });
      await stage.clock.advance(15_000);
      expect(db.stats().primary).toBe(to);
    };
    await switchTo("a", "b");
    await switchTo("b", "a");
    stage.store.cluster = emptyCluster("another life");
    await stage.clock.advance(15_000);
    await switchTo("a", "b");
    const fresh = stage.isolate(silent);
    await read(stage, fresh);
    expect(fresh.stats().primary).toBe("b");
  });

  it("is followed for an endpoint that is added later", async () => {
    const stage = sharedStage({ background: true });
    const db = stage.isolate(silent);
    await read(stage, db);
    await stage.store.command({ type: "failover", from: "a", to: "d" });
    await stage.clock.advance(15_000);
    const d = server(stage.clock, "primary");
    db.addEndpoint({ id: "d", role: "replica", connector: d });
    expect(await write(stage, db)).toBe("d");
    expect(inserts(stage.a)).toEqual([]);
  });
});
