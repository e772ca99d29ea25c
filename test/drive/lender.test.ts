import { expect, test } from "vitest";
import { readOnlyRefusal, rows } from "../../adapters/connectors/scripted/mod.ts";
import { Failure } from "../../src/model/failure.ts";
import { PREPARE, Stage } from "./lender-stage.ts";

test("run() takes a connection for a statement only", async () => {
  const s = new Stage();
  const [one, other] = [s.lender.borrower(), s.lender.borrower()];
  await s.run(one, "select 1");
  await s.run(other, "select 2");
  expect(s.endpoint.connects).toBe(1);
  expect([one.holds, other.holds]).toEqual([false, false]);
});

test("run() keeps the connection while a transaction is open, also after an error in it", async () => {
  const s = new Stage();
  const [one, other] = [s.lender.borrower(), s.lender.borrower()];
  await s.run(one, "begin");
  s.endpoint.answer = () =>
    new Failure({
      origin: "server",
      phase: "answering",
      code: "23505",
      message: "duplicate key",
      connection: "usable",
    });
  await expect(s.run(one, "insert into t values (1)")).rejects.toThrow("duplicate key");
  expect(one.holds).toBe(true);
  s.endpoint.answer = () => rows();
  await s.run(other, "select 2");
  expect(s.endpoint.connects).toBe(2);
  await s.run(one, "rollback");
  expect(one.holds).toBe(false);
  expect(s.lender.stats()).toMatchObject({ idle: 2, inUse: 0 });
});

test("run() closes a connection on which something was left, a transaction's at its end", async () => {
  const s = new Stage();
  const one = s.lender.borrower();
  await s.run(one, "begin");
  await s.run(one, "set search_path = x");
  expect(one.holds).toBe(true);
  await s.run(one, "commit");
  expect(s.lender.stats()).toMatchObject({ size: 0, closed: { "carries session state": 1 } });
  await s.run(one, "select 1");
  expect(s.lender.stats()).toMatchObject({ size: 1, created: 2 });
});

test("run() has a connection cleared on which unseen code ran, before anybody else gets it", async () => {
  const s = new Stage(1);
  for (const text of ["select mine(1)", "call theirs()", "insert into t select mine(1)"]) {
    await s.run(s.lender.borrower(), text);
    expect(s.endpoint.statements.splice(0)).toEqual([text, expect.stringMatching(/reset all/)]);
  }
  await s.run(s.lender.borrower(), "select lower('A')");
  expect(s.endpoint.statements.splice(0)).toEqual(["select lower('A')"]);
  const one = s.lender.borrower();
  for (const text of ["begin", "select mine(1)", "commit"]) await s.run(one, text);
  expect(s.endpoint.statements.splice(0)).toEqual([
    "begin",
    "select mine(1)",
    "commit",
    expect.stringMatching(/reset all/),
  ]);
  expect(s.lender.stats()).toMatchObject({ created: 1, idle: 1, closed: {} });
});

test("run() closes a connection that cannot be cleared, or not in time", async () => {
  const s = new Stage(1);
  for (const reply of ["silence", readOnlyRefusal()] as const) {
    s.endpoint.answer = (text) => text === "select mine(1)" ? rows() : reply;
    await s.run(s.lender.borrower(), "select mine(1)");
    await s.clock.advance(60);
    expect(s.endpoint.open).toBe(0);
  }
  expect(s.lender.stats()).toMatchObject({ inUse: 0, closed: { "carries session state": 2 } });
});

test.each(["update pg_settings set setting = '1'", "copy (select 1) to '/dev/null'"])(
  "run() closes its connection after %s",
  async (text) => {
    const s = new Stage(1);
    await s.run(s.lender.borrower(), text);
    expect(s.lender.stats()).toMatchObject({ size: 0, closed: { "carries session state": 1 } });
  },
);

test("run() gives up waiting for a connection in time, and leaves the queue", async () => {
  const s = new Stage(1);
  await s.run(s.lender.borrower(), "begin");
  const late = s.lender.borrower().run("select 1", [], PREPARE);
  await expect(s.after(201, late)).rejects.toMatchObject({
    code: "ACQUIRE_TIMEOUT",
    origin: "client",
    phase: "connecting",
    connection: "usable",
  });
  expect(s.lender.stats().waiting).toBe(0);
});

test("run() runs one statement at a time", async () => {
  const s = new Stage();
  const one = s.lender.borrower();
  const hung = s.hang(one);
  await s.clock.advance(20);
  await expect(one.run("select 2", [], PREPARE)).rejects.toMatchObject({ code: "BUSY" });
  one.end();
  expect((await hung).phase).toBe("sent");
});

