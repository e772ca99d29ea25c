/**
 * What the database says is wrong, and what it means: kind, scope, executed.
 */

import { describe, expect, test } from "vitest";
import { failureOf, outcomeOf, type Said } from "./outcomes.ts";

/** As the API answers: status 200, the error beside the session. */
function mysql(errno: number, state: string, text: string, rpc = "Unknown"): Said {
  return vitess(
    `vttablet: rpc error: code = ${rpc} desc = ${text} (errno ${errno}) (sqlstate ${state}) (CallerID: x): Sql: "insert into t values (:v1)", BindVars: {REDACTED}`,
  );
}

function vitess(message: string, code = "UNKNOWN", status = 200): Said {
  return {
    status,
    body: JSON.stringify({
      session: { signature: "x" },
      error: { code, message: `target: shop.-.primary: ${message}` },
    }),
  };
}

describe("errors of MySQL, with status 200", () => {
  test.each<[string, Said, string]>([
    [
      "a syntax error",
      mysql(1064, "42000", "You have an error in your SQL syntax; near 'v4lue' at line 1"),
      "statement statement no",
    ],
    [
      "a duplicate",
      mysql(1062, "23000", "Duplicate entry 'v4lue' for key 't.PRIMARY'", "AlreadyExists"),
      "statement statement no",
    ],
    [
      "no such table",
      mysql(1146, "42S02", "Table 'shop.t' doesn't exist"),
      "statement statement no",
    ],
    [
      "a deadlock",
      mysql(1213, "40001", "Deadlock found when trying to get lock"),
      "conflict statement no",
    ],
    [
      "a lock waited for too long",
      mysql(1205, "HY000", "Lock wait timeout exceeded"),
      "conflict statement no",
    ],
    [
      "read-only",
      mysql(1290, "HY000", "The MySQL server is running with the --read-only option", "Code(17)"),
      "readOnly client no",
    ],
    ["read-only mode", mysql(1836, "HY000", "Running in read-only mode"), "readOnly client no"],
    [
      "another option in the way",
      mysql(1290, "HY000", "running with the --secure-file-priv option"),
      "statement statement no",
    ],
    ["killed", mysql(1317, "70100", "Query execution was interrupted"), "cancelled statement no"],
    [
      "too many connections",
      mysql(1040, "08004", "Too many connections"),
      "overloaded endpoint no",
    ],
    [
      "a tablet's pool that is full",
      mysql(1203, "42000", "pool connection limit exceeded"),
      "overloaded endpoint no",
    ],
    [
      "too many rows",
      mysql(1203, "42000", "Row count exceeded 100000"),
      "statement statement unknown",
    ],
    [
      "a lost MySQL",
      mysql(2013, "HY000", "Lost connection to MySQL server during query"),
      "disconnected endpoint unknown",
    ],
    [
      "shutting down",
      mysql(1053, "08S01", "Server shutdown in progress"),
      "disconnected endpoint unknown",
    ],
    [
      "a value that looks like another error",
      mysql(1062, "23000", "Duplicate entry '(errno 1213) (sqlstate 40001)' for key 'k'"),
      "statement statement no",
    ],
  ])("%s", async (_, said, expected) => {
    expect(await outcomeOf(said)).toBe(expected);
  });

  test("the message says what was wrong, and not of what", async () => {
    const { message, code, report } = await failureOf(
      mysql(1062, "23000", "Duplicate entry 'ann@example' for key 'users.email'", "AlreadyExists"),
    );
    expect(code).toBe("1062");
    expect(message).toContain("Duplicate entry (…) for key 'users.email'");
    expect(message).not.toContain("insert into");
    expect(report?.constraint).toBe("users.email");
  });
});

describe("errors of Vitess and the API", () => {
  test.each<[string, Said, string]>([
    [
      "a reparent",
      vitess("primary is not serving, there is a reparent operation in progress", "CLUSTER_EVENT"),
      "unavailable endpoint no",
    ],
    [
      "a reparent, by errno 1105",
      vitess(
        "vttablet: rpc error: code = ClusterEvent desc = operation not allowed in state NOT_SERVING (errno 1105) (sqlstate HY000)",
      ),
      "unavailable endpoint no",
    ],
    [
      "UNAVAILABLE",
      vitess("vttablet: Connection Closed", "UNAVAILABLE"),
      "unavailable endpoint unknown",
    ],
    [
      "Unavailable from gRPC",
      vitess("vttablet: rpc error: code = Unavailable desc = transport is closing"),
      "unavailable endpoint unknown",
    ],
    [
      "a transaction that ended",
      vitess("vttablet: rpc error: code = Aborted desc = transaction 17: ended"),
      "conflict statement unknown",
    ],
    [
      "a deadline",
      vitess("vttablet: rpc error: code = DeadlineExceeded desc = context deadline exceeded"),
      "cancelled statement unknown",
    ],
    ["not supported", vitess("VT12001: unsupported: x", "UNIMPLEMENTED"), "statement statement no"],
    ["nothing but unknown", vitess("something", "UNKNOWN"), "disconnected endpoint unknown"],
    [
      "1105 without a word",
      vitess("something (errno 1105) (sqlstate HY000)"),
      "unavailable statement unknown",
    ],
    [
      "a wrong password, JSON beside",
      vitess("invalid credentials", "UNAUTHENTICATED", 401),
      "misconfigured endpoint no",
    ],
    ["a wrong password, Connect's shape", {
      status: 401,
      body: '{"code":"unauthenticated","message":"no"}',
    }, "misconfigured endpoint no"],
    ["a wrong password, no word", { status: 401 }, "misconfigured endpoint no"],
    [
      "no permission",
      { status: 403, body: '{"code":"permission_denied","message":"no"}' },
      "misconfigured endpoint no",
    ],
    [
      "UNAVAILABLE with 503",
      { status: 503, body: '{"code":"unavailable","message":"no"}' },
      "unavailable endpoint unknown",
    ],
    ["too many requests", {
      status: 429,
      body: '{"code":"resource_exhausted","message":"slow down"}',
    }, "overloaded endpoint no"],
  ])("%s", async (_, said, expected) => {
    expect(await outcomeOf(said)).toBe(expected);
  });
});
