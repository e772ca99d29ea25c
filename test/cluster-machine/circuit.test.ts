/** The circuit that all share: opens, is tried by one, closes; and what may not be opened at all. */

import { expect, test } from "vitest";
import { down, outage, Stage, up } from "./stage.ts";

test("it opens for a pause between the first one and its double", () => {
  expect(outage().belief("replica").remainingMs).toBe(1_000);
  const late = new Stage().all(2, { primary: up, replica: up }).at(1_000);
  late.random = 0.999;
  late.all(2, { replica: down });
  expect(late.belief("replica").remainingMs).toBeCloseTo(1_999);
});

test("the last of its kind is held, and not opened", () => {
  const primary = { saw: "up", agoMs: 0, role: { role: "primary", agoMs: 0 } } as const;
  const replica = { saw: "up", agoMs: 0, role: { role: "replica", agoMs: 0 } } as const;
  const stage = new Stage().all(5, { primary, replica });
  stage.at(1_000).all(5, { primary: down, replica: up });
  expect(stage.belief("primary")).toMatchObject({ phase: "closed", held: true, openForMs: 0 });
  stage.at(4_000).tick();
  expect(stage.belief("primary")).toMatchObject({ held: true, openForMs: 3_000 });
});

test("the only endpoint is held", () => {
  const stage = new Stage().all(5, { only: up }).at(1_000).all(5, { only: down });
  expect(stage.belief("only")).toMatchObject({ phase: "closed", held: true });
});

test("no more are opened than the ceiling allows, the others are held", () => {
  const ids = ["a", "b", "c", "d"];
  const words = (word: typeof up) => Object.fromEntries(ids.map((id) => [id, word]));
  const stage = new Stage().all(5, words(up)).at(1_000).all(5, words(down));
  expect(ids.map((id) => stage.phase(id))).toEqual(["open", "open", "closed", "closed"]);
  expect(ids.map((id) => stage.belief(id).held ?? false)).toEqual([false, false, true, true]);
});

test("one that nobody has had an answer from lately stands in for nobody", () => {
  const renamed = new Stage().report("old", { former: up }).at(61_000).all(5, { only: up });
  renamed.at(62_000).all(5, { only: down });
  expect(renamed.belief("only")).toMatchObject({ phase: "closed", held: true });
});

test("one that nobody speaks of for an hour is forgotten, unless a person has spoken of it", () => {
  const stage = outage().command({ type: "isolate", endpoint: "kept" });
  stage.at(3_602_000).report("a", { primary: up });
  expect(stage.cluster.endpoints.map((one) => one.id)).toEqual(["primary", "kept"]);
});

test("one that was held is let up by the first answer after none for a while", () => {
  const stage = new Stage().all(5, { only: up }).at(1_000).all(5, { only: down });
  stage.at(20_000).all(4, { only: { saw: "down", agoMs: 3_000 } });
  expect(stage.belief("only").held).toBe(true);
  stage.at(21_000).report("a4", { only: up });
  expect(stage.belief("only").held).toBeUndefined();
  // What was known before that is no news.
  stage.at(21_500).all(4, { only: { saw: "down", agoMs: 4_500 } });
  expect(stage.belief("only").held).toBeUndefined();
});

test("one that was held stays so where a part of the fleet has had answers all along", () => {
  const stage = new Stage().all(5, { only: up });
  for (let at = 1_000; at < 60_000; at += 1_000) {
    stage.at(at).report("a0", { only: up }).report("a1", { only: up });
    for (const far of ["a2", "a3", "a4"]) stage.report(far, { only: down });
  }
  // It was not let up once since then.
  expect(stage.belief("only")).toMatchObject({ held: true, openForMs: 58_000 });
});

test("one that was held is so no longer when nobody says so any more", () => {
  const stage = new Stage().all(5, { only: up }).at(1_000).all(5, { only: down });
  stage.at(31_001).tick();
  expect(stage.belief("only").held).toBeUndefined();
});

test("a claim is denied before the pause is over, and granted to one at a time", () => {
  const stage = outage().at(1_999);
  expect(stage.claim("a0", "replica")).toBeUndefined();
  stage.at(2_000);
  expect(stage.claim("a0", "replica")).toBe(1);
  expect(stage.claim("a1", "replica")).toBeUndefined();
  expect(stage.claim("a0", "replica")).toBeUndefined();
  expect(stage.belief("replica")).toMatchObject({ phase: "halfOpen", remainingMs: 10_000 });
});

