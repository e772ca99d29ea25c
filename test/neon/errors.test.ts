/** What each thing that goes wrong comes to: kind, scope, executed. */

import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { neon } from "../../adapters/connectors/neon/mod.ts";
import type { Connection } from "../../src/ports.ts";
import { type Cluster, startCluster, whyNoCluster } from "../cluster/mod.ts";
import { freePort } from "../cluster/place.ts";
import { type Double, type Fault, startDouble } from "./double.ts";
import { failing, failureOf, LIMIT, PREPARE, said, untilRunning } from "./outcome.ts";
import { refused } from "./sql.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

function proxyError(status: number, message: string, more: object = {}): Fault {
  return { kind: "answer", ...refused(status, { message, ...more }) };
}

describe.skipIf(missing)(`errors ${missing ?? ""}`, () => {
  let cluster: Cluster;
  let double: Double;
  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0, auth: "scram-sha-256", password: "pw" });
    double = await startDouble(cluster.primary.port);
    await cluster.primary.query("create table t (n int primary key)");
    await cluster.primary.query("create role reader login password 'pw'");
  });
  afterEach(() => {
    double.fault = { kind: "none" };
  });
  afterAll(async () => {
    await double?.close();
    await cluster?.stop();
  });

  function connect(user?: string, password?: string): Promise<Connection> {
    return neon(double.options(user, password)).connect(LIMIT);
  }

  test.each([
    ["selec 1", "42601", "statement statement no"],
    ["select 1 / 0", "22012", "statement statement no"],
    ["insert into t values (1), (1)", "23505", "statement statement no"],
    ["select pg_cancel_backend(pg_backend_pid())", "57014", "cancelled statement no"],
    ["select pg_terminate_backend(pg_backend_pid())", "57P01", "disconnected endpoint unknown"],
    ["select 1; select 2", "42601", "statement statement no"],
  ])("the server's own word by HTTP: %s", async (text, code, outcome) => {
    const failure = await failing(await connect(), text);
    expect([failure.code, said(failure)]).toEqual([code, outcome]);
  });

  test("the server's report comes along", async () => {
    await (await connect()).run("insert into t values (7)", [], PREPARE);
    const failure = await failing(await connect(), "insert into t values (7)");
    expect(failure.report).toMatchObject({
      severity: "ERROR",
      table: "t",
      schema: "public",
      constraint: "t_pkey",
      detail: "Key (n)=(7) already exists.",
    });
  });

  test.each([
    ["a wrong password", ["postgres", "wrong"], "28P01"],
    ["an unknown user", ["nobody", "pw"], "28P01"],
  ])("a login refused is known to have run nothing: %s", async (_, [user, password], code) => {
    for (const text of ["select 1", "begin"]) {
      const failure = await failing(await connect(user, password), text);
      expect([failure.code, failure.phase, said(failure)]).toEqual([
        code,
        "connecting",
        "misconfigured endpoint no",
      ]);
      expect(failure.message).not.toContain("wrong");
    }
  });

  const TOO_MANY =
    "Failed to acquire permit to connect to the database. Too many database connection attempts are currently ongoing.";
  const QUOTA =
    "Your account or project has exceeded the compute time quota. Upgrade your plan to increase limits.";
  const NO_ENDPOINT =
    "The requested endpoint could not be found, or you don't have access to it. Please check the provided ID and try again.";
  const GIVEN_UP = "Query cancelled, connection was terminated";

  test.each<readonly [string, Fault, string]>([
    [
      "the control plane fails",
      proxyError(500, "Control plane request failed"),
      "unavailable endpoint no",
    ],
    ["no compute", proxyError(500, "Couldn't connect to compute node"), "unavailable endpoint no"],
    [
      "too many attempts",
      proxyError(500, "Too many connections attempts"),
      "overloaded endpoint no",
    ],
    ["no permit", proxyError(500, TOO_MANY), "overloaded endpoint no"],
    ["over quota", proxyError(500, QUOTA), "overloaded endpoint no"],
    ["no such endpoint", proxyError(400, NO_ENDPOINT), "misconfigured endpoint no"],
    [
      "a password the proxy refuses",
      proxyError(400, "password authentication failed for user 'app'"),
      "misconfigured endpoint no",
    ],
    ["a missing name", proxyError(400, "missing username"), "misconfigured endpoint no"],
    [
      "an address that may not",
      proxyError(400, "This IP address 10.0.0.1 is not allowed to connect to this endpoint."),
      "misconfigured endpoint no",
    ],
    [
      "a server that starts",
      proxyError(500, "the database system is starting up", { code: "57P03", severity: "FATAL" }),
      "unavailable endpoint no",
    ],
    [
      "a server that is full",
      proxyError(500, "sorry, too many clients already", { code: "53300", severity: "FATAL" }),
      "overloaded endpoint no",
    ],
    [
      "a server that shuts down",
      proxyError(400, "terminating connection", { code: "57P01", severity: "FATAL" }),
      "disconnected endpoint unknown",
    ],
    [
      "no code",
      proxyError(400, "error communicating with the server: connection closed"),
      "disconnected endpoint unknown",
    ],
    [
      "a socket that is gone",
      proxyError(
        400,
        "error communicating with the server: Transport endpoint is not connected (os error 107)",
      ),
      "disconnected endpoint unknown",
    ],
    [
      "an endpoint the control plane does not find",
      proxyError(400, "Control plane request failed: endpoint cannot be found"),
      "misconfigured endpoint no",
    ],
    [
      "an endpoint that is switched off",
      proxyError(400, "The endpoint has been disabled. Enable it using Neon API and retry."),
      "misconfigured endpoint no",
    ],
    ["given up by the proxy", {
      kind: "answer",
      ...refused(400, { message: GIVEN_UP, code: "08P01" }),
    }, "disconnected endpoint unknown"],
    [
      "parameters that do not fit",
      proxyError(400, "bind message supplies 1 parameters", { code: "08P01", severity: "ERROR" }),
      "statement statement no",
    ],
    [
      "a request too large",
      proxyError(413, "request is too large (max is 10485760 bytes)"),
      "statement statement no",
    ],
    [
      "an answer too large",
      proxyError(507, "response is too large (max is 10485760 bytes)"),
      "statement client unknown",
    ],
    [
      "an answer the proxy cannot read",
      proxyError(500, "could not parse postgres response"),
      "disconnected endpoint unknown",
    ],
    [
      "rate limited, in words",
      { kind: "answer", status: 429, body: "slow down" },
      "overloaded endpoint no",
    ],
    [
      "a gateway that fails",
      { kind: "answer", status: 502, body: "<html>Bad Gateway</html>" },
      "disconnected endpoint unknown",
    ],
    [
      "a gateway out of time, after it ran",
      { kind: "answer", status: 504, body: "", ran: true },
      "disconnected endpoint unknown",
    ],
    [
      "an error of nobody's",
      { kind: "answer", status: 500, body: "{}" },
      "disconnected endpoint unknown",
    ],
    [
      "a 400 of nobody's",
      { kind: "answer", status: 400, body: "nonsense" },
      "disconnected endpoint unknown",
    ],
    ["not let in", { kind: "answer", status: 403, body: "" }, "misconfigured endpoint no"],
    [
      "another service",
      { kind: "answer", status: 404, body: "not here" },
      "unavailable endpoint no",
    ],
    ["a redirect, which is not followed", {
      kind: "answer",
      status: 307,
      body: "",
      headers: { location: "http://127.0.0.1:9/" },
    }, "unavailable endpoint no"],
    [
      "a page instead of JSON",
      { kind: "answer", status: 200, body: "<html>login</html>" },
      "disconnected endpoint unknown",
    ],
    [
      "JSON of something else",
      { kind: "answer", status: 200, body: "[1]" },
      "disconnected endpoint unknown",
    ],
    [
      "fields of something else",
      { kind: "answer", status: 200, body: '{"rows":[],"fields":[{}]}' },
      "disconnected endpoint unknown",
    ],
    [
      "rows that do not fit",
      { kind: "answer", status: 200, body: '{"rows":[["1"]],"fields":[]}' },
      "statement client unknown",
    ],
    ["cut before it ran", { kind: "drop", when: "before" }, "disconnected endpoint unknown"],
    ["cut after it ran", { kind: "drop", when: "after" }, "disconnected endpoint unknown"],
    [
      "cut in the middle of the answer",
      { kind: "drop", when: "midAnswer" },
      "disconnected endpoint unknown",
    ],
  ])("by HTTP: %s", async (_, fault, outcome) => {
    double.fault = fault;
    const failure = await failing(await connect());
    expect(said(failure)).toBe(outcome);
    for (const secret of ["pw", "ep-double", "127.0.0.1", "html"]) {
      expect(failure.message).not.toContain(secret);
    }
  });

  test.each([
    ["2", 2_000],
    ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
    ["soon", undefined],
  ])("Retry-After: %s", async (header, ms) => {
    double.fault = { kind: "answer", status: 429, body: "", headers: { "retry-after": header } };
    expect((await failing(await connect())).retryAfterMs).toBe(ms);
  });

  test("nobody listens: nothing was sent", async () => {
    const options = { ...double.options(), sqlUrl: `http://127.0.0.1:${await freePort()}/sql` };
    const failure = await failing(await neon(options).connect(LIMIT));
    expect([failure.code, said(failure)]).toEqual(["ECONNREFUSED", "unavailable endpoint no"]);
  });

  test("a name that nobody has: nothing was sent", async () => {
    const options = { ...double.options(), sqlUrl: "https://nowhere.invalid/sql" };
    expect(said(await failing(await neon(options).connect(LIMIT)))).toBe(
      "unavailable endpoint no",
    );
  });

  test("an aborted request is cancelled in the server", async () => {
    const connection = await connect();
    const running = failureOf(connection.run("select pg_sleep(600) as mark", [], PREPARE));
    await untilRunning(cluster, "as mark", 1);
    connection.destroy();
    expect(said(await running)).toBe("disconnected endpoint unknown");
    await untilRunning(cluster, "as mark", 0);
  });
});
