import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildInto } from "../../scripts/build.ts";

/** Statements at the start of a line, and dynamic imports: "from" and "import" stand in messages as well. */
const SPECIFIERS: RegExp =
  /(?:^import\s*(?:[\w$*{},\s]+\sfrom\s*)?|^export\s[\w$*{},\s]+\sfrom\s*|\bimport\s*\(\s*)["']([^"']+)["']/gm;
/** A Worker has to be known for what it is, so the places and the one that tells them apart come along. */
const RUNTIMES = ["web", "workers", "here"].map((name) =>
  join("adapters", "runtimes", `${name}.js`)
);

/** Comments and strings taken out, so that a word in a message does not look like a call. */
function codeOf(source: string): string {
  return source
    .replaceAll(/\/\*[\s\S]*?\*\//g, "")
    .replaceAll(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, '""')
    .replaceAll(/^\s*\/\/.*$/gm, "");
}

function specifiersOf(source: string): string[] {
  const code = source.replaceAll(/\/\*[\s\S]*?\*\//g, "");
  return [...code.matchAll(SPECIFIERS)].map(([, specifier = ""]) => specifier);
}

/** Every file `entry` leads to (relative to `root`), and every specifier that is not a file. */
function walk(root: string, entry: string): { files: Map<string, string>; outside: string[] } {
  const files = new Map<string, string>();
  const outside: string[] = [];
  const queue = [join(root, entry)];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    const name = relative(root, file);
    if (files.has(name)) continue;
    const source = readFileSync(file, "utf8");
    files.set(name, source);
    for (const specifier of specifiersOf(source)) {
      if (specifier.startsWith(".")) queue.push(join(dirname(file), specifier));
      else outside.push(`${name}: ${specifier}`);
    }
  }
  return { files, outside };
}

describe("dist/mod.js", () => {
  const dist = mkdtempSync(join(tmpdir(), "holdfast-bundle-"));
  let files = new Map<string, string>();
  let outside: string[] = [];
  beforeAll(async () => {
    const complaint = await buildInto(dist);
    if (complaint !== "") throw new Error(complaint);
    ({ files, outside } = walk(dist, "mod.js"));
  });
  afterAll(() => rmSync(dist, { recursive: true, force: true }));

  const filesWith = (pattern: RegExp): string[] =>
    [...files].filter(([, source]) => pattern.test(codeOf(source))).map(([name]) => name);

  test("dist/mod.js leads to the whole query path", () => {
    expect([...files.keys()]).toContain(join("src", "drive", "query.js"));
  });
  test("dist/mod.js leads to no package and no runtime module", () => {
    expect(outside).toEqual([]);
  });
  test("dist/mod.js names no runtime but where runtimes are told apart", () => {
    const named = filesWith(/\b(?:Deno|Bun|process|Buffer|globalThis|WebSocketPair)\b\s*[.[(]/);
    expect(named.filter((name) => !RUNTIMES.includes(name))).toEqual([]);
  });
  test("dist/mod.js leads to no adapter but the runtimes", () => {
    const adapters = [...files.keys()].filter((name) => name.startsWith("adapters"));
    expect(adapters.filter((name) => !RUNTIMES.includes(name))).toEqual([]);
  });
  test("dist/mod.js reads clock, timers and chance in the runtimes only", () => {
    const ambient =
      /\b(?:setTimeout|setInterval|setImmediate|queueMicrotask)\s*\(|\bperformance\s*\.|\bMath\s*\.\s*random\b|\bDate\s*[.(]|\bcrypto\s*\.|\bfetch\s*\(/;
    expect(filesWith(ambient).filter((name) => !RUNTIMES.includes(name))).toEqual([]);
  });
  test("dist/mod.js imports files by their full names", () => {
    const loose = [...files.values()].flatMap(specifiersOf).filter((name) => !name.endsWith(".js"));
    expect(loose.filter((name) => !isBuiltin(name))).toEqual([]);
  });
});
