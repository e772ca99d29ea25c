import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { judge } from "../../src/judge/judge.ts";
import type { Failure } from "../../src/model/failure.ts";
import { loginError, serverError, serverFatal, words } from "./failures.ts";

type Row = readonly [what: string, failure: Failure, expected: string];

const LOGINS: readonly Row[] = [
  ["starting up", loginError("57P03"), "unavailable endpoint no"],
  ["an administrator's shutdown", loginError("57P01"), "unavailable endpoint no"],
  ["a crash of another process", loginError("57P02"), "unavailable endpoint no"],
  ["too many clients", loginError("53300"), "overloaded endpoint no"],
  ["no memory", loginError("53200"), "overloaded endpoint no"],
  ["a wrong password", loginError("28P01"), "misconfigured endpoint no"],
  ["an unknown role", loginError("28000"), "misconfigured endpoint no"],
  ["an unknown database", loginError("3D000"), "misconfigured endpoint no"],
  ["no permission to connect", loginError("42501"), "misconfigured endpoint no"],
  ["a wrong startup parameter", loginError("22023"), "misconfigured endpoint no"],
  ["a database without connections", loginError("55000"), "misconfigured endpoint no"],
  ["a pooler that lost its server", loginError("08P01"), "unavailable endpoint no"],
  ["an internal error", loginError("XX000"), "unavailable endpoint no"],
  ["a setting a replica refuses", loginError("25006"), "readOnly client no"],
  ["no code at all", loginError(""), "unavailable endpoint no"],
];

const ENDINGS: readonly Row[] = [
  [
    "pg_terminate_backend or a fast shutdown",
    serverFatal("57P01"),
    "disconnected endpoint unknown",
  ],
  ["a crash of another process", serverFatal("57P02"), "disconnected endpoint unknown"],
  ["a reconnect that met a starting server", serverFatal("57P03"), "unavailable endpoint unknown"],
  ["a reconnect that met a full server", serverFatal("53300"), "overloaded endpoint unknown"],
  ["a reconnect with a wrong password", serverFatal("28P01"), "misconfigured endpoint unknown"],
  ["a pooler that lost its server", serverFatal("08P01"), "disconnected endpoint unknown"],
  ["an unknown FATAL", serverFatal("ZZ999"), "disconnected endpoint unknown"],
  [
    "a PANIC",
    serverFatal("58030", { report: { severity: "PANIC" } }),
    "disconnected endpoint unknown",
  ],
  ["a recovery conflict that ends the session", serverFatal("40001"), "conflict statement no"],
  [
    "a database dropped under a replica's session",
    serverFatal("57P04"),
    "misconfigured endpoint no",
  ],
  ["idle_in_transaction_session_timeout", serverFatal("25P03"), "cancelled statement no"],
  ["transaction_timeout", serverFatal("25P04"), "cancelled statement no"],
  ["idle_session_timeout", serverFatal("57P05"), "disconnected client no"],
  [
    "a code without severity on a dead line",
    serverError("57P01", { connection: "broken", report: {} }),
    "disconnected endpoint unknown",
  ],
];

