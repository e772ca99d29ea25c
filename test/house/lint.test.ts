import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT, run } from "../../scripts/step.ts";

/** A file that breaks one rule (or, without a rule, none). */
interface Planted {
  readonly rule?: string;
  readonly file: string;
  readonly source: string;
}

const IMPORTS = "eslint(no-restricted-imports)";
const GLOBALS = "eslint(no-restricted-globals)";
const PROPERTIES = "eslint(no-restricted-properties)";

function imports(file: string, specifier: string): Planted {
  return { rule: IMPORTS, file, source: `export * from "${specifier}";\n` };
}
function allows(file: string, specifier: string): Planted {
  return { file, source: `export * from "${specifier}";\n` };
}
function reads(file: string, name: string): Planted {
  return { rule: GLOBALS, file, source: `export const it: unknown = ${name};\n` };
}

const STAGES: readonly string[] = [
  "statement",
  "route",
  "balance",
  "admit",
  "judge",
  "retry",
  "health",
  "failover",
  "observe",
];
const AMBIENT: readonly string[] = [
  "Date",
  "performance",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "crypto",
  "queueMicrotask",
  "process",
  "Buffer",
  "Deno",
  "Bun",
  "globalThis",
  "self",
  "fetch",
];

const FAULTS: readonly Planted[] = [
  // Floors.
  ...STAGES.flatMap((stage, index) => [
    imports(`src/${stage}/a.ts`, `../${STAGES[(index + 1) % STAGES.length]}/b.ts`),
    imports(`src/${stage}/b.ts`, "../cluster/step.ts"),
    imports(`src/${stage}/c.ts`, "../drive/query.ts"),
    imports(`src/${stage}/d.ts`, "../options.ts"),
    imports(`src/${stage}/e.ts`, "../../adapters/runtimes/here.ts"),
    imports(`src/${stage}/f.ts`, "postgres"),
    imports(`src/${stage}/g.ts`, "node:fs"),
    imports(`src/${stage}/h.ts`, "cloudflare:sockets"),
  ]),
  imports("src/model/a.ts", "../route/b.ts"),
  imports("src/time/a.ts", "../holdfast.ts"),
  imports("src/ports.ts", "./route/b.ts"),
  imports("src/errors.ts", "./options.ts"),
  imports("src/balance/mod.ts", "../route/b.ts"),
  imports("src/cluster/a.ts", "../drive/b.ts"),
  imports("src/cluster/b.ts", "../options.ts"),
  imports("src/cluster/c.ts", "../options/table.ts"),
  imports("src/cluster/d.ts", "../drive/query.ts"),
  imports("src/drive/d.ts", "../options/table.ts"),
  imports("src/options/a.ts", "../../adapters/runtimes/here.ts"),
  imports("src/drive/a.ts", "../options.ts"),
  imports("src/drive/b.ts", "../../adapters/runtimes/here.ts"),
  imports("src/drive/c.ts", "node:net"),
  imports("src/options.ts", "../adapters/connectors/postgres/mod.ts"),
  imports("src/builder.ts", "../mod.ts"),
  imports("src/session.ts", "postgres"),
  imports("mod.ts", "./adapters/runtimes/here.ts"),
  imports("adapters/connectors/postgres/a.ts", "../../../src/drive/query.ts"),
  imports("adapters/connectors/postgres/b.ts", "../../../src/holdfast.ts"),
  imports("adapters/connectors/postgres/c.ts", "../../../mod.ts"),
  imports("adapters/connectors/postgres/d.ts", "../scripted/mod.ts"),
  imports("adapters/connectors/neon/a.ts", "../postgres/url.ts"),
  imports("adapters/cloudflare/a.ts", "../../src/drive/query.ts"),
  imports("adapters/cloudflare/b.ts", "../../src/judge/judge.ts"),
  imports("adapters/cloudflare/c.ts", "../stores/deno-kv/mod.ts"),
  imports("adapters/cloudflare/d.ts", "../stores/redis/mod.ts"),
  imports("adapters/cloudflare/e.ts", "../connectors/postgres/mod.ts"),
  imports("adapters/cloudflare/f.ts", "cloudflare:workers"),
  imports("adapters/alerts/a.ts", "../../src/observe/alerts.ts"),
  imports("adapters/alerts/b.ts", "../runtimes/web.ts"),
  imports("adapters/runtimes/bun.ts", "../../src/judge/judge.ts"),
  imports("examples/a.ts", "../src/holdfast.ts"),
  {
    rule: "typescript(consistent-type-imports)",
    file: "src/route/hidden.ts",
    source: `export type Hidden = import("../judge/judge.ts").Verdict;\n`,
  },
  {
    rule: IMPORTS,
    file: "src/route/lazy.ts",
    source: `export const lazy = (): unknown => import("../judge/judge.ts");\n`,
  },
  // Law 3 and law 2.
  ...AMBIENT.flatMap((name) => [
    reads(`src/drive/reads-${name.toLowerCase()}.ts`, name),
    reads(`src/route/reads-${name.toLowerCase()}.ts`, name),
    reads(`src/cluster/reads-${name.toLowerCase()}.ts`, name),
  ]),
  reads("src/holdfast.ts", "performance"),
  reads("src/route/promise.ts", "Promise"),
  {
    rule: PROPERTIES,
    file: "src/balance/chance.ts",
    source: "export const draw = (): number => Math.random();\n",
  },
  {
    rule: PROPERTIES,
    file: "src/drive/limit.ts",
    source: "export const limit = (ms: number): AbortSignal => AbortSignal.timeout(ms);\n",
  },
  {
    rule: "oxc(no-async-await)",
    file: "src/judge/later.ts",
    source: "export async function later(): Promise<void> {}\n",
  },
  {
    rule: "eslint(no-console)",
    file: "src/drive/log.ts",
    source: `console.log("here");\nexport {};\n`,
  },
  {
    rule: "eslint(no-console)",
    file: "adapters/alerts/webhook.ts",
    source: `console.log("here");\nexport {};\n`,
  },
  // House rules.
  {
    rule: "typescript(no-floating-promises)",
    file: "src/drive/floating.ts",
    source:
      "const work = async (): Promise<void> => {};\nexport const go = (): void => {\n  work();\n};\n",
  },
  {
    rule: "typescript(no-misused-promises)",
    file: "adapters/runtimes/misused.ts",
    source: "export const go = (all: number[]): void => all.forEach(async () => {});\n",
  },
  {
    rule: "typescript(switch-exhaustiveness-check)",
    file: "src/route/half.ts",
    source:
      `export function half(word: "a" | "b"): void {\n  switch (word) {\n    case "a":\n      return;\n  }\n}\n`,
  },
  {
    rule: "typescript(no-explicit-any)",
    file: "src/route/any.ts",
    source: "export type Loose = any;\n",
  },
  {
    rule: "typescript(no-unsafe-return)",
    file: "src/route/leak.ts",
    source: "export const leak = (text: string): { a: 1 } => JSON.parse(text);\n",
  },
  {
    rule: "typescript(no-non-null-assertion)",
    file: "src/route/sure.ts",
    source: "export const sure = (all: number[]): number => all[0]!;\n",
  },
  {
    rule: "import(no-default-export)",
    file: "src/route/nameless.ts",
    source: "export default 1;\n",
  },
  {
    rule: "eslint(max-params)",
    file: "src/route/many.ts",
    source: "export const f = (a: 1, b: 1, c: 1, d: 1, e: 1): number => a + b + c + d + e;\n",
  },
  {
    rule: "eslint(max-lines)",
    file: "src/route/long.ts",
    source: Array.from({ length: 301 }, (_, line) => `export const a${line} = ${line};\n`).join(""),
  },
  {
    rule: "unicorn(filename-case)",
    file: "src/route/camelCase.ts",
    source: "export {};\n",
  },
  {
    rule: "vitest(no-focused-tests)",
    file: "test/route/focus.test.ts",
    source: `import { test } from "vitest";\ntest.only("f() is alone", () => {});\n`,
  },
];

