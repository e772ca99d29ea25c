/**
 * `examples/deno` and `examples/bun` as they are, in processes of their own, over a real primary and a replica
 * that dies on the way.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "../../scripts/step.ts";
import { type Cluster, startCluster, until, whyNoCluster } from "../cluster/mod.ts";
import { freePort } from "../cluster/place.ts";
import { type RedisServer, startRedis, whyNoRedis } from "../stores/redis-server.ts";
import { type Ask, journey, readBack, stockUp, TOKEN } from "./journey.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const missing = whyNoCluster();
if (missing) console.error(missing);
const noRedis = whyNoRedis();
if (noRedis) console.error(`${noRedis}: examples/bun runs without its store`);

/** By the permissions that its README names. */
const DENO = ["run", "--unstable-kv", "--allow-net", "--allow-env", "examples/deno/main.ts"];
const BUN = ["examples/bun/main.ts"];

test("examples/deno is right by Deno's types, examples/bun by Bun's", async () => {
  const checked = await run("deno", ["check", "--quiet", "--unstable-kv", "examples/deno/main.ts"]);
  expect(checked).toMatchObject({ code: 0 });
  expect(await run("tsc", ["-p", "examples/bun"])).toMatchObject({ code: 0, stdout: "" });
});

describe.skipIf(missing).each([
  ["deno", DENO],
  ["bun", BUN],
])(`examples/%s ${missing ?? ""}`, (command, args) => {
  let cluster: Cluster;
  let redis: RedisServer | undefined;
  let child: ChildProcess;
  let ask: Ask;
  let said = "";
  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1 });
    await stockUp(cluster);
    if (noRedis === undefined && command === "bun") redis = await startRedis();
    const port = await freePort();
    child = spawn(command, args, {
      cwd: ROOT,
      env: {
        ...process.env,
        PORT: `${port}`,
        DATABASE_URLS: cluster.nodes.map((node) => node.url()).join(" "),
        HOLDFAST_TOKEN: TOKEN,
        ...(redis === undefined ? {} : { REDIS_URL: redis.url }),
      },
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk: Buffer) => said += chunk.toString());
    }
    ask = (path, init) => fetch(`http://127.0.0.1:${port}${path}`, init);
    await until(async () => (await ask("/")).status === 401, {
      what: `examples/${command}`,
      timeoutMs: 45_000,
      detail: () => said,
    });
  });
  afterAll(async () => {
    child?.kill("SIGKILL");
    await redis?.stop();
    await cluster?.stop();
  });

  test("takes orders, reads from the replica, and goes on when that dies", async () => {
    await journey(ask);
    const replica = await until(() => readBack(ask), { what: "the orders on the replica" });
    expect(replica).toBe("db2");
    await cluster.replicas[0]?.kill();
    expect(await readBack(ask)).toBe("db1");
  });

  test("ends well when it is asked to", async () => {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    expect([await ended, said]).toEqual([0, expect.any(String)]);
  });
});
