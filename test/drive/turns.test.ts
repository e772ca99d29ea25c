import { expect, test } from "vitest";
import { Turns } from "../../src/drive/turns.ts";

test("take() carries out at once, and what comes up meanwhile after that, however much it is", () => {
  const done: number[] = [];
  const turns = new Turns<number>((n) => {
    done.push(n);
    if (n < 50_000) turns.take(n + 1);
    // Not inside it: that stack would be fifty thousand calls deep.
    expect(done.at(-1)).toBe(n);
  }, () => {});
  turns.take(0);
  expect(done.length).toBe(50_001);
  turns.take(60_000);
  expect(done.at(-1)).toBe(60_000);
});

test("comesAfter() puts a thing off until nothing is under way, and does it once", () => {
  const told: string[] = [];
  const turns = new Turns<string>((what) => {
    if (what === "first") turns.take("second");
    told.push(`${what}, put off: ${turns.comesAfter()}`);
  }, () => told.push("after"));
  expect(turns.comesAfter()).toBe(false);
  turns.take("first");
  expect(told).toEqual(["first, put off: true", "second, put off: true", "after"]);
});

test("take() goes on after something threw", () => {
  const done: string[] = [];
  const turns = new Turns<string>((what) => {
    if (what === "bad") throw new Error("bad");
    done.push(what);
  }, () => {});
  expect(() => turns.take("bad")).toThrow("bad");
  turns.take("good");
  expect(done).toEqual(["good"]);
});
