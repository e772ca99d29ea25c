/** Whether what was heard is enough to take an endpoint out for everyone. */

import { expect, test } from "vitest";
import { down, Stage, up } from "./stage.ts";

const WELL = { primary: up, replica: up };
const ILL = { primary: up, replica: down };

test("one liar among many opens nothing, however often it says so", () => {
  const stage = new Stage().all(10, WELL);
  for (let at = 1_000; at <= 120_000; at += 1_000) {
    stage.at(at).report("liar", ILL);
    if (at % 10_000 === 0) stage.all(10, WELL);
    expect(stage.phase("replica")).toBe("closed");
  }
});

test("the only one there is has to say it twice", () => {
  const stage = new Stage().report("a", WELL).at(1_000).report("a", ILL);
  expect(stage.phase("replica")).toBe("closed");
  stage.at(1_400).report("a", ILL);
  expect(stage.phase("replica")).toBe("closed");
  stage.at(1_500).report("a", ILL);
  expect(stage.belief("replica")).toMatchObject({
    phase: "open",
    because: "the only one there is finds it down, and again",
  });
});

test("the only one there is needs to say it once if the prober agrees", () => {
  const stage = new Stage().report("a", WELL).at(1_000).report("a", ILL).report("prober", ILL);
  expect(stage.belief("replica").because).toBe(
    "1 of about 1 who use it find it down, and so does the prober",
  );
});

test("several independent reporters open it as soon as they are more than half", () => {
  const stage = new Stage().all(5, WELL).at(1_000).all(2, ILL);
  expect(stage.phase("replica")).toBe("closed");
  stage.report("a2", ILL);
  expect(stage.belief("replica")).toMatchObject({
    phase: "open",
    because: "3 of about 5 who use it find it down",
  });
});

test.each([10, 32, 100, 190])("a region of 30 %% of %i isolates opens nothing", (fleet) => {
  const stage = new Stage();
  for (let round = 0; round < 6; round++) {
    stage.at(round * 10_000).all(fleet * 0.3, round < 2 ? WELL : ILL, "far").all(fleet * 0.7, WELL);
    expect(stage.phase("replica")).toBe("closed");
  }
});

/** A fleet so large that each comes round once in `spread`: the same share of all is heard each 100 ms. */
function rounds(stage: Stage, fleet: number, ratio: number, seconds: number): Stage {
  let turn = 0;
  const begin = stage.elapsed;
  for (
    let at = begin;
    at < begin + seconds * 1_000 && stage.phase("replica") === "closed";
    at += 100
  ) {
    stage.at(at);
    for (let i = 0; i < 20; i++, turn++) {
      const isFar = (turn * 7) % 10 < ratio * 10;
      stage.report(`a${turn % fleet}`, isFar ? ILL : WELL);
    }
  }
  return stage;
}

test("a region of 30 % of 4,000 isolates opens nothing", () => {
  const stage = rounds(new Stage().report("a0", WELL), 4_000, 0, 40);
  expect(stage.snapshot().fleet).toBeGreaterThan(3_500);
  expect(rounds(stage, 4_000, 0.3, 40).phase("replica")).toBe("closed");
});

test("the majority of 4,000 opens it within seconds, though one accused it long before", () => {
  const stage = rounds(new Stage().report("a0", WELL), 4_000, 0, 40).report("liar", ILL);
  const from = stage.elapsed + 20_000;
  rounds(stage, 4_000, 0, 20).report("liar", ILL);
  rounds(stage, 4_000, 0.8, 5);
  expect(stage.phase("replica")).toBe("open");
  expect(stage.elapsed - from).toBeLessThan(3_000);
});

test("one prober after the other takes nothing out while somebody has answers", () => {
  const stage = new Stage().report("a", WELL);
  for (let at = 1_000; at < 60_000; at += 1_000) {
    stage.at(at).report("prober-1", ILL).report("prober-2", ILL);
    if (at % 10_000 === 0) stage.report("a", WELL);
    expect(stage.phase("replica")).toBe("closed");
  }
});

test("the prober takes out what nobody uses, when it has said so twice", () => {
  const stage = new Stage().report("a", { primary: up }).report("prober", WELL);
  stage.at(1_000).report("prober", ILL);
  expect(stage.phase("replica")).toBe("closed");
  stage.at(2_000).report("prober", ILL);
  expect(stage.belief("replica").because).toBe(
    "nobody uses it, and the prober finds it down, and again",
  );
});

