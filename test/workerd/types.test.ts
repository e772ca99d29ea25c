/** What users write fits the types that `wrangler types` generates for them. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "../../scripts/step.ts";
import { blocksIn, blocksOf, isWorker } from "../docs/blocks.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const WORKER = `
import { DurableObject } from "cloudflare:workers";
import { durableObject, type OnCloudflare, onCloudflare, pooled, workersKv } from "./holdfast/adapters/cloudflare/mod.js";
import { postgres } from "./holdfast/adapters/connectors/postgres/mod.js";

const holdfast: OnCloudflare<Env> = onCloudflare((env) => ({
  endpoints: [
    { id: "a", connector: pooled(postgres(env.DATABASE_URL), { by: env.POOL, shards: 2 }) },
    { id: "b", connector: postgres(env.REPLICA_URL) },
  ],
  store: durableObject(env.HOLDFAST, { locationHint: "weur", bootstrap: workersKv(env.HOLDFAST_KV) }),
}));

export class HoldfastCoordinator extends holdfast.coordinator(DurableObject) {}
export class HoldfastPool extends holdfast.pool(DurableObject) {}

export default {
  async fetch(_request, env, ctx): Promise<Response> {
    const db = holdfast(env).session({ ctx });
    return Response.json((await db.query("select 1")).rows);
  },
  scheduled: holdfast.scheduled,
} satisfies ExportedHandler<Env>;
`;

const TOML = `
name = "shop"
main = "worker.ts"
compatibility_date = "2026-11-01"
[vars]
DATABASE_URL = "x"
REPLICA_URL = "x"
[[durable_objects.bindings]]
name = "HOLDFAST"
class_name = "HoldfastCoordinator"
[[durable_objects.bindings]]
name = "POOL"
class_name = "HoldfastPool"
[[migrations]]
tag = "v1"
new_sqlite_classes = ["HoldfastCoordinator", "HoldfastPool"]
[[kv_namespaces]]
binding = "HOLDFAST_KV"
id = "00000000000000000000000000000000"
`;

const TSCONFIG = {
  compilerOptions: {
    target: "ES2023",
    lib: ["ES2024", "ESNext.Disposable"],
    module: "ESNext",
    moduleResolution: "bundler",
    types: ["./worker-configuration.d.ts"],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
    noEmit: true,
  },
  include: ["worker.ts", "worker-configuration.d.ts"],
};

describe("holdfast/cloudflare by wrangler's types", () => {
  let folder: string;
  beforeAll(async () => {
    mkdirSync(join(ROOT, ".tmp"), { recursive: true });
    folder = mkdtempSync(join(ROOT, ".tmp", "types-"));
    writeFileSync(join(folder, "worker.ts"), WORKER);
    writeFileSync(join(folder, "wrangler.toml"), TOML);
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(TSCONFIG));
    process.env["WRANGLER_SEND_METRICS"] = "false";
    const generated = join(folder, "worker-configuration.d.ts");
    await run("wrangler", ["types", "--config", join(folder, "wrangler.toml"), generated]);
    const built = join(folder, "holdfast");
    await run("tsc", ["-p", "tsconfig.build.json", "--outDir", built, "--emitDeclarationOnly"]);
  });
  afterAll(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  test("a Worker with a coordinator and a pool fits", async () => {
    const { code, stdout } = await run("tsc", ["-p", folder]);
    expect([code, stdout]).toEqual([0, ""]);
  });

  const entry = readFileSync(join(ROOT, "adapters/cloudflare/mod.ts"), "utf8");
  const [own] = blocksOf(entry.replaceAll(/^ *\* ?/gm, ""), "adapters/cloudflare/mod.ts");
  const pages = ["docs/sharing.md", "docs/pooling.md"];
  const told = pages.flatMap((page) => blocksIn(page).filter(isWorker));
  const examples = [...(own === undefined ? [] : [own]), ...told];
  if (examples.length < 3) throw new Error("The entry and each of the pages have a Worker");

  test.each(examples.map((one) => [one.where, one] as const))(
    "the Worker at %s fits",
    async (_, example) => {
      const program = example.text
        .replace('"holdfast/cloudflare"', '"./holdfast/adapters/cloudflare/mod.js"')
        .replace('"holdfast/postgres"', '"./holdfast/adapters/connectors/postgres/mod.js"');
      writeFileSync(join(folder, "worker.ts"), program);
      const { code, stdout } = await run("tsc", ["-p", folder]);
      expect([code, stdout]).toEqual([0, ""]);
    },
  );

  test("a KV namespace is no Durable Object's, and none of KV's claims", async () => {
    const wrong = WORKER.replace("durableObject(env.HOLDFAST,", "durableObject(env.HOLDFAST_KV,");
    writeFileSync(
      join(folder, "worker.ts"),
      `${wrong}\nworkersKv({} as Env["HOLDFAST_KV"]).claim;\n`,
    );
    const { code, stdout } = await run("tsc", ["-p", folder]);
    expect(code).not.toBe(0);
    expect(stdout).toContain("getByName");
    expect(stdout).toContain("claim");
  });
});
