import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { draw, type EndpointRow, fit, type Picture, table } from "../../examples/demo/table.ts";
import { plan } from "../../examples/demo/timeline.ts";

function row(id: string, change: Partial<EndpointRow> = {}): EndpointRow {
  return {
    id,
    server: "up",
    role: "replica",
    circuit: "closed",
    health: 99.6,
    inFlight: 3,
    perSecond: 1234.4,
    p50Ms: 0.514,
    p99Ms: 12.3,
    errors: 0,
    ...change,
  };
}

const endpoints = [
  row("primary", { role: "primary" }),
  row("replica1", { server: "dead", circuit: "open", errors: 7, p50Ms: undefined }),
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
  events: Array.from({ length: 30 }, (_, i) => `event ${i}`),
};

describe("table()", () => {
  test("table() aligns every column", () => {
    expect(table(endpoints, { columns: 100, rows: 24, colour: false })).toEqual([
      "endpoint  server  role     circuit  health  in flight   q/s  p50 ms  p99 ms  errors",
      "primary   up      primary  closed      100          3  1234    0.51      12       0",
      "replica1  dead    replica  open        100          3  1234       –      12       7",
    ]);
  });

  test("table() leaves the least important columns out of a narrow terminal", () => {
    expect(table(endpoints, { columns: 34, rows: 24, colour: false })).toEqual([
      "endpoint  server  role     circuit",
      "primary   up      primary  closed ",
      "replica1  dead    replica  open   ",
    ]);
  });

  test("table() paints outside the padding, so colours move nothing", () => {
    const plain = table(endpoints, { columns: 100, rows: 24, colour: false });
    const painted = table(endpoints, { columns: 100, rows: 24, colour: true });
    expect(painted.map((line) => line.replaceAll(COLOURS, ""))).toEqual(plain);
    expect(painted.join("\n")).toContain("\x1b[31mopen   \x1b[0m");
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
    const lines = draw(picture, { columns: 80, rows: 13, colour: false });
    expect(lines).toHaveLength(13);
    expect(lines.slice(-3)).toEqual(["event 27", "event 28", "event 29"]);
  });
});

describe("fit()", () => {
  test("fit() cuts with an ellipsis and leaves short lines alone", () => {
    expect(fit("abcdef", 6)).toBe("abcdef");
    expect(fit("abcdef", 4)).toBe("abc…");
    expect(fit("abcdef", 1)).toBe("a");
  });
});