const FINE: readonly Planted[] = [
  allows("src/model/fine.ts", "../time/window.ts"),
  allows("src/time/fine.ts", "../model/endpoint.ts"),
  allows("src/route/fine.ts", "../model/endpoint.ts"),
  allows("src/route/fine-too.ts", "./fine.ts"),
  allows("src/judge/fine.ts", "../errors.ts"),
  allows("src/cluster/fine.ts", "../admit/circuit.ts"),
  allows("src/cluster/fine-too.ts", "../ports.ts"),
  allows("test/cluster/mod.ts", "./fine.ts"),
  allows("adapters/connectors/postgres/mod.ts", "./fine.ts"),
  allows("src/drive/fine.ts", "../cluster/step.ts"),
  allows("src/drive/fine-too.ts", "../ports.ts"),
  allows("src/options/fine.ts", "../admit/circuit.ts"),
  allows("src/fine.ts", "../adapters/runtimes/here.ts"),
  allows("src/fine-too.ts", "./drive/query.ts"),
  allows("adapters/connectors/postgres/fine.ts", "../../../src/ports.ts"),
  allows("adapters/connectors/postgres/fine-too.ts", "../../../src/model/failure.ts"),
  { file: "adapters/alerts/console.ts", source: `console.log("here");\nexport {};\n` },
  allows("adapters/cloudflare/fine.ts", "../../src/holdfast.ts"),
  allows("adapters/cloudflare/fine-too.ts", "../stores/durable-object/mod.ts"),
  allows("adapters/cloudflare/fine-as-well.ts", "../runtimes/workers.ts"),
  allows("adapters/alerts/fine.ts", "../../src/ports.ts"),
  allows("adapters/connectors/postgres/driver.ts", "postgres"),
  allows("adapters/connectors/neon/fine.ts", "../pg-server/lag.ts"),
  allows("adapters/connectors/postgres/node.ts", "node:net"),
  allows("examples/fine.ts", "../mod.ts"),
  { file: "adapters/runtimes/clock.ts", source: "export const t: number = performance.now();\n" },
  {
    file: "src/drive/awaits.ts",
    source: "export async function done(work: Promise<void>): Promise<void> {\n  await work;\n}\n",
  },
];

