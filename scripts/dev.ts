/**
 * `npm run dev`: the Worker of `wrangler.toml` on this machine, over a real PostgreSQL primary with two replicas.
 * Ctrl-C stops both, and leaves nothing behind.
 */

import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { startCluster, whyNoCluster } from "../test/cluster/mod.ts";
import { ROOT } from "./step.ts";

/** Wrangler asks nobody outside, and says only what is wrong. */
const QUIET = {
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_HIDE_BANNER: "true",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  WRANGLER_LOG: "warn",
};

/** The port asked for, if it is free, or any that is. */
async function portOr(wanted: string | undefined): Promise<number> {
  const port = Number(wanted ?? 0);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`PORT has to be a number from 1 to 65535, and is ${JSON.stringify(wanted)}`);
  }
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", () => reject(new Error(`Port ${port} is taken: give another PORT`)));
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("No port is free");
  return address.port;
}

async function isUp(url: string): Promise<boolean> {
  return await fetch(url).then(({ status }) => status > 0, () => false);
}

/** What wrangler started and left behind: esbuild, when it could not begin. */
function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // Nobody is left.
  }
}

async function main(): Promise<void> {
  const missing = whyNoCluster();
  if (missing !== undefined) throw new Error(missing);
  const stopped = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => stopped.abort());

  const port = await portOr(process.env["PORT"]);
  console.log("Building a primary and two streaming replicas …");
  await using cluster = await startCluster({ replicas: 2 });
  await cluster.primary.query(readFileSync(join(ROOT, "examples/orders.sql"), "utf8"));
  const folder = mkdtempSync(join(tmpdir(), "holdfast-dev-"));
  const token = randomBytes(16).toString("hex");
  const secrets = join(folder, "secrets.env");
  const urls = cluster.nodes.map((node) => node.url()).join(" ");
  writeFileSync(secrets, `DATABASE_URLS="${urls}"\nHOLDFAST_TOKEN="${token}"\n`, { mode: 0o600 });
  const wrangler = spawn(process.execPath, [
    join(ROOT, "node_modules/wrangler/bin/wrangler.js"),
    "dev",
    "--ip=127.0.0.1",
    `--port=${port}`,
    `--env-file=${secrets}`,
    `--persist-to=${join(folder, "state")}`,
    "--show-interactive-dev-session=false",
  ], {
    cwd: ROOT,
    env: { ...process.env, ...QUIET },
    stdio: ["ignore", "inherit", "inherit"],
    // A group of its own: Ctrl-C reaches this process, which ends the rest in order.
    detached: true,
  });
  const ended = new Promise<void>((resolve) => {
    wrangler.once("exit", () => {
      // It ended by itself: what is wrong stands above.
      if (!stopped.signal.aborted) process.exitCode = 1;
      resolve();
    });
  });
  void ended.then(() => stopped.abort());
  try {
    const url = `http://127.0.0.1:${port}`;
    while (!stopped.signal.aborted && !(await isUp(url))) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    if (!stopped.signal.aborted) {
      console.log(`\n  ${url}/health\n  ${url}/stats\n  token ${token}\n`);
      console.log(`  curl -H "authorization: Bearer ${token}" ${url}/health`);
      const order = `'{ "key": "1", "item": "rope" }'`;
      console.log(`  curl -H "authorization: Bearer ${token}" -d ${order} ${url}/orders\n`);
      for (const node of cluster.nodes) console.log(`  ${node.name.padEnd(9)} ${node.url()}`);
      console.log("\nCtrl-C stops the Worker and every server.");
      await new Promise((resolve) => stopped.signal.addEventListener("abort", resolve));
    }
  } finally {
    wrangler.kill("SIGINT");
    await ended;
    endGroup(wrangler.pid);
    rmSync(folder, { recursive: true, force: true });
  }
}

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