test("a claim of what is closed, isolated or unknown is denied", () => {
  const stage = new Stage().report("a", { primary: up });
  stage.command({ type: "isolate", endpoint: "replica" });
  const before = stage.cluster;
  for (const id of ["primary", "replica", "stranger", "__proto__"]) {
    expect(stage.claim("a", id)).toBeUndefined();
  }
  expect(stage.cluster).toBe(before);
});

test("a trial without a result expires, and the next one has a higher token", () => {
  const stage = outage().at(2_000);
  expect(stage.claim("a0", "replica")).toBe(1);
  expect(stage.at(11_999).claim("a1", "replica")).toBeUndefined();
  expect(stage.at(12_000).phase("replica")).toBe("open");
  expect(stage.claim("a1", "replica")).toBe(2);
});

test("the late result of a lost trial says nothing, before and after the next one is claimed", () => {
  const stage = outage().at(2_000);
  const token = stage.claim("a0", "replica") ?? 0;
  stage.at(12_000).report("a0", { replica: { trial: { token, passed: true } } });
  expect(stage.phase("replica")).toBe("open");
  stage.claim("a1", "replica");
  stage.report("a0", { replica: { trial: { token, passed: true } } });
  expect(stage.phase("replica")).toBe("halfOpen");
});

test("the result of a trial that somebody else claimed says nothing", () => {
  const stage = outage().at(2_000);
  const token = stage.claim("a0", "replica") ?? 0;
  stage.report("liar", { replica: { trial: { token, passed: true } } });
  expect(stage.phase("replica")).toBe("halfOpen");
});

test("every failed trial doubles the pause, up to the longest", () => {
  const stage = outage();
  const pauses: number[] = [];
  for (let i = 0; i < 7; i++) {
    stage.at(stage.elapsed + (stage.belief("replica").remainingMs ?? 0));
    const by = `a${i % 2}`;
    const token = stage.claim(by, "replica") ?? 0;
    stage.report(by, { replica: { trial: { token, passed: false } } });
    pauses.push(stage.belief("replica").remainingMs ?? 0);
  }
  expect(pauses).toEqual([2_000, 4_000, 8_000, 15_000, 15_000, 15_000, 15_000]);
});

test("a passed trial closes, and begins the ramp of the whole fleet", () => {
  const stage = outage().at(2_000);
  const token = stage.claim("a0", "replica") ?? 0;
  stage.at(2_100).report("a0", { replica: { ...up, trial: { token, passed: true } } });
  stage.at(5_100);
  expect(stage.belief("replica")).toMatchObject({
    phase: "closed",
    round: 1,
    ramp: { elapsedMs: 3_000, overMs: 10_000 },
  });
  stage.at(12_099).tick();
  expect(stage.belief("replica").ramp).toBeDefined();
  stage.at(12_100).tick();
  expect(stage.belief("replica").ramp).toBeUndefined();
});

test("without a ramp it is back at once", () => {
  const stage = new Stage({ rampMs: 0 }).all(2, { primary: up, replica: up });
  stage.at(1_000).all(2, { replica: down }).at(2_000);
  const token = stage.claim("a0", "replica") ?? 0;
  stage.report("a0", { replica: { trial: { token, passed: true } } });
  expect(stage.belief("replica")).toEqual(expect.objectContaining({ phase: "closed" }));
  expect(stage.belief("replica").ramp).toBeUndefined();
});

test("what was known before it came back does not open it again, a fresh failure does", () => {
  const stage = outage().at(2_000);
  const token = stage.claim("a0", "replica") ?? 0;
  stage.at(2_100).report("a0", { replica: { trial: { token, passed: true } } });
  stage.at(2_500).all(5, { replica: { saw: "down", agoMs: 500 } });
  expect(stage.phase("replica")).toBe("closed");
  stage.at(3_000).all(5, { replica: { saw: "down", agoMs: 100 } });
  expect(stage.belief("replica")).toMatchObject({ phase: "open", round: 2 });
});

test("a minority does not open again what was out for an hour", () => {
  const stage = new Stage().all(10, { primary: up, replica: up });
  stage.at(1_000).all(10, { primary: up, replica: down });
  for (let at = 10_000; at < 3_600_000; at += 10_000) {
    stage.at(at).all(10, { primary: up, replica: { saw: "down", agoMs: at } });
  }
  const token = stage.claim("a0", "replica") ?? 0;
  stage.report("a0", { primary: up, replica: { trial: { token, passed: true } } });
  stage.at(3_601_000).all(3, { primary: up, replica: down });
  expect(stage.phase("replica")).toBe("closed");
});

