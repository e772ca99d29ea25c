import { expect, test } from "vitest";
import {
  readOnlyRefusal,
  rows,
  type ScriptedConnector,
} from "../../adapters/connectors/scripted/mod.ts";
import type { Borrower } from "../../src/drive/borrow.ts";
import { Lender } from "../../src/drive/lender.ts";
import { Failure } from "../../src/model/failure.ts";
import { VirtualClock } from "../virtual.ts";
import { LIMITS } from "./pool-bench.ts";
import { server } from "./stage.ts";

const PREPARE = { prepare: true };

class Stage {
  readonly clock: VirtualClock = new VirtualClock();
  readonly endpoint: ScriptedConnector = server(this.clock, "primary");
  readonly lender: Lender;

  constructor(max = 2) {
    this.lender = new Lender(this.endpoint, {
      clock: this.clock,
      offset: 0.5,
      limits: { ...LIMITS, max },
      acquireTimeoutMs: 200,
      idleTransactionMs: 1_000,
      own: { writingFunctions: [], readingFunctions: [] },
    });
  }

  /** What it comes to once so much time has passed. */
  async after<T>(ms: number, work: Promise<T>): Promise<T> {
    const noted = work.then((value) => () => value, (error: Error) => (): T => {
      throw error;
    });
    await this.clock.advance(ms);
    return (await noted)();
  }

  run(borrower: Borrower, text: string): Promise<unknown> {
    return this.after(20, borrower.run(text, [], PREPARE));
  }

  /** Begins a statement that is never answered. */
  hang(borrower: Borrower): Promise<Failure> {
    this.endpoint.answer = () => "silence";
    const failed = borrower.run("select 1", [], PREPARE).then(
      () =>
        new Failure({ origin: "client", phase: "sent", message: "answered", connection: "usable" }),
      (failure: Failure) => failure,
    );
    return failed;
  }
}

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

test("look() does not wait for the statements' connections", async () => {
  const s = new Stage(1);
  void s.hang(s.lender.borrower());
  await s.clock.advance(20);
  const told = await s.after(20, s.lender.look("inspect", (connection) => connection.inspect()));
  expect(told).toMatchObject({ role: "primary" });
  expect(s.endpoint.open).toBe(1);
});

test("look() asks one after the other, and once for all who ask meanwhile", async () => {
  const s = new Stage(1);
  let asked = 0;
  const look = (): Promise<number> => {
    return s.lender.look("inspect", async (connection) => {
      const mine = ++asked;
      await connection.inspect();
      return mine;
    });
  };
  const first = [look(), look()];
  await s.clock.advance(1);
  const late = [look(), look()];
  expect(await s.after(50, Promise.all([...first, ...late]))).toEqual([1, 1, 2, 2]);
});

test("look() takes silence of an idle connection for its death, and asks on a new one", async () => {
  const s = new Stage(1);
  await s.run(s.lender.borrower(), "select 1");
  const told = s.lender.look("inspect", (connection) => connection.inspect());
  s.endpoint.condition = "silent";
  await s.clock.advance(49);
  s.endpoint.condition = "up";
  expect(await s.after(20, told)).toMatchObject({ role: "primary" });
  expect(s.lender.stats().closed).toEqual({ "failed a probe": 1 });
});

test("look() of a silent endpoint fails in time, and the next one is not held up for ever", async () => {
  const s = new Stage(1);
  await s.run(s.lender.borrower(), "select 1");
  const look = (): Promise<unknown> => {
    return s.lender.look("inspect", (connection) => connection.inspect());
  };
  s.endpoint.condition = "silent";
  await expect(s.after(700, look())).rejects.toMatchObject({ code: "CONNECT_TIMEOUT" });
  s.endpoint.condition = "up";
  expect(await s.after(20, look())).toMatchObject({ role: "primary" });
  expect(s.endpoint.open).toBe(1);
});
