import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { judge } from "../../src/judge/judge.ts";
import { failure, words } from "./failures.ts";

const CONNECTING = {
  "unavailable endpoint no": [
    "ECONNREFUSED",
    "ENOTFOUND",
    "EAI_AGAIN",
    "ETIMEDOUT",
    "ECONNRESET",
    "EPIPE",
    "EHOSTUNREACH",
    "ENETUNREACH",
    "CONNECT_TIMEOUT",
    "CONNECTION_CLOSED",
    "UND_ERR_SOCKET",
    "SOMETHING_NEW",
    undefined,
  ],
  "misconfigured endpoint no": [
    "CERT_HAS_EXPIRED",
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "SELF_SIGNED_CERT_IN_CHAIN",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "ERR_TLS_CERT_ALTNAME_INVALID",
    "ERR_SSL_WRONG_VERSION_NUMBER",
    "EPROTO",
    "EACCES",
    "ERR_OPTION_NOT_IMPLEMENTED",
    "SASL_SIGNATURE_MISMATCH",
  ],
  "exhausted client no": ["EMFILE", "ENFILE", "EADDRNOTAVAIL", "ENOBUFS"],
} as const;

describe("judge() of the network", () => {
  for (const [expected, codes] of Object.entries(CONNECTING)) {
    test.each(codes.map((code) => [code]))(
      `judge() calls %s while connecting "${expected}"`,
      (code) => {
        const facts = code === undefined ? {} : { code };
        expect(words(judge(failure({ phase: "connecting", ...facts }), "postgres"))).toBe(expected);
      },
    );
  }

  test("judge() lets no code vouch for a statement that may have left", () => {
    const codes = [...Object.values(CONNECTING).flat(), "57P01"].filter((c) => c !== undefined);
    fc.assert(
      fc.property(
        fc.constantFrom(...codes),
        fc.constantFrom("sent" as const, "answering" as const),
        (code, phase) => {
          expect(words(judge(failure({ code, phase }), "postgres"))).toBe(
            "disconnected endpoint unknown",
          );
        },
      ),
    );
  });
});

describe("judge() of our own side", () => {
  test.each(
    [
      ["a parameter that cannot be encoded", "connecting", undefined, "statement client no"],
      ["the same on an open connection", "sent", "MAX_PARAMETERS_EXCEEDED", "statement client no"],
      ["an answer that cannot be decoded", "answering", undefined, "statement client unknown"],
      ["a signal before anything was sent", "connecting", "AbortError", "aborted client no"],
      ["a signal under a statement", "sent", "ABORT_ERR", "aborted client unknown"],
    ] as const,
  )("judge() reads %s", (_what, phase, code, expected) => {
    const facts = code === undefined ? {} : { code };
    const own = failure({ origin: "client", connection: "usable", phase, ...facts });
    expect(words(judge(own, "postgres"))).toBe(expected);
  });
});
