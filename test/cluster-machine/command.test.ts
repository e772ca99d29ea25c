/** What a person wants done; and that it is told. */

import { expect, test } from "vitest";
import type { Command } from "../../src/model/belief.ts";
import { down, outage, Stage, up } from "./stage.ts";

test.each<Command>([
  { type: "isolate", endpoint: "replica" },
  { type: "remove", endpoint: "replica" },
  { type: "failover", from: "primary", to: "replica" },
])("$type twice is $type once", (command) => {
  const stage = new Stage().all(2, { primary: up, replica: up }).command(command);
  const before = stage.cluster;
  expect(stage.command(command).cluster).toBe(before);
});

test.each<Command>([
  { type: "release", endpoint: "replica" },
  { type: "add", endpoint: "replica" },
  { type: "failback" },
  { type: "isolate", endpoint: "x".repeat(129) },
])("$type without need does nothing", (command) => {
  const stage = new Stage().all(2, { primary: up, replica: up });
  const before = stage.cluster;
  expect(stage.command(command).cluster).toBe(before);
});

test("an endpoint may be isolated before anybody has spoken of it, and stays so whatever is reported", () => {
  const stage = new Stage().command({ type: "isolate", endpoint: "replica" });
  stage.all(5, { replica: up }).at(90_000).all(5, { replica: down }).at(200_000).tick();
  expect(stage.belief("replica")).toMatchObject({ phase: "isolated", round: 1 });
  expect(stage.belief("replica").remainingMs).toBeUndefined();
});

test("a released endpoint comes back by the ramp", () => {
  const stage = new Stage().command({ type: "isolate", endpoint: "replica" });
  stage.at(5_000).command({ type: "release", endpoint: "replica" });
  expect(stage.belief("replica")).toMatchObject({ phase: "closed", ramp: { elapsedMs: 0 } });
});

test("a removed endpoint is not judged, and comes back closed and by the ramp", () => {
  const stage = outage().command({ type: "remove", endpoint: "replica" });
  expect(stage.belief("replica")).toMatchObject({ phase: "closed", removed: true });
  stage.at(2_000).all(5, { replica: down });
  expect(stage.phase("replica")).toBe("closed");
  stage.command({ type: "add", endpoint: "replica" });
  expect(stage.belief("replica")).toMatchObject({ phase: "closed", ramp: { elapsedMs: 0 } });
  expect(stage.belief("replica").removed).toBeUndefined();
});

test("isolated and removed are two things", () => {
  const stage = new Stage().command({ type: "isolate", endpoint: "replica" });
  stage.command({ type: "remove", endpoint: "replica" });
  stage.command({ type: "add", endpoint: "replica" });
  expect(stage.phase("replica")).toBe("isolated");
});

test.each(["isolate", "remove"] as const)(
  "to %s the last one that was in lets in the one that was out",
  (type) => {
    const stage = outage().at(1_500).command({ type, endpoint: "primary" });
    expect(stage.belief("replica")).toMatchObject({
      phase: "closed",
      held: true,
      openForMs: 500,
    });
  },
);

test("a failover has a number that rises, and a failback takes back the last one", () => {
  const stage = new Stage().command({ type: "failover", from: "a", to: "b" });
  expect(stage.snapshot().assignment).toEqual({ number: 1, from: "a", to: "b", agoMs: 0 });
  stage.command({ type: "failback" });
  expect(stage.snapshot().assignment).toEqual({
    number: 2,
    from: "b",
    to: "a",
    back: true,
    agoMs: 0,
  });
});

test("the version rises with news, and with nothing else", () => {
  const stage = new Stage();
  const news = (what: () => unknown): number => {
    const before = stage.cluster.version;
    what();
    return stage.cluster.version - before;
  };
  const primary = { ...up, role: { role: "primary", generation: 1, agoMs: 0 } } as const;
  const promoted = { role: { role: "primary", generation: 2, agoMs: 0 } } as const;
  expect(news(() => stage.report("a0", { primary, replica: up }))).toBe(1);
  expect(news(() => stage.all(5, { primary, replica: up }))).toBe(0);
  expect(news(() => stage.report("a0", { replica: { lag: { lagMs: 5, agoMs: 0 } } }))).toBe(0);
  expect(news(() => stage.at(1_000).tick())).toBe(0);
  expect(news(() => stage.all(2, { replica: down }))).toBe(0);
  expect(news(() => stage.report("a3", { replica: down }))).toBe(1);
  expect(news(() => stage.claim("a0", "replica"))).toBe(0);
  expect(news(() => stage.at(2_000).claim("a0", "replica"))).toBe(1);
  expect(news(() => stage.claim("a1", "replica"))).toBe(0);
  const passed = { replica: { trial: { token: 1, passed: true } } };
  expect(news(() => stage.report("a0", passed))).toBe(1);
  expect(news(() => stage.at(12_000).tick())).toBe(1);
  expect(news(() => stage.report("a1", { primary: promoted }))).toBe(1);
  expect(news(() => stage.command({ type: "failover", from: "a", to: "b" }))).toBe(1);
  expect(news(() => stage.command({ type: "failover", from: "a", to: "b" }))).toBe(0);
});

test("the same failover within a minute is one; later it is meant", () => {
  const stage = new Stage().command({ type: "failover", from: "a", to: "b" });
  stage.at(59_000).command({ type: "failover", from: "a", to: "b" });
  expect(stage.snapshot().assignment?.number).toBe(1);
  stage.at(61_000).command({ type: "failover", from: "a", to: "b" });
  expect(stage.snapshot().assignment).toEqual({ number: 2, from: "a", to: "b", agoMs: 0 });
});