test("evidence that is not repeated gets old", () => {
  const stage = new Stage().all(5, WELL).at(1_000).all(2, ILL);
  stage.at(2_000).report("a4", WELL);
  stage.at(25_000).all(5, { primary: up });
  stage.at(31_000).tick();
  expect(stage.endpoint("replica").accusers).toHaveLength(2);
  stage.at(31_001).tick();
  expect(stage.endpoint("replica").accusers).toEqual([]);
});

test("who has had an answer since takes its word back", () => {
  const stage = new Stage().all(5, WELL).at(1_000).all(2, ILL).at(2_000).report("a0", WELL);
  expect(stage.endpoint("replica").accusers.map((one) => one.reporter)).toEqual(["a1"]);
  stage.report("a1", { replica: { saw: "up", agoMs: 1_500 } });
  expect(stage.endpoint("replica").accusers).toHaveLength(1);
});

test("a doubled or a late report counts once", () => {
  const stage = new Stage().report("a", WELL).at(1_000).report("a", ILL).report("b", WELL);
  const before = stage.cluster;
  const again = new Stage();
  again.cluster = before;
  // A stage of its own begins to count at 1 again.
  again.at(9_000).report("a", ILL).report("b", ILL);
  expect(again.cluster).toBe(before);
});

test("who makes much of itself counts as one", () => {
  const stage = new Stage().all(4, WELL);
  for (let at = 100; at < 5_000; at += 100) stage.at(at).report("a0", WELL);
  expect(stage.snapshot().fleet).toBe(4);
});

test("a fleet that a new life of the store has not heard before is counted in full at once", () => {
  const known = new Stage().all(10, WELL);
  // What they remember of the former store: how long ago it answered.
  const stage = known.at(10_000);
  stage.cluster = new Stage().cluster;
  stage.all(10, WELL).at(11_000).all(4, ILL);
  expect(stage.snapshot().fleet).toBe(10);
  expect(stage.phase("replica")).toBe("closed");
});

test("a fleet is counted right beyond the span that is looked back", () => {
  const stage = new Stage();
  // 200 a second, each of which covers 100 s: 20,000.
  let seq = 0;
  for (let at = 0; at < 300_000; at += 500) {
    stage.at(at);
    for (let i = 0; i < 100; i++) stage.report(`a${seq++ % 20_000}`, {});
  }
  expect(stage.snapshot().fleet).toBeGreaterThan(18_000);
  expect(stage.snapshot().fleet).toBeLessThan(22_000);
});

test("where very many endpoints are accused at once the latest accusers of each are kept", () => {
  const stage = new Stage();
  const words = Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`replica-${i}`, down]));
  stage.all(100, words);
  const kept = stage.cluster.endpoints.map((one) => one.accusers.length);
  expect(kept.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(224);
  expect(Math.min(...kept)).toBe(14);
});

test("the prober takes out what nobody has had an answer from for as long as all take to report", () => {
  const stage = new Stage().all(5, WELL).report("prober", WELL);
  for (let at = 1_000; at <= 16_000; at += 1_000) {
    stage.at(at).report("prober", ILL).report("a0", { primary: up });
    expect(stage.phase("replica")).toBe(at < 16_000 ? "closed" : "open");
  }
});

/** Isolates that live for a call: one in four meets the replica. */
function newcomers(stage: Stage, seconds: number): Stage {
  for (let i = 0; i < seconds * 10; i++) {
    const replica = i % 4 === 0 ? down : {};
    stage.at(stage.elapsed + 100).report(`newcomer-${i}`, { primary: up, replica });
  }
  return stage;
}

test("what nobody speaks for is out, however many newcomers have not met it", () => {
  const stage = newcomers(new Stage().all(5, WELL).at(10_000), 14);
  expect(stage.phase("replica")).toBe("closed");
  expect(newcomers(stage, 2).phase("replica")).toBe("open");
});

test("what nobody speaks for is out sooner where the prober agrees", () => {
  const stage = newcomers(new Stage().all(5, WELL).at(10_000), 1).report("prober", ILL);
  expect(stage.phase("replica")).toBe("closed");
  expect(newcomers(stage, 5).phase("replica")).toBe("open");
});

test("one that speaks for it keeps it in, however many newcomers have not met it", () => {
  const stage = newcomers(new Stage().all(5, WELL).at(10_000), 2).report("prober", ILL);
  stage.report("a0", WELL);
  expect(newcomers(stage, 5).phase("replica")).toBe("closed");
});
