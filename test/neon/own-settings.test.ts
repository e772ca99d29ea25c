/** The driver's settings are global. Each endpoint has its own all the same, and the driver's are left alone. */

import { neonConfig } from "@neondatabase/serverless";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { neon } from "../../adapters/connectors/neon/mod.ts";
import { type Cluster, startCluster, whyNoCluster } from "../cluster/mod.ts";
import { type Double, startDouble } from "./double.ts";
import { LIMIT, PREPARE } from "./outcome.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

/** What the application has set for its own use of the driver, and would lead everybody astray. */
const ASTRAY = {
  webSocketConstructor: class {
    constructor() {
      throw new Error("The driver's WebSocket");
    }
  },
  wsProxy: () => "astray.invalid",
  fetchEndpoint: () => "https://astray.invalid/sql",
  fetchFunction: () => Promise.reject(new Error("The driver's fetch")),
  poolQueryViaFetch: true,
  pipelineConnect: "password",
} as const;

describe.skipIf(missing)(`two endpoints at once ${missing ?? ""}`, () => {
  let cluster: Cluster;
  let main: Double;
  let copy: Double;
  const before = Object.fromEntries(
    Object.keys(ASTRAY).map((name) => [name, Reflect.get(neonConfig, name) as unknown]),
  );
  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1 });
    main = await startDouble(cluster.primary.port);
    copy = await startDouble(cluster.replicas[0]?.port ?? 0);
  });
  afterEach(() => {
    Object.assign(neonConfig, before);
  });
  afterAll(async () => {
    await main?.close();
    await copy?.close();
    await cluster?.stop();
  });

  test("each has its own way by HTTP and WebSocket, whatever the driver is set to", async () => {
    Object.assign(neonConfig, ASTRAY);
    const went: string[] = [];
    const [first, second] = await Promise.all(
      [main, copy].map((double, i) =>
        neon({
          ...double.options(),
          applicationName: `app ${i}`,
          fetch: (url, init) => {
            went.push(`fetch ${i}`);
            return fetch(url, init);
          },
          webSocket: class extends WebSocket {
            constructor(url: string) {
              went.push(`webSocket ${i}`);
              super(url);
            }
          },
        }).connect(LIMIT)
      ),
    );
    if (first === undefined || second === undefined) throw new Error("No connections");
    const text =
      "select pg_is_in_recovery() as copy, current_setting('application_name') as application";
    const rows = [
      { copy: false, application: "app 0" },
      { copy: true, application: "app 1" },
    ];
    const asked = async (): Promise<unknown[]> =>
      (await Promise.all([first, second].map((one) => one.run(text, [], PREPARE))))
        .map((answer) => answer.rows[0]);
    expect(await asked()).toEqual(rows);
    // Both lines are open at the same time, and opened at the same time.
    await Promise.all([first, second].map((one) => one.run("begin", [], PREPARE)));
    expect([main.open, copy.open]).toEqual([1, 1]);
    expect(await asked()).toEqual(rows);
    expect(went.toSorted()).toEqual(["fetch 0", "fetch 1", "webSocket 0", "webSocket 1"]);
    for (const [name, value] of Object.entries(ASTRAY)) {
      expect(Reflect.get(neonConfig, name)).toBe(value);
    }
    await Promise.all([first, second].map((one) => one.close()));
  });
});
