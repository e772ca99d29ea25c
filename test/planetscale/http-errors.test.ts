/**
 * What goes wrong on the way to the database, and what it means: kind, scope, executed.
 */

import { describe, expect, test } from "vitest";
import { failureOf, outcomeOf } from "./outcomes.ts";

describe("answers that are not the database's", () => {
  const page = "<html>Web server is down: db.example</html>";
  test.each<[number, string]>([
    [520, "disconnected endpoint unknown"],
    [521, "unavailable endpoint no"],
    [522, "disconnected endpoint unknown"],
    [523, "unavailable endpoint no"],
    [524, "disconnected endpoint unknown"],
    [525, "unavailable endpoint no"],
    [526, "unavailable endpoint no"],
    [530, "disconnected endpoint unknown"],
    [500, "disconnected endpoint unknown"],
    [502, "disconnected endpoint unknown"],
    [503, "disconnected endpoint unknown"],
    [504, "disconnected endpoint unknown"],
    [429, "overloaded endpoint no"],
    [403, "statement client no"],
    [413, "statement client no"],
    [404, "misconfigured endpoint no"],
    [302, "misconfigured endpoint no"],
  ])("HTTP %d", async (status, expected) => {
    expect(await outcomeOf({ status, body: page })).toBe(expected);
  });

  test("Cloudflare's own are told apart in words", async () => {
    expect((await failureOf({ status: 521, body: page })).message).toMatch(/^Cloudflare/);
    expect((await failureOf({ status: 502, body: page })).message).not.toMatch(/Cloudflare/);
  });

  test.each([["seconds", "7", 7_000], ["a date", "Wed, 21 Oct 2026 07:28:00 GMT", undefined]])(
    "Retry-After in %s",
    async (_, value, expected) => {
      const failure = await failureOf({ status: 503, body: "", headers: { "retry-after": value } });
      expect(failure.retryAfterMs).toBe(expected);
    },
  );

  test.each(["", "null", "[]", "{}", "<html>", '{"result":5}', '{"session":'])(
    "garbage with status 200: %s",
    async (body) => {
      expect(await outcomeOf({ body })).toBe("disconnected endpoint unknown");
    },
  );

  test("an answer whose rows do not hold together ran, and says nothing of the endpoint", async () => {
    const body = JSON.stringify({
      session: {},
      result: {
        fields: [{ name: "a", type: "INT32" }],
        rows: [{ lengths: ["9"], values: "MQ==" }],
      },
    });
    expect(await outcomeOf({ body })).toBe("statement client unknown");
  });
});

describe("requests that fail, as each runtime words them", () => {
  const caused = (code: string, message = "x"): Error =>
    new TypeError("fetch failed", { cause: Object.assign(new Error(message), { code }) });
  test.each<[string, Error, string]>([
    ["Node: refused", caused("ECONNREFUSED"), "unavailable endpoint no"],
    ["Node: unknown host", caused("ENOTFOUND"), "unavailable endpoint no"],
    ["Node: connect timeout", caused("UND_ERR_CONNECT_TIMEOUT"), "unavailable endpoint no"],
    ["Node: a certificate", caused("DEPTH_ZERO_SELF_SIGNED_CERT"), "misconfigured endpoint no"],
    ["Node: reset", caused("ECONNRESET"), "disconnected endpoint unknown"],
    ["Node: other side closed", caused("UND_ERR_SOCKET"), "disconnected endpoint unknown"],
    [
      "Bun: refused",
      Object.assign(new TypeError("Unable to connect"), { code: "ConnectionRefused" }),
      "unavailable endpoint no",
    ],
    [
      "Bun: reset",
      Object.assign(new TypeError("closed"), { code: "ECONNRESET" }),
      "disconnected endpoint unknown",
    ],
    [
      "Deno: refused",
      new TypeError(
        "error sending request for url (https://db.example/): client error (Connect): tcp connect error",
      ),
      "unavailable endpoint no",
    ],
    [
      "Deno: reset",
      new TypeError(
        "error sending request for url (https://db.example/): client error (SendRequest)",
      ),
      "disconnected endpoint unknown",
    ],
    ["workerd: lost", new Error("Network connection lost."), "disconnected endpoint unknown"],
    [
      "workerd: another request's",
      new Error("Cannot perform I/O on behalf of a different request."),
      "statement client unknown",
    ],
  ])("%s", async (_, error, expected) => {
    expect(await outcomeOf(error)).toBe(expected);
  });
});
