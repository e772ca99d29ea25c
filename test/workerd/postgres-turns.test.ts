/** What a fresh connection costs in a Worker, counted in round trips on the line. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openGate } from "../adapters/connectors/postgres/gate.ts";
import { report, WELCOME } from "../adapters/connectors/postgres/messages.ts";
import { type Cluster, startCluster, whyNoCluster } from "../cluster/mod.ts";
import type { Deed, Told } from "./orders.ts";
import { type Place, startPlace } from "./place.ts";
import { startTurnsProxy } from "./turns-proxy.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

/** The startup message, and SCRAM's two. */
const LOGIN = 3;
/**
 * The empty text after it. A pooler welcomes clients before it has a server: found out here, nothing has
 * been sent and a write may go elsewhere; found out by the write itself, its fate is unknown.
 */
const PROOF = 1;

describe.skipIf(missing)(`round trips of postgres() in workerd ${missing ?? ""}`, () => {
  let cluster: Cluster;
  let place: Place;
  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0, auth: "scram-sha-256" });
    const entry = new URL("postgres-worker.ts", import.meta.url);
    place = await startPlace({ entry, objects: ["Keeper"] });
  });
  afterAll(async () => {
    await place?.dispose();
    await cluster?.stop();
  });

  async function turnsOf(deed: (url: string) => Deed & { readonly url: string }): Promise<number> {
    const direct = new URL(cluster.primary.url());
    await using proxy = await startTurnsProxy(Number(direct.port));
    direct.port = String(proxy.port);
    const body = JSON.stringify(deed(direct.href));
    const told = await (await place.fetch("/request", { method: "POST", body })).json() as Told;
    expect(told.error).toBeUndefined();
    expect(proxy.turns).toHaveLength(1);
    return proxy.turns[0] ?? 0;
  }

  test("a connection costs its login and the proof that a server is there", async () => {
    expect(await turnsOf((url) => ({ do: "connect", url }))).toBe(LOGIN + PROOF);
  });

  test("a statement without parameters costs one more", async () => {
    const text = "select 1 as one";
    expect(await turnsOf((url) => ({ do: "run", url, text }))).toBe(LOGIN + PROOF + 1);
  });

  test("a statement with parameters is described first, and from then on costs one", async () => {
    const text = "select $1::int as i";
    const once = await turnsOf((url) => ({ do: "repeat", url, text, times: 1 }));
    const often = await turnsOf((url) => ({ do: "repeat", url, text, times: 5 }));
    expect({ once, often }).toEqual({ once: LOGIN + PROOF + 2, often: LOGIN + PROOF + 6 });
  });

  test("a pooler that welcomes without a server fails the connect, before a write is sent", async () => {
    const asked: string[] = [];
    await using gate = await openGate((client) => {
      client.once("data", () => {
        client.write(WELCOME);
        client.once("data", (bytes) => {
          asked.push(bytes.toString("latin1"));
          client.end(report("E", { S: "FATAL", V: "FATAL", C: "08P01", M: "no server" }));
        });
      });
    });
    const url = gate.url.replace("postgres@", "postgres:secret@");
    const body = JSON.stringify({ do: "run", url, text: "insert into note values (1)" });
    const told = await (await place.fetch("/request", { method: "POST", body })).json() as Told;
    expect(told.error).toMatchObject({ phase: "connecting", code: "08P01", connection: "broken" });
    expect(asked).toEqual(["Q\0\0\0\u0005\0"]);
  });
});
