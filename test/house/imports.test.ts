/** Every entry of the packed package is imported by its name, in each place that it is for. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { EdgeVM } from "@edge-runtime/vm";
import { build } from "esbuild";
import { convertV4MiniflareOptions, Miniflare, NoOpLog } from "miniflare";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { entries } from "../../scripts/api.ts";
import { ROOT, run } from "../../scripts/step.ts";
import { installPacked, type PackedProject } from "./packed.ts";

/** What a user installs beside it. */
const BESIDE = ["postgres", "@neondatabase/serverless"];
const NAMES = Object.keys(entries()).map((name) => name.replace(/^\./, "holdfast"));
/** No TCP there, so nobody imports it. */
const WITHOUT_TCP = NAMES.filter((name) => name !== "holdfast/postgres");

/** Counts the names of each entry. */
function program(names: readonly string[]): string {
  const counts = names.map((name, i) => `${JSON.stringify(name)}: Object.keys(e${i}).length`);
  return [
    ...names.map((name, i) => `import * as e${i} from ${JSON.stringify(name)};`),
    `const told = { ${counts.join(", ")} };`,
  ].join("\n");
}

describe("every entry of the packed package", () => {
  let project: PackedProject;
  let expected: Readonly<Record<string, number>>;
  beforeAll(async () => {
    project = await installPacked(BESIDE);
    const modules = await Promise.all(
      Object.entries(entries()).map(async ([name, file]) => {
        const source = pathToFileURL(join(ROOT, file)).href;
        const module = await import(/* @vite-ignore */ source) as object;
        return [name.replace(/^\./, "holdfast"), Object.keys(module).length] as const;
      }),
    );
    expected = Object.fromEntries(modules);
  });
  afterAll(() => project?.[Symbol.dispose]());

  test("is in the package's exports", () => {
    const file = join(project.folder, "node_modules/holdfast/package.json");
    const { exports } = JSON.parse(readFileSync(file, "utf8")) as { exports: object }; // npm's own
    expect(Object.keys(exports).filter((name) => name !== "./package.json").sort())
      .toEqual(Object.keys(entries()).sort());
  });

  test.each([
    ["Node", "node", []],
    ["Deno", "deno", ["run", "--node-modules-dir=manual", "--no-remote", "--cached-only"]],
    ["Bun", "bun", ["run"]],
  ])("can be imported in %s", async (place, command, args) => {
    const file = join(project.folder, `${place.toLowerCase()}.mjs`);
    writeFileSync(file, `${program(NAMES)}\nconsole.log(JSON.stringify(told));\n`);
    const ended = await run(command, [...args, file], project.folder);
    expect([ended.code, ended.stderr]).toEqual([0, ""]);
    expect(JSON.parse(ended.stdout)).toEqual(expected);
  });

  /** One module, as the place's bundler makes it. */
  async function bundled(text: string, more: object): Promise<string> {
    const { outputFiles } = await build({
      stdin: { contents: text, resolveDir: project.folder },
      bundle: true,
      write: false,
      target: "es2022",
      logLevel: "silent",
      external: ["node:*", "cloudflare:*"],
      ...more,
    });
    return outputFiles[0]?.text ?? "";
  }

  test("can be imported in a Worker", async () => {
    const contents = await bundled(
      `${program(NAMES)}\nexport default { fetch: () => Response.json(told) };`,
      { format: "esm", conditions: ["workerd", "worker", "browser", "import"] },
    );
    const mf = new Miniflare(convertV4MiniflareOptions({
      name: "imports",
      cf: false,
      log: new NoOpLog(),
      modules: [{ type: "ESModule", path: "worker.mjs", contents }],
      compatibilityDate: "2026-11-01",
      compatibilityFlags: ["nodejs_compat"],
    }));
    try {
      const response = await mf.dispatchFetch("http://place/");
      expect(await response.json()).toEqual(expected);
    } finally {
      await mf.dispose();
    }
  });

  test("but that with TCP can be imported in Vercel's edge runtime", async () => {
    const text = await bundled(`${program(WITHOUT_TCP)}\nglobalThis.told = told;`, {
      format: "iife",
      conditions: ["edge-light", "worker", "browser", "import"],
    });
    const place = new EdgeVM();
    place.evaluate(text);
    const { "holdfast/postgres": _, ...others } = expected;
    expect(place.evaluate("JSON.stringify(told)")).toBe(JSON.stringify(others));
  });
});
