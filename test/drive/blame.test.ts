import { describe, expect, test } from "vitest";
import { errorOf, failure, next, soloStage, told } from "./stage.ts";

const INSERT = "insert into t values (1)";

describe("query() and the endpoint behind a broken line", () => {
  test("query() does not take an endpoint out whose sessions were all ended, and which is well", async () => {
    const s = soloStage();
    for (let i = 0; i < 20; i++) await s.clock.runUntil(s.db.query("select 1"));
    next(s.a, ...Array.from({ length: 8 }, () => failure()));
    const errors = Array.from({ length: 8 }, () => errorOf(s, s.db.query(INSERT)));
    const codes = (await Promise.all(errors)).map(({ code }) => code);
    expect(new Set(codes)).toEqual(new Set(["AMBIGUOUS_WRITE"]));
    await s.clock.advance(100);
    expect(s.db.stats().endpoints[0]?.circuit).toBe("closed");
    expect((await s.clock.runUntil(s.db.query(INSERT))).servedBy).toBe("a");
  });

  test("query() takes an endpoint out that is dead behind its broken lines", async () => {
    const s = soloStage();
    await s.clock.runUntil(s.db.query("select 1"));
    const errors = Array.from({ length: 8 }, () => errorOf(s, s.db.query(INSERT)));
    s.a.die();
    await Promise.all(errors);
    await s.clock.advance(100);
    expect(s.db.stats().endpoints[0]?.circuit).toBe("open");
  });

  test("the prober brings an endpoint back that was away for a moment, before its pause is over", async () => {
    const s = soloStage({ probe: { intervalMs: 10_000 } });
    await s.clock.runUntil(s.db.query("select 1"));
    s.a.die();
    for (let i = 0; i < 3; i++) await errorOf(s, s.db.query(INSERT));
    expect(s.db.stats().endpoints[0]?.circuit).toBe("open");
    s.a.revive();
    await s.clock.advance(450);
    expect((await s.clock.runUntil(s.db.query(INSERT))).servedBy).toBe("a");
    expect(told(s, "circuit").join("; ")).toContain("halfOpen");
  });
});
