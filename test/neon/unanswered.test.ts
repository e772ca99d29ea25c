/** What `fetch` throws, in the words of each place (`reference/edge.md` 6). */

import { expect, test } from "vitest";
import { neon } from "../../adapters/connectors/neon/mod.ts";
import { failing, LIMIT, said } from "./outcome.ts";

const URL = "postgres://app:pw@ep-double.neon.tech/shop";

test.each<readonly [string, unknown, string]>([
  ["workerd", new Error("Network connection lost."), "disconnected endpoint unknown"],
  [
    "workerd, another request's",
    new Error("Cannot perform I/O on behalf of a different request."),
    "statement client unknown",
  ],
  [
    "Deno, refused",
    new TypeError(
      "error sending request for url (http://secret/): client error (Connect): tcp connect error: Connection refused (os error 111)",
    ),
    "unavailable endpoint no",
  ],
  [
    "Deno, cut",
    new TypeError(
      "error sending request for url (http://secret/): client error (SendRequest): connection closed",
    ),
    "disconnected endpoint unknown",
  ],
  [
    "Bun, refused",
    Object.assign(new TypeError("Unable to connect"), { code: "ConnectionRefused" }),
    "unavailable endpoint no",
  ],
  [
    "Bun, cut",
    Object.assign(new TypeError("closed"), { code: "ECONNRESET" }),
    "disconnected endpoint unknown",
  ],
  [
    "Node, cut",
    new TypeError("fetch failed", {
      cause: Object.assign(new Error("other side closed"), { code: "UND_ERR_SOCKET" }),
    }),
    "disconnected endpoint unknown",
  ],
  [
    "Node, a certificate",
    new TypeError("fetch failed", {
      cause: Object.assign(new Error("expired"), { code: "CERT_HAS_EXPIRED" }),
    }),
    "misconfigured endpoint no",
  ],
  ["no error at all", "nothing", "disconnected endpoint unknown"],
])("what fetch throws: %s", async (_, thrown, outcome) => {
  const connector = neon({ url: URL, fetch: () => Promise.reject(thrown as Error) });
  const failure = await failing(await connector.connect(LIMIT));
  expect(said(failure)).toBe(outcome);
  expect(failure.message).not.toContain("secret");
});
