/** What a lender asks the endpoint itself, and what it has it do. */

import { expect, test } from "vitest";
import { Stage } from "./lender-stage.ts";

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

test("look() that hangs holds up the next one no longer than twice a probe's time, its connect included", async () => {
  const s = new Stage(1);
  const look = (): Promise<unknown> => {
    return s.lender.look("inspect", (connection) => connection.inspect());
  };
  // It connects: from then on it is known how long that takes.
  await s.after(20, look());
  s.endpoint.condition = "silent";
  const hung = look().catch((failure: unknown) => failure);
  await s.clock.advance(90);
  const next = look();
  await s.clock.advance(9);
  s.endpoint.condition = "up";
  expect(await s.after(10, next)).toMatchObject({ role: "primary" });
  expect(await hung).toMatchObject({ code: "CONNECT_TIMEOUT" });
});

test("look() gives its first connect as much as a statement's would have", async () => {
  const s = new Stage(1);
  s.endpoint.latencyMs = 120;
  const told = s.lender.look("inspect", () => Promise.resolve("told"));
  expect(await s.after(300, told)).toBe("told");
});

test("promote() waits for nobody's connection and closes its own", async () => {
  const s = new Stage(1);
  void s.hang(s.lender.borrower());
  await s.clock.advance(20);
  s.endpoint.role = "replica";
  await s.after(20, s.lender.borrower().promote());
  expect(s.endpoint).toMatchObject({ role: "primary", connects: 2, open: 1 });
});

test("end() before a promotion was sent has it not sent; afterwards it is not asked again", async () => {
  const s = new Stage();
  s.endpoint.role = "replica";
  s.endpoint.latencyMs = 50;
  const one = s.lender.borrower();
  const early = one.promote();
  await s.clock.advance(20);
  one.end();
  await expect(s.after(200, early)).rejects.toMatchObject({
    phase: "connecting",
    code: "CONNECTION_ENDED",
  });
  expect(s.endpoint).toMatchObject({ role: "replica", open: 0 });
  await expect(one.promote()).rejects.toMatchObject({ phase: "connecting" });
  const other = s.lender.borrower();
  const late = other.promote();
  await s.clock.advance(60);
  expect(s.endpoint).toMatchObject({ role: "primary", generation: 2 });
  other.end();
  await expect(s.after(200, late)).rejects.toMatchObject({ phase: "sent", connection: "broken" });
  expect(s.endpoint).toMatchObject({ generation: 2, open: 0, connects: 2 });
});
