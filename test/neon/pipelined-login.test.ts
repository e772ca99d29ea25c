/** The login as Neon allows it: the password in clear text, in one with the greeting, through a secure WebSocket. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { neon, type NeonOptions } from "../../adapters/connectors/neon/mod.ts";
import { type Cluster, startCluster, whyNoCluster } from "../cluster/mod.ts";
import { allowClearText } from "./clear-text-login.ts";
import { type Double, startDouble } from "./double.ts";
import { failing, LIMIT, PREPARE, said } from "./outcome.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

/** The double has no TLS: what is said to be secure is not. */
class Unsecured extends WebSocket {
  constructor(url: string) {
    super(url.replace("wss:", "ws:"));
  }
}

describe.skipIf(missing)(`a pipelined login ${missing ?? ""}`, () => {
  let cluster: Cluster;
  let double: Double;
  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0, auth: "scram-sha-256", password: "pw" });
    await allowClearText(cluster);
    double = await startDouble(cluster.primary.port);
  });
  afterAll(async () => {
    await double?.close();
    await cluster?.stop();
  });

  function options(password?: string): NeonOptions {
    const given = double.options("postgres", password);
    return {
      ...given,
      webSocketUrl: given.webSocketUrl.replace("ws:", "wss:"),
      webSocket: Unsecured,
    };
  }

  test("begins a transaction, ends it, and begins the next", async () => {
    const connection = await neon(options()).connect(LIMIT);
    for (let i = 0; i < 2; i++) {
      await connection.run("begin", [], PREPARE);
      const { rows } = await connection.run("select $1::int as i", [i], PREPARE);
      expect(rows).toEqual([{ i }]);
      expect((await connection.run("commit", [], PREPARE)).command).toBe("COMMIT");
    }
    await connection.close();
  });

  test("knows whether a transaction is open: none is begun inside of another", async () => {
    const connection = await neon(options()).connect(LIMIT);
    expect(await connection.rehearse?.()).toEqual({ writable: true });
    await connection.run("begin", [], PREPARE);
    await expect(connection.rehearse?.()).rejects.toMatchObject({ code: "BUSY" });
    await connection.close();
  });

  test("with a wrong password is refused as any other", async () => {
    const connection = await neon(options("wrong")).connect(LIMIT);
    const failure = await failing(connection, "begin");
    expect([failure.code, said(failure)]).toEqual(["28P01", "misconfigured endpoint no"]);
  });
});
