/**
 * What goes wrong, and what it means: kind, scope, executed.
 */

import { describe, expect, test } from "vitest";
import { planetscale, type PlanetscaleFetch } from "../../adapters/connectors/planetscale/mod.ts";
import { judge } from "../../src/judge/judge.ts";
import { Failure } from "../../src/model/failure.ts";
import type { Outcome } from "../../src/model/outcome.ts";
import { RUN } from "./ground.ts";

interface Said {
  readonly status?: number;
  readonly body?: string;
  readonly headers?: Record<string, string>;
}

/** The failure of a statement that is answered with this, or whose fetch rejects with it. */
async function failureOf(said: Said | Error): Promise<Failure> {
  const fetch: PlanetscaleFetch = () => {
    if (said instanceof Error) return Promise.reject(said);
    return Promise.resolve(new Response(said.body ?? "", { status: 200, ...said }));
  };
  const connector = planetscale({ host: "db.example", username: "u", password: "p4ss", fetch });
  const connection = await connector.connect({ timeoutMs: 1_000 });
  const thrown = await connection.run("insert into t values (?)", ["v4lue"], RUN).catch((
    error: unknown,
  ) => error);
  if (!(thrown instanceof Failure)) throw new Error(`No Failure: ${String(thrown)}`);
  expect(connection.usable).toBe(thrown.connection === "usable");
  expect(thrown.message).not.toMatch(/v4lue|p4ss|db\.example/);
  return thrown;
}

async function outcomeOf(said: Said | Error): Promise<string> {
  return told(judge(await failureOf(said), "mysql"));
}

function told({ kind, scope, executed }: Outcome): string {
  return `${kind} ${scope} ${executed}`;
}

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
    expect(report?.severity).toBe("SQLSTATE 23000");
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
