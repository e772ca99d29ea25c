/**
 * Figure (h): what a fresh isolate of a Worker costs: workerd loads the bundle, runs its module scope and answers a first
 * request that makes the client and asks no database. Beside it an isolate that has nothing, and the drivers alone.
 *
 * @module
 */

import { build } from "esbuild";
import { convertV4MiniflareOptions, Miniflare, NoOpLog } from "miniflare";
import { ROOT } from "../../scripts/step.ts";
import { type Figure, figureOf, median } from "../figure.ts";
import { instant } from "../instant.ts";
import { type Contestant, interleave, type Tally } from "../rounds.ts";

/** How much is measured. */
export interface ColdEffort {
  readonly rounds: number;
  /** Isolates of each kind in a round. */
  readonly isolates: number;
}

/** A round: the median over its isolates. */
export interface ColdSample {
  readonly firstAnswerMs: number;
}

/** One program's figures. */
export interface ColdResult {
  readonly name: string;
  readonly firstAnswerMs: Figure;
  /** Of the program's one module, minified. */
  readonly bytes: number;
}

/** What the numbers are, for whoever reads them without this file. */
export const COLD_MEANS: Readonly<Record<string, string>> = {
  firstAnswerMs: "from asking for a new isolate to its first answer; workerd itself runs already",
};

const SCRIPTED = `{ endpoints: [{ id: "a", role: "primary", connector }], alerts: false }`;

/** The programs: what each imports, and what it makes with its first request. */
const PROGRAMS: Readonly<Record<string, { readonly imports: string; readonly makes: string }>> = {
  "an empty Worker": { imports: "", makes: "0" },
  "holdfast, no driver": {
    imports: `import { createHoldfast } from "holdfast";
      const connector = { dialect: "postgres", transactions: true, connect() { throw new Error(); } };`,
    makes: `createHoldfast(${SCRIPTED})`,
  },
  "holdfast/neon": {
    imports: `import { createHoldfast } from "holdfast"; import { neon } from "holdfast/neon";
      const connector = neon("postgres://app:pw@ep.eu.aws.neon.tech/shop");`,
    makes: `createHoldfast(${SCRIPTED})`,
  },
  "holdfast/planetscale": {
    imports:
      `import { createHoldfast } from "holdfast"; import { planetscale } from "holdfast/planetscale";
      const connector = planetscale("mysql://app:pw@aws.connect.psdb.cloud/shop");`,
    makes: `createHoldfast(${SCRIPTED})`,
  },
  "holdfast/postgres": {
    imports:
      `import { createHoldfast } from "holdfast"; import { postgres } from "holdfast/postgres";
      const connector = postgres("postgres://app:pw@db-a/shop");`,
    makes: `createHoldfast(${SCRIPTED})`,
  },
  "@neondatabase/serverless alone": {
    imports: `import { neon } from "@neondatabase/serverless";`,
    makes: `neon("postgres://app:pw@ep.eu.aws.neon.tech/shop")`,
  },
  "postgres.js alone": {
    imports: `import postgres from "postgres";`,
    makes: `postgres("postgres://app:pw@db-a/shop")`,
  },
};

/** The programs' names, in the order of the report. */
export const COLD_PROGRAMS: readonly string[] = Object.keys(PROGRAMS);

/** Loads a new isolate, from what its query asks for. */
const HOST = `export default { async fetch(request, env) {
  const { searchParams } = new URL(request.url);
  const worker = env.LOADER.get(searchParams.get("id"), () => ({
    compatibilityDate: "2026-11-01",
    compatibilityFlags: ["nodejs_compat"],
    mainModule: "worker.js",
    modules: { "worker.js": env.PROGRAMS[searchParams.get("name")] },
  }));
  return await worker.getEntrypoint().fetch(request);
} };`;

/** Starts one workerd and lets each program be a new isolate in turn. */
export async function measureCold(effort: ColdEffort): Promise<readonly ColdResult[]> {
  const programs = Object.fromEntries(
    await Promise.all(COLD_PROGRAMS.map(async (name) => [name, await bundleOf(name)] as const)),
  );
  const mf = new Miniflare(convertV4MiniflareOptions({
    name: "host",
    cf: false,
    log: new NoOpLog(),
    modules: [{ type: "ESModule", path: "host.mjs", contents: HOST }],
    compatibilityDate: "2026-11-01",
    bindings: { PROGRAMS: programs },
    workerLoaders: { LOADER: {} },
  }));
  try {
    let isolates = 0;
    const start = async (name: string): Promise<number> => {
      const query = new URLSearchParams({ name, id: `${++isolates}` });
      const startedAt = instant();
      const response = await mf.dispatchFetch(`http://place/?${query}`);
      const text = await response.text();
      if (text !== "made") throw new Error(`${name}: ${text.slice(0, 200)}`);
      return instant() - startedAt;
    };
    await start("an empty Worker");
    const contestants = COLD_PROGRAMS.map((name): Contestant<ColdSample> => ({
      name,
      measure: async () => {
        const times: number[] = [];
        for (let n = 0; n < effort.isolates; n++) times.push(await start(name));
        return { firstAnswerMs: median(times) };
      },
    }));
    const bytes = (name: string): number => programs[name]?.length ?? 0;
    return summarise(await interleave(contestants, effort.rounds), bytes);
  } finally {
    await mf.dispose();
  }
}

/** Figures from samples. */
export function summarise(
  tally: Tally<ColdSample>,
  bytesOf: (name: string) => number,
): readonly ColdResult[] {
  return COLD_PROGRAMS.map((name) => ({
    name,
    firstAnswerMs: figureOf(tally, name, ({ firstAnswerMs }) => firstAnswerMs),
    bytes: bytesOf(name),
  }));
}

/** One module, as `wrangler deploy --minify` makes it. */
async function bundleOf(name: string): Promise<string> {
  const { imports = "", makes = "" } = PROGRAMS[name] ?? {};
  const { outputFiles: [file] } = await build({
    stdin: {
      contents: `${imports}
        let made;
        export default { fetch() { made = ${makes}; return new Response("made"); } };
        export const seen = () => made;`,
      resolveDir: ROOT,
    },
    bundle: true,
    write: false,
    minify: true,
    format: "esm",
    target: "es2022",
    conditions: ["workerd", "worker", "browser", "import"],
    external: ["node:*", "cloudflare:*"],
    logLevel: "silent",
  });
  return file?.text ?? "";
}