test("an answer while it is out brings the next trial forward, but never closer than the first pause", () => {
  const stage = outage().at(2_000);
  const token = stage.claim("a0", "replica") ?? 0;
  stage.report("a0", { replica: { trial: { token, passed: false } } });
  expect(stage.belief("replica").remainingMs).toBe(2_000);
  // It was answered before that trial failed.
  stage.at(2_100).report("a1", { replica: { saw: "up", agoMs: 200 } });
  expect(stage.belief("replica").remainingMs).toBe(1_900);
  stage.report("a1", { replica: up });
  expect(stage.belief("replica").remainingMs).toBe(900);
  stage.at(3_500).report("a1", { replica: up });
  expect(stage.belief("replica").remainingMs).toBe(0);
});

test("a clock that goes back keeps nothing out for longer than the longest pause", () => {
  const stage = outage();
  stage.claim("a0", "replica");
  stage.at(-900_000).report("a1", { primary: up });
  expect(stage.belief("replica")).toMatchObject({ openForMs: 0 });
  expect(stage.belief("replica").remainingMs).toBeLessThanOrEqual(30_000);
  expect(stage.at(-870_000).claim("a1", "replica")).toBeDefined();
  expect(stage.at(-900_000).tick().belief("replica").remainingMs).toBeLessThanOrEqual(10_000);
});

test("one whose role nobody has told may be the primary: known replicas do not stand in for it", () => {
  const replica = { ...up, role: { role: "replica", agoMs: 0 } } as const;
  const stage = new Stage().all(5, { unknown: up, replica });
  stage.at(1_000).all(5, { unknown: down, replica: up });
  expect(stage.belief("unknown")).toMatchObject({ phase: "closed", held: true });
});

test("what goes out again soon after it came back stays out for longer, and longer", () => {
  const stage = outage();
  const pauses: number[] = [];
  let at = 1_000;
  for (let round = 0; round < 4; round++) {
    pauses.push(stage.belief("replica").remainingMs ?? 0);
    at += 31_000;
    const token = stage.at(at).claim("a0", "replica");
    stage.report("a0", { replica: { trial: { token: token ?? 0, passed: true } } });
    expect(stage.belief("replica").phase).toBe("closed");
    at += 2_000;
    stage.at(at).all(5, { primary: up, replica: down });
    expect(stage.belief("replica").phase).toBe("open");
  }
  expect(pauses).toEqual([...pauses].sort((one, other) => one - other));
  expect(pauses.at(-1)).toBeGreaterThan(4 * (pauses[0] ?? 0));
});

test("whose trial failed last lets others go first, so that one liar keeps nothing out", () => {
  const stage = outage();
  const fails = (reporter: string, at: number): boolean => {
    const token = stage.at(at).claim(reporter, "replica");
    if (token === undefined) return false;
    stage.report(reporter, { replica: { trial: { token, passed: false } } });
    return true;
  };
  expect(fails("a4", 3_000)).toBe(true);
  const { remainingMs = 0 } = stage.belief("replica");
  expect(fails("a4", 3_000 + remainingMs)).toBe(false);
  expect(stage.at(3_001 + remainingMs).claim("a1", "replica")).toBe(2);
});

test("whose trial failed last tries again when nobody else does", () => {
  const stage = outage();
  const token = stage.at(3_000).claim("a4", "replica") ?? 0;
  stage.report("a4", { replica: { trial: { token, passed: false } } });
  const { remainingMs = 0 } = stage.belief("replica");
  expect(stage.at(3_000 + remainingMs + 2_000).claim("a4", "replica")).toBe(2);
});

test("whose trial got lost lets others go first, so that one that never ends any keeps nothing out", () => {
  const stage = outage().at(2_000);
  expect(stage.claim("a4", "replica")).toBe(1);
  expect(stage.at(12_000).claim("a4", "replica")).toBeUndefined();
  expect(stage.at(12_001).claim("a1", "replica")).toBe(2);
});

test("whose trial got lost gets the next one when nobody else asks", () => {
  const stage = outage().at(2_000);
  stage.claim("a4", "replica");
  expect(stage.at(14_000).claim("a4", "replica")).toBe(2);
});
