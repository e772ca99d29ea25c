import { describe, expect, test } from "vitest";
import { toConsole, webhook } from "../../../adapters/alerts/mod.ts";
import { OptionError } from "../../../src/errors.ts";
import { ALERT, never } from "./place.ts";
import { SECRET } from "./receiver.ts";

/** The paths that are refused; the whole error must hold nothing of what was given. */
function refused(url: unknown, options: unknown): string[] {
  try {
    webhook(url as string, options as { secret: string }); // wrong on purpose
  } catch (error) {
    expect(error).toBeInstanceOf(OptionError);
    expect(`${(error as Error).stack}`).not.toMatch(/hunter2|MfKQ9r8/);
    return (error as OptionError).problems.map(({ path }) => path.replace("webhook.", ""));
  }
  return [];
}

const URL = "https://hooks.example/hunter2";

describe("webhook() options", () => {
  test.each([
    "https://hooks.example/x",
    "http://localhost:8080/x",
    "http://hooks.localhost/x",
    "http://127.0.0.1/x",
    "http://[::1]:80/x",
  ])("takes %s", (url) => expect(refused(url, { secret: SECRET })).toEqual([]));

  test.each([
    "http://hooks.example/hunter2",
    "http://127.0.0.1.example/hunter2",
    "http://localhost.example/hunter2",
    "https://app:hunter2@hooks.example/",
    "ftp://hooks.example/hunter2",
    "hunter2",
    "",
    undefined,
    {},
  ])("refuses %s as an address", (url) => {
    expect(refused(url, { secret: SECRET })).toEqual(["url"]);
  });

  test.each([
    ["none", undefined],
    ["an empty list", []],
    ["no prefix", SECRET.slice(6)],
    ["no base64", "whsec_hunter2 hunter2 hunter2 hunter2!"],
    ["too short", `whsec_${btoa("x".repeat(23))}`],
    ["too long", `whsec_${btoa("x".repeat(65))}`],
    ["too many", [SECRET, SECRET, SECRET, SECRET]],
    ["one bad", [SECRET, "hunter2"]],
  ])("refuses as a secret: %s", (_, secret) => {
    expect(refused(URL, { secret })).toEqual(["secret"]);
  });

  test("tells everything that is wrong at once", () => {
    expect(refused("hunter2", {
      secret: "hunter2",
      source: "",
      attempts: 0,
      timeoutMs: 5,
      retries: "hunter2",
      "https://hunter2": 1,
    })).toEqual(["retries", "…", "source", "attempts", "timeoutMs", "url", "secret"]);
    expect(refused(URL, undefined)).toEqual(["secret"]);
  });

  test("shows numbers, and of texts only that they are some", () => {
    const wrong = { secret: "hunter2", attempts: 0, timeoutMs: "5" } as never;
    expect(() => webhook(URL, wrong)).toThrow(/attempts: got 0,.*timeoutMs: got a text \(not/s);
  });

  test.each([0, 1.5, 11, "4", NaN])("refuses %s attempts", (attempts) => {
    expect(refused(URL, { secret: SECRET, attempts })).toEqual(["attempts"]);
  });
});

describe("toConsole()", () => {
  test("writes an alert as an error and its end as information", async () => {
    const lines: string[] = [];
    const sink = toConsole({
      console: {
        error: (line: string) => lines.push(`error ${line}`),
        info: (line: string) => lines.push(`info ${line}`),
      },
    });
    await sink({ ...ALERT, value: 1 / 3, threshold: 0.5 }, never());
    await sink({ ...ALERT, phase: "resolved", value: 1_234.56, threshold: 1_000 }, never());
    expect(lines).toEqual([
      "error ALERT: the average health score is under 70 (lowScore: 0.333, threshold 0.5)",
      "info RESOLVED: the average health score is under 70 (lowScore: 1235, threshold 1000)",
    ]);
  });
});
