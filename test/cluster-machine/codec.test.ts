/** What comes from outside: old, new, damaged or hostile. */

import { describe, expect, test } from "vitest";
import {
  decodeCluster,
  encodeCluster,
  readCommand,
  readReport,
  readSnapshot,
} from "../../src/cluster/codec.ts";
import { outage, Stage, up } from "./stage.ts";

const HOSTILE: readonly unknown[] = [
  undefined,
  null,
  0,
  Number.NaN,
  "",
  "report",
  true,
  [],
  [[]],
  {},
  () => undefined,
  Symbol("x"),
  10n,
  JSON.parse('{"__proto__":{"v":1,"reporter":"a","origin":"o","version":1,"type":"failback"}}'),
  { v: 1 },
  { v: "1", reporter: "a", origin: "o", version: 1 },
  { v: 1, reporter: "a".repeat(65), origin: "a".repeat(129), version: 1 },
  { v: 1, reporter: "a\u0000", origin: "\ud800", version: 1 },
  { v: 1, reporter: { toString: () => "a" }, origin: ["o"], version: "1" },
  { type: "isolate" },
  { type: "isolate", endpoint: "" },
  { type: "failover", from: "a" },
  { type: "dropEverything", endpoint: "a" },
  new Proxy({}, {
    getOwnPropertyDescriptor: () => {
      throw new Error("no");
    },
  }),
];

test.each(HOSTILE.map((value, i) => [i, value]))(
  "nothing is read from hostile value %i",
  (_, value) => {
    expect(readReport(value)).toBeUndefined();
    expect(readSnapshot(value)).toBeUndefined();
    expect(readCommand(value)).toBeUndefined();
  },
);

describe("readReport()", () => {
  test("readReport() reads what this code writes", () => {
    const report = {
      v: 1,
      reporter: "a",
      seq: 3,
      sinceMs: 1_000,
      prober: true,
      endpoints: [{
        id: "replica",
        saw: "down",
        agoMs: 5,
        role: { role: "replica", generation: 2, agoMs: 5 },
        lag: { lagMs: 7, agoMs: 5 },
        trial: { token: 4, passed: false },
      }],
    };
    expect(readReport(report)).toEqual(report);
  });

  test("readReport() leaves out what it does not know, and what makes no sense", () => {
    const read = readReport({
      v: 1,
      reporter: "a",
      seq: -3,
      sinceMs: "soon",
      mood: "good",
      endpoints: [
        {
          id: "a",
          saw: "sideways",
          agoMs: -1,
          role: { role: "arbiter" },
          lag: {},
          trial: { token: 1 },
        },
        { id: "a", saw: "up" },
        { id: "constructor", saw: "up", agoMs: Infinity, colour: "red" },
        { id: 5, saw: "up" },
        null,
      ],
    });
    expect(read).toEqual({
      v: 1,
      reporter: "a",
      seq: 0,
      sinceMs: 1,
      endpoints: [{ id: "a", agoMs: 0 }, { id: "constructor", saw: "up" }],
    });
  });

  test("readReport() cuts lists, and durations at a day", () => {
    const endpoints = Array.from(
      { length: 10_000 },
      (_, i) => ({ id: `e${i}`, saw: "up", agoMs: 1e300 }),
    );
    const read = readReport({ v: 1, reporter: "a", seq: 1e300, sinceMs: 1e300, endpoints });
    expect(read?.endpoints).toHaveLength(64);
    expect(read).toMatchObject({ seq: Number.MAX_SAFE_INTEGER, sinceMs: 86_400_000 });
    expect(read?.endpoints[0]?.agoMs).toBe(86_400_000);
  });

  test("readReport() leaves alone what a newer format would make it misread", () => {
    expect(readReport({ v: 2, reporter: "a", seq: 1, sinceMs: 0, endpoints: [] })).toBeUndefined();
  });
});