const PROBLEMS: readonly Row[] = [
  ["a write on a replica", serverError("25006"), "readOnly client no"],
  [
    "a WAL function on a replica",
    serverError("55000", { message: "recovery is in progress" }),
    "readOnly client no",
  ],
  [
    "the same in German",
    serverError("55000", {
      message: "Wiederherstellung läuft",
      report: { severity: "ERROR", routine: "pg_current_wal_lsn" },
    }),
    "readOnly client no",
  ],
  [
    "pg_wal_replay_pause on a primary",
    serverError("55000", { message: "recovery is not in progress" }),
    "statement statement no",
  ],
  [
    "currval before nextval",
    serverError("55000", { message: 'currval of sequence "s" is not yet defined in this session' }),
    "statement statement no",
  ],
  [
    "SERIALIZABLE on a replica",
    serverError("0A000", { message: "cannot use serializable mode in a hot standby" }),
    "readOnly client no",
  ],
  [
    "READ WRITE on a replica",
    serverError("0A000", { message: "cannot set transaction read-write mode during recovery" }),
    "readOnly client no",
  ],
  [
    "any other missing feature",
    serverError("0A000", { message: "cross-database references are not implemented" }),
    "statement statement no",
  ],
  ["statement_timeout or a cancel", serverError("57014"), "cancelled statement no"],
  ["a serialization failure", serverError("40001"), "conflict statement no"],
  ["a deadlock", serverError("40P01"), "conflict statement no"],
  ["NOWAIT or lock_timeout", serverError("55P03"), "conflict statement no"],
  ["a snapshot too old", serverError("72000"), "conflict statement no"],
  ["a completion nobody knows", serverError("40003"), "conflict statement unknown"],
  ["a deferred constraint", serverError("40002"), "statement statement no"],
  ["a full disk", serverError("53100"), "overloaded statement no"],
  ["no memory", serverError("53200"), "overloaded statement no"],
  ["too many connections", serverError("53300"), "overloaded endpoint no"],
  ["temp_file_limit", serverError("53400"), "statement statement no"],
  ["an I/O error", serverError("58030"), "unavailable endpoint no"],
  ["a missing library", serverError("58P01"), "statement statement no"],
  ["a corrupt page", serverError("XX001"), "unavailable statement no"],
  ["an internal error", serverError("XX000"), "statement statement no"],
  ["a unique violation", serverError("23505"), "statement statement no"],
  ["a syntax error", serverError("42601"), "statement statement no"],
  ["an unknown table", serverError("42P01"), "statement statement no"],
  ["a missing privilege", serverError("42501"), "statement statement no"],
  ["a bad value", serverError("22P02"), "statement statement no"],
  ["RAISE EXCEPTION", serverError("P0001"), "statement statement no"],
  ["a failed transaction", serverError("25P02"), "statement statement no"],
  ["DROP DATABASE of an unknown one", serverError("3D000"), "statement statement no"],
  ["parameters that do not fit the Bind", serverError("08P01"), "statement statement no"],
  ["a foreign server's refusal", serverError("08001"), "unavailable statement unknown"],
  ["a foreign server's shutdown", serverError("57P01"), "unavailable statement unknown"],
  ["a code nobody has heard of", serverError("ZZ999"), "statement statement no"],
  [
    "an error without a code",
    serverError("", { connection: "usable" }),
    "disconnected endpoint unknown",
  ],
];

describe("judge() of a PostgreSQL login", () => {
  test.each(LOGINS)("judge() reads %s", (_what, failure, expected) => {
    expect(words(judge(failure, "postgres"))).toBe(expected);
  });

  test("judge() never says that a statement ran while connecting", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9A-Z]{5}$/), (code) => {
        expect(judge(loginError(code), "postgres").executed).toBe("no");
      }),
    );
  });
});

describe("judge() of a PostgreSQL session's end", () => {
  test.each(ENDINGS)("judge() reads %s", (_what, failure, expected) => {
    expect(words(judge(failure, "postgres"))).toBe(expected);
  });

  test("judge() leaves open whether a statement ran, but for the measured exceptions", () => {
    const certain = new Set(["40001", "57P04", "57P05", "25P03", "25P04"]);
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9A-Z]{5}$/), (code) => {
        fc.pre(!certain.has(code));
        expect(judge(serverFatal(code), "postgres").executed).toBe("unknown");
      }),
    );
  });
});

describe("judge() of a PostgreSQL error", () => {
  test.each(PROBLEMS)("judge() reads %s", (_what, failure, expected) => {
    expect(words(judge(failure, "postgres"))).toBe(expected);
  });

  test("judge() blames the endpoint for an error only when it is out of something or cannot read", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9A-Z]{5}$/), (code) => {
        const { scope } = judge(serverError(code), "postgres");
        if (scope === "endpoint") expect(["53", "58"]).toContain(code.slice(0, 2));
      }),
    );
  });
});
