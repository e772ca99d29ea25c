import { describe, expect, test } from "vitest";
import { type Command, parse } from "../../bench/args.ts";

function message(command: Command): string {
  return command.kind === "wrong" ? command.message : `not wrong but ${command.kind}`;
}

describe("parse()", () => {
  test("parse() without arguments measures everything at length", () => {
    const options = {
      json: false,
      quick: false,
      parts: ["core", "throughput", "slow", "pool", "away", "fleet", "edge", "cold", "drivers"],
    };
    expect(parse([])).toEqual({ kind: "run", options });
  });

  test("parse() reads every option", () => {
    const options = { json: true, quick: true, parts: ["core"] };
    expect(parse(["--json", "--quick", "--only", "core"])).toEqual({ kind: "run", options });
  });

  test("parse() takes several parts and keeps their order", () => {
    const options = { json: false, quick: false, parts: ["throughput", "away"] };
    expect(parse(["--only", "away", "--only", "throughput"])).toEqual({ kind: "run", options });
  });

  test("parse() gives the help whatever else is there", () => {
    expect(parse(["--only", "nothing", "-h"])).toEqual({ kind: "help" });
  });

  test("parse() says what is allowed where something else stands", () => {
    expect(message(parse(["--only", "latency"]))).toContain("core, throughput");
    expect(message(parse(["--only", "core", "--only", "latency"]))).toContain('"latency"');
    expect(message(parse(["--jason"]))).toContain("--jason");
  });
});
