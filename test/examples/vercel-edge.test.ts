/**
 * `examples/vercel-edge` as it is, in Vercel's edge runtime as far as it runs here: no TCP, no Node, `fetch` and
 * `WebSocket`. Neon's and Upstash's addresses lead to their doubles.
 */

import { EdgeVM } from "@edge-runtime/vm";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT } from "../../scripts/step.ts";
import { type Cluster, startCluster, until, whyNoCluster } from "../cluster/mod.ts";
import { allowClearText } from "../neon/clear-text-login.ts";
import { type Double, startDouble } from "../neon/double.ts";
import { type Ask, journey, readBack, stockUp, TOKEN } from "./journey.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

/** What Vercel does with a route's module. */
const PLATFORM = `
import route, { config } from "./examples/vercel-edge/api/orders.ts";
if (config.runtime !== "edge") throw new Error("It would run on Node");
addEventListener("fetch", (event) => event.respondWith(route(event.request, event)));
`;

async function bundled(): Promise<string> {
  const { outputFiles: [file] } = await build({
    stdin: { contents: PLATFORM, resolveDir: ROOT, loader: "ts" },
    bundle: true,
    write: false,
    format: "iife",
    target: "es2022",
    conditions: ["edge-light", "worker", "browser", "import"],
    mainFields: ["module", "main"],
  });
  return file?.text ?? "";
}

describe.skipIf(missing)(`examples/vercel-edge ${missing ?? ""}`, () => {
  let cluster: Cluster;
  let doubles: readonly [Double, Double];
  let place: EdgeVM;
  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1, auth: "scram-sha-256", password: "pw" });
    await allowClearText(cluster);
    await stockUp(cluster);
    const [primary, replica] = cluster.nodes.map(({ port }) => startDouble(port));
    if (primary === undefined || replica === undefined) throw new Error("Two nodes were asked for");
    doubles = await Promise.all([primary, replica]);
    const code = await bundled();
    const { port: main } = doubles[0];
    const { port: copy } = doubles[1];
    // Neon answers by HTTP at `api.` and a region; each endpoint has a region of its own here.
    const nearby = (url: string | URL): string =>
      String(url)
        .replace(/^(http|ws)s:\/\/\w+\.main\.neon\.tech/, `$1://127.0.0.1:${main}`)
        .replace(/^(http|ws)s:\/\/\w+\.copy\.neon\.tech/, `$1://127.0.0.1:${copy}`);
    place = new EdgeVM({
      extend: (context) => {
        const { fetch, WebSocket } = context;
        class NearbySocket extends WebSocket {
          constructor(url: string | URL, protocols?: string | string[]) {
            super(nearby(url), protocols);
          }
        }
        return Object.assign(context, {
          process: {
            env: {
              DATABASE_URL: "postgres://postgres:pw@ep.main.neon.tech/postgres",
              DATABASE_REPLICA_URL: "postgres://postgres:pw@ep.copy.neon.tech/postgres",
              HOLDFAST_TOKEN: TOKEN,
            },
          },
          // A signal of that place is none of this one's.
          fetch: (url: string | URL, init?: RequestInit) => fetch(nearby(url), init),
          WebSocket: NearbySocket,
        });
      },
    });
    place.evaluate(code);
  });
  afterAll(async () => {
    for (const double of doubles ?? []) await double.close();
    await cluster?.stop();
  });

  test("takes orders, reads from the replica, and goes on when that dies", async () => {
    const ask: Ask = async (path, init = {}) => {
      const { headers, body, method } = init;
      const request = { headers, body, method } as RequestInit;
      return await place.dispatchFetch(`https://shop.vercel.app/api${path}`, request);
    };
    await journey(ask);
    expect(await until(() => readBack(ask), { what: "the orders on the replica" })).toBe("copy");
    doubles[1].fault = { kind: "drop", when: "before" };
    expect(await readBack(ask)).toBe("main");
  });
});
