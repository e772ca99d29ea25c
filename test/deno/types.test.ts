import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { run } from "../../scripts/step.ts";
import { blocksIn, blocksOf, isForDeno } from "../docs/blocks.ts";

const ENTRY = new URL("../../adapters/stores/deno-kv/mod.ts", import.meta.url);
const CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));

/** By Deno's own types: tsc does not know them. */
async function check(program: string): Promise<{ code: number; stderr: string }> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-deno-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "program.ts");
  await writeFile(file, `import { denoKvStore } from "${ENTRY.href}";\n${program}\n`);
  return run("deno", [
    "check",
    "--quiet",
    "--unstable-kv",
    "--unstable-cron",
    "--config",
    CONFIG,
    file,
  ]);
}

test("denoKvStore() takes a Deno.Kv, its promise and a function, by Deno's own types", async () => {
  const checked = await check(`
    denoKvStore({ kv: await Deno.openKv() });
    denoKvStore({ kv: Deno.openKv() });
    denoKvStore({ kv: () => Deno.openKv("belief.sqlite"), prefix: ["shop", "db"] });
  `);
  expect(checked).toMatchObject({ code: 0 });
});

test("denoKvStore() takes nothing else, by Deno's own types", async () => {
  const checked = await check(`denoKvStore({ kv: Deno.open("belief.sqlite") });`);
  expect(checked.code).toBe(1);
  expect(checked.stderr).toContain("TS2322");
});

/** What the examples take for granted of a Holdfast. */
const GIVEN = `declare const db: {
  tick(): Promise<{ nextInMs: number }>;
  close(): Promise<void>;
  query(text: string): Promise<{ rows: unknown[] }>;
};`;

test("the entry's examples with Deno in them are right, by Deno's own types", async () => {
  const text = await readFile(ENTRY, "utf8");
  const examples = blocksOf(text.replaceAll(/^ *\* ?/gm, ""), "mod.ts")
    .filter((block) => block.text.includes("Deno."));
  expect(examples).toHaveLength(2);
  for (const example of examples) {
    expect(await check(`${GIVEN}\n${example.text}`)).toMatchObject({ code: 0 });
  }
});

test("the documents' programs for Deno are right, by Deno's own types", async () => {
  const programs = blocksIn("docs/sharing.md").filter(isForDeno);
  expect(programs).toHaveLength(1);
  for (const { text } of programs) {
    const root = new URL("../../", import.meta.url).href;
    const program = text
      .replace('"holdfast"', `"${root}mod.ts"`)
      .replace(/import .* from "holdfast\/deno";\n/, "")
      .replace('"holdfast/postgres"', `"${root}adapters/connectors/postgres/mod.ts"`);
    expect(await check(program)).toMatchObject({ code: 0 });
  }
});
