import { describe, expect, test } from "vitest";
import { type Command, parse } from "../../examples/demo/args.ts";

function message(command: Command): string {
  return command.kind === "wrong" ? command.message : `not wrong but ${command.kind}`;
}

describe("parse()", () => {
  test("parse() without arguments takes the defaults", () => {
    const options = { seconds: 30, json: false, readers: 16, writers: 4 };
    expect(parse([])).toEqual({ kind: "run", options });
  });

  test("parse() reads every option", () => {
    const options = { seconds: 12, json: true, readers: 1, writers: 200 };
    const argv = ["--json", "--seconds", "12", "--readers=1", "--writers", "200"];
    expect(parse(argv)).toEqual({ kind: "run", options });
  });

  test("parse() gives the help whatever else is there", () => {
    expect(parse(["--seconds", "1", "--help"])).toEqual({ kind: "help" });
    expect(parse(["-h"])).toEqual({ kind: "help" });
  });

  test.each(["11", "3601", "-5", "1e2", "twenty", "", "20.5"])(
    "parse() refuses %j seconds and says what is allowed",
    (text) => {
      const said = message(parse([`--seconds=${text}`]));
      expect(said).toContain(`--seconds is ${JSON.stringify(text)}`);
      expect(said).toContain("a whole number 12 to 3600");
    },
  );

  test("parse() reports every wrong value at once", () => {
    const said = message(parse(["--readers", "0", "--writers", "x"]));
    expect(said.split("\n")).toHaveLength(2);
  });

  test("parse() names an unknown option, a stray word and a missing value", () => {
    expect(message(parse(["--secnods", "20"]))).toContain("--secnods");
    expect(message(parse(["20"]))).toContain("20");
    expect(message(parse(["--seconds"]))).toContain("--seconds");
  });
});
