/**
 * What an application takes in with each entry: whose modules, and how many bytes. The core and all that goes to the edge
 * bring nothing of Node's; only who asks for `holdfast/postgres` gets TCP.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { entries } from "../../scripts/api.ts";
import { bundle, bundleOf, table, weigh, type Weight } from "../../scripts/sizes.ts";
import { ROOT } from "../../scripts/step.ts";

/** What is left to be imported. Every other entry: nothing. */
const IMPORTS: Readonly<Record<string, readonly string[]>> = {
  "./neon": ["@neondatabase/serverless"],
  "./postgres": ["node:buffer", "node:net", "node:timers", "node:tls", "postgres"],
};

/** In bytes, minified and gzipped, for what an entry adds to the core: a twentieth above what it weighs. */
const MOST: Readonly<Record<string, number>> = {
  ".": 74_000,
  "./alerts": 2_500,
  "./cell": 8_100,
  "./cloudflare": 17_000,
  "./deno": 10_800,
  "./memory": 6_300,
  "./neon": 12_000,
  "./planetscale": 8_000,
  "./postgres": 14_700,
  "./redis": 10_600,
  "./scripted": 1_700,
};

describe("an entry", () => {
  test.each(Object.keys(entries()))("%s imports what it must and nothing else", async (name) => {
    const { imports, text } = await bundleOf(name);
    expect(imports).toEqual(IMPORTS[name] ?? []);
    // Globals that a runtime without Node does not have.
    if (name !== "./postgres") expect(text).not.toMatch(/\b(?:Buffer|process|require)\b\s*[.(]/);
  });

  test("of neon has its driver only when a transaction asks for it", async () => {
    const { text } = await bundleOf("./neon");
    expect(text).toMatch(/import\("@neondatabase\/serverless"\)/);
    expect(text).not.toMatch(/from\s*"@neondatabase\/serverless"/);
  });

  test("is the same by npm and by JSR, for the compiler, and for a program that runs unbuilt", () => {
    const read = (file: string) => JSON.parse(readFileSync(join(ROOT, file), "utf8")) as unknown;
    const npm = read("package.json") as { readonly exports: Record<string, unknown> };
    const jsr = read("deno.json") as Record<"exports" | "imports", Record<string, string>>;
    const { compilerOptions: { paths } } = read("tsconfig.json") as {
      readonly compilerOptions: { readonly paths: Record<string, readonly string[]> };
    };
    const { "./package.json": _, ...built } = npm.exports;
    expect(built).toEqual(Object.fromEntries(
      Object.entries(jsr.exports).map(([name, file]) => {
        const out = file.replace(/^\.\/(.*)\.ts$/, "./dist/$1");
        return [name, { types: `${out}.d.ts`, default: `${out}.js` }];
      }),
    ));
    const named = Object.entries(jsr.exports)
      .map(([name, file]) => [name.replace(/^\./, "holdfast"), file] as const);
    expect(jsr.imports).toEqual(Object.fromEntries(named));
    expect(paths).toEqual(Object.fromEntries(named.map(([name, file]) => [name, [file]])));
  });
});

describe("an entry's weight", () => {
  let weights: readonly Weight[];
  beforeAll(async () => {
    weights = await weigh();
    console.log(table(weights));
  });

  test("stays below what was agreed on", () => {
    const heavy = weights.filter(({ name, alone, added }) =>
      !((name === "." ? alone : added) <= (MOST[name] ?? 0))
    );
    expect(heavy).toEqual([]);
  });

  test("is paid only for what is used", async () => {
    const sql = await bundle('export { sql } from "./mod.ts";');
    const classify = await bundle('export { classify } from "./mod.ts";');
    const errors = await bundle('export { isHoldfastError } from "./mod.ts";');
    const bytes = { sql: sql.bytes, classify: classify.bytes, errors: errors.bytes };
    console.log("alone, in bytes:", bytes);
    expect(bytes.sql).toBeLessThan(1_000);
    expect(bytes.classify).toBeLessThan(12_500);
    expect(bytes.errors).toBeLessThan(1_500);
  });
});