interface Diagnostic {
  readonly code: string;
  readonly filename: string;
}

describe("oxlint.config.ts", () => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-lint-"));
  let diagnostics: readonly Diagnostic[] = [];
  const codesOf = (file: string): string[] =>
    diagnostics.filter(({ filename }) => filename.endsWith(file)).map(({ code }) => code);

  beforeAll(async () => {
    cpSync(join(ROOT, "oxlint.config.ts"), join(folder, "oxlint.config.ts"));
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({
        compilerOptions: { module: "NodeNext", target: "ES2023", strict: true, noEmit: true },
      }),
    );
    for (const { file, source } of [...FAULTS, ...FINE]) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), source);
    }
    const ended = await run("oxlint", ["--format=json", "--config", "oxlint.config.ts"], folder);
    diagnostics = (JSON.parse(ended.stdout) as { diagnostics: Diagnostic[] }).diagnostics;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const rules = [...new Set(FAULTS.map(({ rule }) => rule))];
  test.each(rules)("oxlint.config.ts reports every planted breach of %s", (rule) => {
    const planted = FAULTS.filter((fault) => fault.rule === rule).map(({ file }) => file);
    expect(planted.filter((file) => !codesOf(file).includes(rule ?? ""))).toEqual([]);
  });
  test("oxlint.config.ts lets each floor import what is below it, and lets the drive await", () => {
    const reported = FINE.map(({ file }) => ({ file, codes: codesOf(file) }));
    expect(reported.filter(({ codes }) => codes.length > 0)).toEqual([]);
  });
});
