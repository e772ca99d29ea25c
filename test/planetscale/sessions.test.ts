import { expect, test } from "vitest";
import { leavesNothing, Sessions } from "../../adapters/connectors/planetscale/sessions.ts";
import { stepOf } from "../../adapters/connectors/planetscale/transaction-step.ts";

test("one that is taken is nobody else's, the last one given comes first, and an old one never", () => {
  let now = 0;
  const sessions = new Sessions(() => now);
  expect(sessions.take()).toBeUndefined();
  sessions.give("a");
  now = 4_000;
  sessions.give("b");
  expect([sessions.take(), sessions.take(), sessions.take()]).toEqual(["b", "a", undefined]);
  sessions.give("c");
  now = 10_000;
  expect(sessions.take()).toBeUndefined();
});

test("no more than 16 are kept", () => {
  const sessions = new Sessions(() => 0);
  for (let i = 0; i < 100; i++) sessions.give(i);
  const kept = Array.from({ length: 100 }, () => sessions.take()).filter((one) =>
    one !== undefined
  );
  expect(kept).toHaveLength(16);
});

test.each([
  ["select 1", true],
  ["select @@global.read_only", true],
  ["show replica status", true],
  ["select @a", false],
  ["select a := 1", false],
  ["select get_lock('a', 1)", false],
  ["select 1 into outfile 'x'", false],
  ["set @@x = 1", false],
  ["insert into t values (1)", false],
])("%s leaves nothing: %s", (text, expected) => {
  expect(leavesNothing(text)).toBe(expected);
});

test.each([
  ["begin", "begins"],
  [" /* c */ -- d\n START  TRANSACTION read only", "begins"],
  ["commit", "commits"],
  ["COMMIT AND CHAIN", "commits"],
  ["rollback", "rolls back"],
  ["rollback work", "rolls back"],
  ["rollback to savepoint a", undefined],
  ["rollback work to a", undefined],
  ["beginning", undefined],
  ["savepoint a", undefined],
  ["select 'commit'", undefined],
])("%s: %s", (text, expected) => {
  expect(stepOf(text)).toBe(expected);
});
