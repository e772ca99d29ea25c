import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EndpointRow } from "../../examples/demo/columns.ts";
import { draw, fit, type Picture, plainLine, table, worstLine } from "../../examples/demo/table.ts";
import { plan } from "../../examples/demo/timeline.ts";

function row(id: string, change: Partial<EndpointRow> = {}): EndpointRow {
  return {
    id,
    server: "up",
    role: "replica",
    circuit: "closed",
    health: "alive",
    score: 100,
    because: [],
    recovery: undefined,
    share: 1,
    lagMs: 12.4,
    inFlight: 3,
    perSecond: 1234.4,
    p50Ms: 0.514,
    p99Ms: 12.3,
    errors: 0,
    ...change,
  };
}

const endpoints = [
  row("primary", { role: "primary", lagMs: undefined }),
  row("replica1", {
    server: "dead",
    circuit: "open",
    health: "down",
    score: 0,
    because: ["circuit is open: −100", "does not answer: −100"],
    recovery: "rebuildClient",
    share: undefined,
    lagMs: 1_540,
    errors: 7,
    p50Ms: undefined,
  }),
  row("replica2", {
    circuit: "halfOpen",
    health: "suspect",
    score: 65,
    because: ["answers take 5.0 times as long as usual: −35"],
    share: 0.352,
  }),
];

/** Built from a string: a control character in a literal expression looks like a mistake to linters. */
const COLOURS = new RegExp(`${"\x1b"}\\[\\d*m`, "g");

const picture: Picture = {
  endpoints,
  totals: {
    reads: 10,
    readErrors: 0,
    readsPerSecond: 5,
    writes: 4,
    writeErrors: 1,
    writesPerSecond: 2,
  },
  progress: { nowMs: 5_000, totalMs: 20_000, done: 1, steps: plan(20) },
  hint: "set (default): ramp 2 s (10)",
  events: Array.from({ length: 30 }, (_, i) => `event ${i}`),
};

describe("table()", () => {
  test("table() shows everything at 120 columns, aligned", () => {
    expect(table(endpoints, { columns: 119, rows: 24, colour: false })).toEqual([
      "endpoint  server  role      health   score  circuit    recovery    share     lag  busy   q/s  p50 ms  p99 ms  errors",
      "primary   up      primary   alive      100  closed                 100 %       –     3  1234    0.51      12       0",
      "replica1  dead    replica   down         0  open       client          –   1.5 s     3  1234       –      12       7",
      "replica2  up      replica   suspect     65  half-open            ▃  35 %   12 ms     3  1234    0.51      12       0",
    ]);
  });

  test("table() keeps health, score, recovery and share at 80 columns", () => {
    expect(table(endpoints, { columns: 79, rows: 24, colour: false })).toEqual([
      "endpoint  server  role      health   score  circuit    recovery    share   q/s",
      "primary   up      primary   alive      100  closed                 100 %  1234",
      "replica1  dead    replica   down         0  open       client          –  1234",
      "replica2  up      replica   suspect     65  half-open            ▃  35 %  1234",
    ]);
  });

  test("table() leaves the least important columns out of a narrow terminal", () => {
    expect(table(endpoints, { columns: 34, rows: 24, colour: false })).toEqual([
      "endpoint  role      health   score",
      "primary   primary   alive      100",
      "replica1  replica   down         0",
      "replica2  replica   suspect     65",
    ]);
  });

  test("table() is as wide for an endpoint that is well as for one in any trouble", () => {
    const frame = { columns: 119, rows: 24, colour: false };
    const troubles: Partial<EndpointRow>[] = [
      { server: "frozen", role: "outdated", health: "suspect", circuit: "isolated" },
      { circuit: "halfOpen", recovery: "isolate", share: "ejected", score: 0 },
      { recovery: "rebuildPool", share: 0.1, lagMs: 59_900 },
    ];
    const width = table([row("primary")], frame)[0]?.length;
    for (const trouble of troubles) {
      expect(table([row("primary", trouble)], frame)[0]).toHaveLength(width ?? 0);
    }
  });

  test("table() paints outside the padding, so colours move nothing", () => {
    const plain = table(endpoints, { columns: 119, rows: 24, colour: false });
    const painted = table(endpoints, { columns: 119, rows: 24, colour: true });
    expect(painted.map((line) => line.replaceAll(COLOURS, ""))).toEqual(plain);
    expect(painted.join("\n")).toContain("\x1b[31mopen     \x1b[0m");
  });
});

describe("draw()", () => {
  test("draw() fits every terminal", () => {
    const size = fc.record({
      columns: fc.integer({ min: 1, max: 200 }),
      rows: fc.integer({ min: 1, max: 60 }),
    });
    fc.assert(fc.property(size, (frame) => {
      const lines = draw(picture, { ...frame, colour: false });
      expect(lines.length).toBeLessThanOrEqual(frame.rows);
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(frame.columns);
    }));
  });

  test("draw() shows the latest events in the room that is left", () => {
    const lines = draw(picture, { columns: 80, rows: 16, colour: false });
    expect(lines).toHaveLength(16);
    expect(lines.slice(-3)).toEqual(["event 27", "event 28", "event 29"]);
  });
});

describe("worstLine()", () => {
  test("worstLine() gives the reasons of the endpoint that is worst off", () => {
    expect(worstLine(endpoints)).toBe(
      "replica1 scores 0: circuit is open: −100; does not answer: −100",
    );
  });

  test("worstLine() says so when nothing is held against anybody", () => {
    expect(worstLine([row("primary"), row("replica1")])).toBe("every endpoint scores 100");
  });
});

describe("plainLine()", () => {
  test("plainLine() tells health and score of everybody, and recovery, ramp and ejection of whom it concerns", () => {
    const line = plainLine({
      ...picture,
      endpoints: [...endpoints, row("replica3", { share: "ejected" })],
    });
    expect(line).toContain("primary (primary, alive, 100, circuit closed), ");
    expect(line).toContain("replica1 (replica, down, 0, circuit open, recovery client)");
    expect(line).toContain("replica2 (replica, suspect, 65, circuit half-open, share 35 %)");
    expect(line).toContain("replica3 (replica, alive, 100, circuit closed, ejected)");
  });
});

describe("fit()", () => {
  test("fit() cuts with an ellipsis and leaves short lines alone", () => {
    expect(fit("abcdef", 6)).toBe("abcdef");
    expect(fit("abcdef", 4)).toBe("abc…");
    expect(fit("abcdef", 1)).toBe("a");
  });
});
