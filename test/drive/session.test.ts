import { describe, expect, test } from "vitest";
import { errorOf, failure, next, soloStage, stage } from "./stage.ts";

const INSERT = "insert into t values (1)";

describe("session() reads what it wrote", () => {
  test("session() reads from the primary for a while after its own write, and then as before", async () => {
    const s = stage({ readPreference: "secondary", session: { pinAfterWriteMs: 1_000 } });
    const session = s.db.session();
    expect((await s.clock.runUntil(session.query("select 1"))).servedBy).not.toBe("a");
    await s.clock.runUntil(session.query(INSERT));
    expect((await s.clock.runUntil(session.query("select 1"))).servedBy).toBe("a");
    expect((await s.clock.runUntil(s.db.query("select 1"))).servedBy).not.toBe("a");
    await s.clock.advance(1_000);
    expect((await s.clock.runUntil(session.query("select 1"))).servedBy).not.toBe("a");
  });

  test("session() is pinned by a transaction too, but not by one that only read", async () => {
    const s = stage({ readPreference: "secondary" });
    const session = s.db.session();
    await s.clock.runUntil(session.transaction((tx) => tx.query("select 1"), { readOnly: true }));
    expect((await s.clock.runUntil(session.query("select 1"))).servedBy).not.toBe("a");
    await s.clock.runUntil(session.transaction((tx) => tx.query(INSERT)));
    expect((await s.clock.runUntil(session.query("select 1"))).servedBy).toBe("a");
  });

  test("session() is pinned by a write that may have run: who looks for it must not see an old state", async () => {
    const s = stage({ readPreference: "secondary" });
    const session = s.db.session();
    next(s.a, failure());
    await errorOf(s, session.query(INSERT));
    expect((await s.clock.runUntil(session.query("select 1"))).servedBy).toBe("a");
  });

  test("session() is not pinned by a write that certainly did not run", async () => {
    const s = stage({ readPreference: "secondary" });
    const session = s.db.session();
    await errorOf(s, session.query("insert into t values (?)"));
    expect((await s.clock.runUntil(session.query("select 1"))).servedBy).not.toBe("a");
  });

  test("session() lends its calls its defaults", async () => {
    const s = stage();
    const session = s.db.session({ readPreference: "secondary", timeoutMs: 40 });
    expect((await s.clock.runUntil(session.query("select 1"))).servedBy).not.toBe("a");
    next(s.a, "silence");
    const before = s.clock.now();
    await errorOf(s, session.execute("select 1"));
    expect(s.clock.now() - before).toBe(40);
  });
});

describe("query() never hands a changed connection to another caller", () => {
  test.each([
    "set search_path to other",
    "create temporary table mine (id int)",
    "listen news",
    "prepare mine as select 1",
  ])("query() closes the connection after: %s", async (text) => {
    const s = soloStage();
    await s.clock.runUntil(s.db.execute(text));
    await s.clock.runUntil(s.db.execute("select 1"));
    expect(s.a.connects).toBe(2);
    expect(s.a.open).toBe(1);
  });

  test("transaction() closes its connection when a statement in it left something behind", async () => {
    const s = soloStage();
    await s.clock.runUntil(s.db.transaction((tx) => tx.query("set work_mem to '1GB'")));
    await s.clock.runUntil(s.db.execute("select 1"));
    expect(s.a.connects).toBe(2);
  });
});

describe("a read preference that says nothing of lag", () => {
  const behind = async (session: { readPreference?: "secondaryPreferred" } = {}) => {
    const s = stage({ readPreference: { mode: "primary", maxLagMs: 1_000 }, probe: {} });
    s.b.lagMs = 90_000;
    s.c.lagMs = 90_000;
    await s.clock.runUntil(s.db.query("select 1"));
    await s.clock.advance(20_000);
    return { s, session: s.db.session(session) };
  };

  test("a call keeps the holdfast's limit", async () => {
    const { s } = await behind();
    const read = s.db.query("select 1", [], { readPreference: "secondaryPreferred" });
    expect((await s.clock.runUntil(read)).servedBy).toBe("a");
  });

  test("a session keeps the holdfast's limit, and a call in it the session's", async () => {
    const { s, session } = await behind({ readPreference: "secondaryPreferred" });
    expect((await s.clock.runUntil(session.query("select 1"))).servedBy).toBe("a");
    const read = session.query("select 1", [], { readPreference: { mode: "nearest" } });
    expect((await s.clock.runUntil(read)).servedBy).toBe("a");
  });

  test("a preference of its own limit has that", async () => {
    const { s } = await behind();
    const readPreference = { mode: "secondary", maxLagMs: 100_000 } as const;
    const read = s.db.query("select 1", [], { readPreference });
    expect((await s.clock.runUntil(read)).servedBy).not.toBe("a");
  });
});
