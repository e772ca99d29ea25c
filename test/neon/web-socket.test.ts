/** What goes wrong on the WebSocket of a transaction, at each of its steps. */

import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { neon } from "../../adapters/connectors/neon/mod.ts";
import type { Connection } from "../../src/ports.ts";
import { type Cluster, startCluster, until, whyNoCluster } from "../cluster/mod.ts";
import { type Double, startDouble } from "./double.ts";
import { failing, LIMIT, PREPARE, said, untilRunning } from "./outcome.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

describe.skipIf(missing)(`the WebSocket ${missing ?? ""}`, () => {
  let cluster: Cluster;
  let double: Double;
  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0, auth: "scram-sha-256", password: "pw" });
    double = await startDouble(cluster.primary.port);
  });
  afterEach(() => {
    double.upgrade = "none";
  });
  afterAll(async () => {
    await double?.close();
    await cluster?.stop();
  });

  function connect(): Promise<Connection> {
    return neon(double.options()).connect(LIMIT);
  }

  async function begun(): Promise<Connection> {
    const connection = await connect();
    await connection.run("begin", [], PREPARE);
    return connection;
  }

  test.each<readonly [string, Double["upgrade"], number]>([
    ["refused", "refuse", 5_000],
    ["never answered", "blackHole", 100],
    ["answered with something else", "garbage", 5_000],
  ])("which is %s: nothing was sent", async (_, upgrade, timeoutMs) => {
    double.upgrade = upgrade;
    const connection = await neon(double.options()).connect({ timeoutMs });
    const failure = await failing(connection, "begin");
    expect([failure.phase, said(failure)]).toEqual(["connecting", "unavailable endpoint no"]);
    // Whose end is told is not waited for until time is up.
    expect(failure.code === "CONNECT_TIMEOUT").toBe(upgrade === "blackHole");
    expect(connection.usable).toBe(false);
  });

  test.each([
    ["Control plane request failed", "unavailable endpoint no"],
    ["Couldn't connect to compute node", "unavailable endpoint no"],
    ["Too many connections attempts", "overloaded endpoint no"],
    [
      "Failed to acquire permit to connect to the database. Too many database connection attempts are currently ongoing.",
      "overloaded endpoint no",
    ],
    [
      "Your account or project has exceeded the compute time quota. Upgrade your plan to increase limits.",
      "overloaded endpoint no",
    ],
    ["password authentication failed for user 'app'", "misconfigured endpoint no"],
    [
      "The requested endpoint could not be found, or you don't have access to it. Please check the provided ID and try again.",
      "misconfigured endpoint no",
    ],
    [
      "This IP address 10.0.0.1 is not allowed to connect to this endpoint.",
      "misconfigured endpoint no",
    ],
    // The compute's own: the proxy drops their codes.
    ["sorry, too many clients already", "overloaded endpoint no"],
    [
      "remaining connection slots are reserved for roles with the SUPERUSER attribute",
      "overloaded endpoint no",
    ],
    ["the database system is starting up", "unavailable endpoint no"],
    ['database "shop" does not exist', "misconfigured endpoint no"],
    ['role "app" is not permitted to log in', "misconfigured endpoint no"],
    ["something of nobody's", "unavailable endpoint no"],
  ])("a login the proxy refuses means what it means by HTTP: %s", async (says, outcome) => {
    double.upgrade = { says };
    const connection = await connect();
    const failure = await failing(connection, "begin");
    expect([failure.phase, said(failure), connection.usable]).toEqual([
      "connecting",
      outcome,
      false,
    ]);
  });

  test("where nobody listens: nothing was sent", async () => {
    const options = { ...double.options(), webSocketUrl: "ws://127.0.0.1:9/" };
    const failure = await failing(await neon(options).connect(LIMIT), "begin");
    expect([failure.phase, said(failure)]).toEqual(["connecting", "unavailable endpoint no"]);
  });

  test("destroy() while it opens rejects as not sent, and leaves nothing open", async () => {
    double.upgrade = "blackHole";
    const connection = await connect();
    const running = failing(connection, "begin");
    await until(() => double.sockets > 0, { what: "the WebSocket" });
    connection.destroy();
    expect((await running).phase).toBe("connecting");
  });

  test.each<readonly [string, () => void]>([
    ["the network", () => double.cutSockets()],
    ["the proxy", () => double.cutUpstreams()],
  ])(
    "cut by %s while idle: the connection is lost, the next statement not sent",
    async (_, cut) => {
      const connection = await begun();
      const lost = new Promise<void>((resolve) => connection.onLost = resolve);
      cut();
      await lost;
      expect(connection.usable).toBe(false);
      expect(said(await failing(connection, "commit"))).toBe("unavailable endpoint no");
    },
  );

  test.each<readonly [string, () => void]>([
    ["the network", () => double.cutSockets()],
    ["the proxy", () => double.cutUpstreams()],
  ])("cut by %s under a statement", async (_, cut) => {
    const connection = await begun();
    const running = failing(connection, "select pg_sleep(600)");
    cut();
    expect(said(await running)).toBe("disconnected endpoint unknown");
    expect(connection.usable).toBe(false);
  });

  test("ended by the server under a statement, and while idle", async () => {
    const connection = await begun();
    const failure = await failing(connection, "select pg_terminate_backend(pg_backend_pid())");
    expect([failure.code, said(failure), connection.usable]).toEqual([
      "57P01",
      "disconnected endpoint unknown",
      false,
    ]);
  });

  test("an error leaves the line as it was", async () => {
    const connection = await begun();
    expect(said(await failing(connection, "select 1 / 0"))).toBe("statement statement no");
    expect((await failing(connection, "select 1")).code).toBe("25P02");
    const { command } = await connection.run("commit", [], PREPARE);
    expect(command).toBe("ROLLBACK");
    await connection.run("begin", [], PREPARE);
    await connection.close();
  });

  test("destroy() under a statement cancels it in the server", async () => {
    const connection = await begun();
    const running = failing(connection, "select pg_sleep(600) as cancelled_line");
    await untilRunning(cluster, "as cancelled_line", 1);
    connection.destroy();
    expect(said(await running)).toBe("disconnected endpoint unknown");
    await untilRunning(cluster, "as cancelled_line", 0);
  });

  test("without a WebSocket in this place the option is named", async () => {
    const { WebSocket: here } = globalThis;
    Reflect.deleteProperty(globalThis, "WebSocket");
    try {
      const failure = await failing(await connect(), "begin");
      expect(failure).toMatchObject({ origin: "client", code: "NO_WEBSOCKET" });
      expect(failure.message).toContain("webSocket");
    } finally {
      Object.assign(globalThis, { WebSocket: here });
    }
  });
});
