import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { until, whyNoCluster } from "../cluster/mod.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const missing = whyNoCluster();
if (missing) console.error(missing);

interface Run {
  said: string;
  readonly stop: () => void;
  readonly ended: Promise<number | null>;
}

function run(...args: string[]): Run {
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: {
      ...process.env,
      WRANGLER_SEND_METRICS: "false",
      WRANGLER_HIDE_BANNER: "true",
      CLOUDFLARE_CF_FETCH_ENABLED: "false",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const running: Run = {
    said: "",
    stop: () => child.kill("SIGINT"),
    ended: new Promise((resolve) => child.once("close", resolve)),
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => running.said += chunk.toString());
  }
  return running;
}

describe("wrangler.toml", () => {
  test("can be deployed", async () => {
    const outdir = mkdtempSync(join(tmpdir(), "holdfast-deploy-"));
    try {
      const wrangler = join(ROOT, "node_modules/wrangler/bin/wrangler.js");
      const deploy = run(wrangler, "deploy", "--dry-run", "--outdir", outdir);
      expect([await deploy.ended, deploy.said]).toEqual([0, expect.any(String)]);
      for (
        const bound of [
          "HOLDFAST",
          "HoldfastCoordinator",
          "POOL",
          "HoldfastPool",
          "HOLDFAST_KV",
          "READ_PREFERENCE",
        ]
      ) {
        expect(deploy.said).toContain(bound);
      }
      expect(deploy.said).not.toContain("WARNING");
      expect(readdirSync(outdir)).toContain("worker.js");
    } finally {
      rmSync(outdir, { recursive: true, force: true });
    }
  });

  test.skipIf(missing)(`npm run dev serves health and stats ${missing ?? ""}`, async () => {
    const dev = run("scripts/dev.ts");
    try {
      const [, url = "", token = ""] = await until(() => {
        return /(http:\S+)\/health[^]*token (\w+)[^]*Ctrl-C/.exec(dev.said) ?? undefined;
      }, { what: "the Worker's address", timeoutMs: 45_000, detail: () => dev.said });
      const ask = async (path: string, given: string): Promise<Response> => {
        const headers = { authorization: `Bearer ${given}`, connection: "close" };
        return await fetch(`${url}${path}`, { headers });
      };
      expect((await ask("/stats", "wrong")).status).toBe(401);
      expect((await ask("/elsewhere", token)).status).toBe(404);
      const health = await ask("/health", token);
      expect([health.status, await health.json()]).toMatchObject([200, { status: "ok" }]);
      const stats = await (await ask("/stats", token)).text();
      expect(JSON.parse(stats)).toMatchObject({
        isolate: { endpoints: [{ id: "db1" }, { id: "db2" }, { id: "db3" }] },
        shared: { v: 1 },
      });
      expect(stats).not.toContain("postgres://");
    } finally {
      dev.stop();
      await dev.ended;
    }
  });
});
