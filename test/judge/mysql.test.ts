import { describe, expect, test } from "vitest";
import { judge } from "../../src/judge/judge.ts";
import { failure, words } from "./failures.ts";

const RUNNING = {
  "readOnly client no": ["1836"],
  "overloaded endpoint no": ["1040", "1203", "1226", "1041", "1037", "1021", "1114"],
  "conflict statement no": ["1205", "1213", "1020", "1614", "3101", "3572"],
  "cancelled statement no": ["1317", "3024", "1969"],
  "disconnected endpoint unknown": ["1053", "1927", "2006", "2013", "3169"],
  "disconnected client no": ["4031"],
  "conflict statement unknown": ["1180", "1181"],
  "unavailable statement unknown": ["1105"],
  "unavailable endpoint no": ["3168"],
  "statement statement no": ["1062", "1064", "1146", "1452", "1044", "1049", "1792", "99999"],
} as const;

const CONNECTING = {
  "misconfigured endpoint no": ["1045", "1044", "1049", "1130", "1251", "2026"],
  "overloaded endpoint no": ["1040", "1203"],
  "unavailable endpoint no": ["1053", "2013", "3168", "1105", "99999"],
} as const;

function answered(code: string, message = "it failed") {
  return failure({ origin: "server", phase: "answering", connection: "usable", code, message });
}

describe("judge() of MySQL", () => {
  for (const [expected, codes] of Object.entries(RUNNING)) {
    test.each(codes.map((code) => [code]))(`judge() calls errno %s "${expected}"`, (code) => {
      expect(words(judge(answered(code), "mysql"))).toBe(expected);
    });
  }

  for (const [expected, codes] of Object.entries(CONNECTING)) {
    test.each(codes.map((code) => [code]))(
      `judge() calls errno %s while connecting "${expected}"`,
      (code) => {
        const refused = failure({ origin: "server", phase: "connecting", code });
        expect(words(judge(refused, "mysql"))).toBe(expected);
      },
    );
  }

  test("judge() tells errno 1290 of a read-only server from other options that forbid", () => {
    const readOnly = "The MySQL server is running with the --super-read-only option so it cannot";
    const files = "The MySQL server is running with the --secure-file-priv option so it cannot";
    expect(words(judge(answered("1290", readOnly), "mysql"))).toBe("readOnly client no");
    expect(words(judge(answered("1290", files), "mysql"))).toBe("statement statement no");
  });

  test("judge() calls an unknown errno on a dead line a cut", () => {
    const dead = failure({ origin: "server", code: "99999", connection: "broken" });
    expect(words(judge(dead, "mysql"))).toBe("disconnected endpoint unknown");
  });
});
