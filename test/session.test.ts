import { describe, expect, test } from "vitest";
import { type Reply, rows } from "../adapters/connectors/scripted/mod.ts";
import { errorOf, failure, next, type Stage, stage } from "./drive/stage.ts";

const INSERT = "insert into t values (1)";

function replicasFirst(): Stage {
  return stage({ readPreference: "secondary" });
}

/** Whether a read of this session runs on the primary. */
async function isPinned(s: Stage, session: ReturnType<Stage["db"]["session"]>): Promise<boolean> {
  return (await s.clock.runUntil(session.query("select 1"))).servedBy === "a";
}

describe("Session where connections outlive a request", () => {
  test("needs no ctx, and hands over what outlives its calls if it has one", async () => {
    const s = replicasFirst();
    const kept: Promise<unknown>[] = [];
    const session = s.db.session({ ctx: { waitUntil: (work) => kept.push(work) } });
    kept.length = 0;
    await s.clock.runUntil(session.query("select 1"));
    expect(kept).toEqual([]);
    for (const end of [s.b, s.c]) next(end, failure());
    await s.clock.runUntil(session.query("select 1"));
    // Each of the two whose line broke is asked whether it lives.
    expect(await s.clock.runUntil(Promise.all(kept))).toEqual([undefined, undefined]);
  });

  test("keeps them when it is closed, and takes no more calls", async () => {
    const s = replicasFirst();
    const session = s.db.session();
    await s.clock.runUntil(session.query("select 1"));
    await session.close();
    expect(s.b.open + s.c.open).toBe(1);
    expect(await errorOf(s, session.query("select 1"))).toMatchObject({ code: "CLOSED" });
    expect(await errorOf(s, session.transaction(async () => {}))).toMatchObject({ code: "CLOSED" });
  });

  test("says so if waitUntil was taken off its context", () => {
    const context = new Context();
    const { waitUntil } = context as { readonly waitUntil: () => void };
    const { db } = replicasFirst();
    expect(() => db.session({ waitUntil })).toThrow(/Illegal invocation.+db\.session\(\{ ctx \}\)/);
    db.session({ ctx: context });
    expect(context.count).toBe(1);
  });

  test.each([
    [{ ctx: {} }, /options\.ctx: .+an execution context: what has a waitUntil\(\)/],
    [{ waitUntil: 1 }, /options\.waitUntil: .+a function, and not beside ctx/],
    [{ ctx: { waitUntil() {} }, waitUntil() {} }, /a function, and not beside ctx/],
  ])("refuses %j", (options, says) => {
    expect(() => replicasFirst().db.session(options as never)).toThrow(says);
  });
});

/** As Workers make it: its method wants its own `this`. */
class Context {
  count = 0;

  waitUntil(): void {
    if (!(this instanceof Context)) throw new TypeError("Illegal invocation");
    this.count++;
  }
}

describe("Session reads from the primary", () => {
  test("for pinAfterWriteMs after its own write, and no longer", async () => {
    const s = replicasFirst();
    const session = s.db.session();
    expect(await isPinned(s, session)).toBe(false);
    await s.clock.runUntil(session.query(INSERT));
    await s.clock.advance(1_900);
    expect(await isPinned(s, session)).toBe(true);
    await s.clock.advance(200);
    expect(await isPinned(s, session)).toBe(false);
  });

  test("after a transaction, unless that only read", async () => {
    const s = replicasFirst();
    const session = s.db.session();
    await s.clock.runUntil(session.transaction((tx) => tx.query("select 1"), { readOnly: true }));
    expect(await isPinned(s, session)).toBe(false);
    await s.clock.runUntil(session.transaction((tx) => tx.query(INSERT)));
    expect(await isPinned(s, session)).toBe(true);
  });

  test("after a write that may have been committed: whoever looks for it must not ask a replica", async () => {
    const s = replicasFirst();
    const session = s.db.session();
    next(s.a, failure());
    const error = await errorOf(s, session.query(INSERT));
    expect(error.code).toBe("AMBIGUOUS_WRITE");
    expect(await isPinned(s, session)).toBe(true);
  });

  test("after a commit that no synchronous replica confirmed", async () => {
    const s = replicasFirst();
    const session = s.db.session();
    const message = "canceling wait for synchronous replication due to user request";
    next(s.a, { ...rows(), warning: { code: "01000", message } });
    const error = await errorOf(s, session.query(INSERT));
    expect(error.code).toBe("UNREPLICATED_WRITE");
    expect(await isPinned(s, session)).toBe(true);
  });

  test("after a transaction whose commit was lost", async () => {
    const s = replicasFirst();
    const session = s.db.session();
    const usual = s.a.answer;
    s.a.answer = (text, params): Reply => text === "commit" ? failure() : usual(text, params);
    const error = await errorOf(s, session.transaction((tx) => tx.query(INSERT)));
    expect(error.code).toBe("AMBIGUOUS_WRITE");
    s.a.answer = usual;
    expect(await isPinned(s, session)).toBe(true);
  });

  test("not after a write that certainly did not run", async () => {
    const s = replicasFirst();
    const session = s.db.session();
    await s.clock.runUntil(session.query("select 1"));
    s.a.die();
    const error = await errorOf(s, session.query(INSERT));
    expect(error.executed).toBe("no");
    expect(await isPinned(s, session)).toBe(false);
  });

  test("not for the calls on db itself", async () => {
    const s = replicasFirst();
    await s.clock.runUntil(s.db.query(INSERT));
    expect((await s.clock.runUntil(s.db.query("select 1"))).servedBy).not.toBe("a");
  });
});