describe("readSnapshot()", () => {
  test("readSnapshot() reads what this code writes", () => {
    const stage = outage().command({ type: "failover", from: "a", to: "b" }).at(1_700);
    expect(readSnapshot(JSON.parse(JSON.stringify(stage.snapshot())))).toEqual(stage.snapshot());
  });

  test("readSnapshot() takes an unknown phase for closed, and gives what is missing a harmless value", () => {
    const endpoints = [{ id: "a", phase: "draining" }, { id: "b", phase: "open", because: 5 }];
    expect(readSnapshot({ v: 1, origin: "o", version: 4, endpoints })).toEqual({
      v: 1,
      origin: "o",
      version: 4,
      nextSyncMs: 10_000,
      spreadMs: 0,
      fleet: 1,
      probes: false,
      endpoints: [{ id: "a", phase: "closed", round: 0 }, { id: "b", phase: "open", round: 0 }],
    });
  });
});

test("readCommand() reads every command, and nothing beside it", () => {
  for (const type of ["isolate", "release", "remove", "add"]) {
    expect(readCommand({ type, endpoint: "a", force: true })).toEqual({ type, endpoint: "a" });
  }
  expect(readCommand({ type: "failover", from: "a", to: "b" })).toEqual({
    type: "failover",
    from: "a",
    to: "b",
  });
  expect(readCommand({ type: "failback" })).toEqual({ type: "failback" });
});

describe("decodeCluster()", () => {
  test("decodeCluster() gives back what was encoded", () => {
    const stage = outage().command({ type: "failover", from: "a", to: "b" }).at(2_000);
    stage.command({ type: "isolate", endpoint: "other" });
    stage.command({ type: "remove", endpoint: "third" });
    stage.claim("a0", "replica");
    expect(decodeCluster(encodeCluster(stage.cluster))).toEqual(stage.cluster);
  });

  test.each([
    "",
    "null",
    "{",
    "[]",
    '{"v":1}',
    '{"v":2,"origin":"o","version":1}',
    "[".repeat(1e6),
  ])(
    "decodeCluster() makes nothing of a text that is no state of this code's (%#)",
    (text) => {
      expect(decodeCluster(text)).toBeUndefined();
    },
  );

  test("decodeCluster() reads what newer code wrote; what only that code knows is lost when this one writes", () => {
    const stage = outage().at(2_000);
    const newer = JSON.parse(encodeCluster(stage.cluster));
    newer.weather = { sunny: true };
    newer.endpoints[0].circuit = { phase: "draining", round: 7, since: 5, towards: "open" };
    newer.endpoints[1].mood = "bad";
    newer.endpoints[1].circuit.confidence = 0.9;
    newer.endpoints.push({ id: "third", circuit: { phase: "isolated", round: 2, by: "me" } }, {
      id: 5,
    });
    const read = decodeCluster(JSON.stringify(newer));
    expect(read?.endpoints[0]?.circuit).toEqual({ phase: "closed", round: 7, since: 5 });
    expect(read?.endpoints[1]).toEqual(stage.endpoint("replica"));
    expect(read?.endpoints[2]).toMatchObject({ circuit: { phase: "isolated", round: 2 } });
    expect(read?.endpoints).toHaveLength(3);
    expect(encodeCluster(read ?? stage.cluster)).not.toMatch(/weather|mood|confidence|towards/);
    // And it is gone on with.
    if (read !== undefined) stage.cluster = read;
    expect(stage.claim("a0", "replica")).toBe(1);
    stage.at(3_000).report("a0", { primary: up });
    expect(stage.cluster.endpoints.map((one) => one.id)).toEqual(["primary", "replica", "third"]);
  });

  test("decodeCluster() never lets a token be granted again, nor a list grow beyond its limit", () => {
    const stage = outage().at(2_000);
    stage.claim("a0", "replica");
    const damaged = JSON.parse(encodeCluster(stage.cluster));
    delete damaged.tokens;
    damaged.fleet.reporters = Array.from({ length: 500 }, (_, i) => ({ reporter: `r${i}`, at: 1 }));
    const read = decodeCluster(JSON.stringify(damaged));
    expect(read?.tokens).toBe(1);
    expect(read?.fleet.reporters).toHaveLength(32);
  });

  test("decodeCluster() is not led astray by keys that objects inherit", () => {
    const stage = new Stage().report("__proto__", { __proto__: up, constructor: up });
    const read = decodeCluster(encodeCluster(stage.cluster));
    expect(read).toEqual(stage.cluster);
    expect(decodeCluster('{"v":1,"__proto__":{"origin":"o","version":1}}')).toBeUndefined();
  });
});