test("end() cuts what runs, and nothing runs afterwards", async () => {
  const s = new Stage();
  const one = s.lender.borrower();
  const hung = s.hang(one);
  await s.clock.advance(20);
  one.end();
  one.end();
  expect(await hung).toMatchObject({ connection: "broken", phase: "sent" });
  expect(s.endpoint.open).toBe(0);
  expect(s.lender.stats()).toMatchObject({ inUse: 0, closed: { abandoned: 1 } });
  await expect(one.run("select 1", [], PREPARE)).rejects.toMatchObject({
    phase: "connecting",
    connection: "broken",
  });
});

test("end() leaves the queue", async () => {
  const s = new Stage(1);
  await s.run(s.lender.borrower(), "begin");
  const waiting = s.lender.borrower();
  const told = waiting.run("select 1", [], PREPARE);
  waiting.end();
  await expect(told).rejects.toMatchObject({ phase: "connecting" });
  expect(s.lender.stats().waiting).toBe(0);
});

test("end() right after a connection was granted keeps none", async () => {
  const s = new Stage(1);
  const first = s.lender.borrower();
  await s.run(first, "select 1");
  const one = s.lender.borrower();
  const told = one.run("select 2", [], PREPARE);
  one.end();
  await expect(told).rejects.toMatchObject({ phase: "connecting" });
  expect(s.lender.stats().inUse).toBe(0);
  expect(s.endpoint.statements).toEqual(["select 1"]);
});

test("end() rolls an open transaction back by ending its connection", async () => {
  const s = new Stage();
  const one = s.lender.borrower();
  await s.run(one, "begin");
  one.end();
  expect(s.endpoint.open).toBe(0);
  expect(s.lender.stats().closed).toEqual({ "transaction lost": 1 });
});

test("a transaction that lies idle too long is given up, one at work is not", async () => {
  const s = new Stage();
  const one = s.lender.borrower();
  await s.run(one, "begin");
  for (let i = 0; i < 3; i++) {
    await s.clock.advance(900);
    await s.run(one, "select 1");
  }
  await s.clock.advance(1_001);
  expect(s.endpoint.open).toBe(0);
  await expect(one.run("commit", [], PREPARE)).rejects.toMatchObject({
    code: "IDLE_TRANSACTION",
    phase: "connecting",
    connection: "broken",
  });
});

test("onLost is told of an open transaction's connection, once, and of nothing else", async () => {
  const s = new Stage();
  const one = s.lender.borrower();
  let told = 0;
  one.onLost = () => told++;
  await s.run(one, "select 1");
  s.endpoint.cut();
  expect(told).toBe(0);
  await s.run(one, "begin");
  await s.run(one, "select 1");
  s.endpoint.cut();
  expect(told).toBe(1);
  await expect(one.run("commit", [], PREPARE)).rejects.toMatchObject({
    phase: "connecting",
    connection: "broken",
  });
  expect(s.lender.stats()).toMatchObject({ size: 0, inUse: 0 });
});

test("what kills a connection has those beside it given up; what nobody wants any more does not", async () => {
  const s = new Stage(3);
  const [one, two] = [s.lender.borrower(), s.lender.borrower()];
  await s.run(one, "begin");
  await s.run(two, "select 1");
  expect(s.lender.stats()).toMatchObject({ idle: 1, inUse: 1 });
  one.end();
  expect(s.lender.stats()).toMatchObject({ idle: 1, generation: 0 });
  s.endpoint.answer = () =>
    new Failure({
      origin: "server",
      phase: "sent",
      code: "57P01",
      message: "terminating connection",
      connection: "broken",
    });
  await expect(s.run(two, "select 1")).rejects.toMatchObject({ code: "57P01" });
  expect(s.lender.stats()).toMatchObject({ size: 0, generation: 1 });
});

test("a refusal as read-only gives up the sessions of that server, unless a transaction may have asked for it", async () => {
  const s = new Stage();
  const one = s.lender.borrower();
  s.endpoint.answer = () => readOnlyRefusal();
  await s.run(one, "begin").catch(() => {});
  await expect(s.run(one, "insert into t values (1)")).rejects.toMatchObject({ code: "25006" });
  expect(s.lender.stats().generation).toBe(0);
  await s.run(one, "rollback").catch(() => {});
  expect(s.lender.stats().generation).toBe(1);
  await expect(s.run(one, "insert into t values (1)")).rejects.toMatchObject({ code: "25006" });
  expect(s.lender.stats()).toMatchObject({ generation: 2, idle: 0 });
});
