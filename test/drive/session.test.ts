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
