import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { complaintAboutOptions } from "../../scripts/readme-options.ts";
import { ROOT, run } from "../../scripts/step.ts";
import { type Cluster, startCluster, whyNoCluster } from "../cluster/mod.ts";
import {
  type Block,
  blocksIn,
  documents,
  examplesInSources,
  expectedOutput,
  isExcerpt,
  isForDeno,
  isWorker,
  programOf,
} from "./blocks.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

const blocks = documents().flatMap(blocksIn);
const programs = blocks.filter((block) =>
  block.language === "ts" && !isWorker(block) && !isForDeno(block)
);
const [first] = programs;
if (first === undefined) throw new Error("README.md has no program");
// A failover changes the cluster for good: last.
const inOrder = [...programs, ...examplesInSources()]
  .sort((one, other) => Number(failsOver(one)) - Number(failsOver(other)));

function failsOver({ text }: Block): boolean {
  return text.includes(".failover(");
}

let cluster: Cluster;
let folder: string;

/** Where a block's program lies; `README.md:12` → `readme-md-12.ts`. */
function fileOf({ where }: Block): string {
  return join(folder, `${where.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}.ts`);
}

beforeAll(async () => {
  if (missing) return;
  cluster = await startCluster({ replicas: 2, user: "app", database: "shop" });
  for (const statement of SCHEMA) await cluster.primary.query(statement);
  await cluster.waitCaughtUp();
  const hosts = Object.fromEntries(
    ["db-a", "db-b", "db-c"].map((host, i) => [host, `127.0.0.1:${cluster.nodes[i]?.port}`]),
  );
  // Inside the project, so that packages are found; git and the compiler do not look there.
  mkdirSync(join(ROOT, ".tmp"), { recursive: true });
  folder = mkdtempSync(join(ROOT, ".tmp", "docs-"));
  for (const block of inOrder) {
    writeFileSync(fileOf(block), programOf(block, first, "../..", hosts));
  }
});

afterAll(async () => {
  if (folder) rmSync(folder, { recursive: true, force: true });
  await cluster?.stop();
});

/** What the examples take for granted. */
const SCHEMA: readonly string[] = [
  `create table users (id int generated always as identity primary key,
     name text not null, active boolean not null default true)`,
  "insert into users (name) values ('Ann'), ('Bob')",
  "create table orders (key text primary key, item text not null)",
  "create table accounts (id int primary key, balance int not null)",
  "insert into accounts values (1, 100), (2, 100)",
];

describe.skipIf(missing)(`the documents' programs ${missing ?? ""}`, () => {
  test("type-check", async () => {
    const config = { extends: "../../tsconfig.json", include: ["*.ts"], exclude: [] };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
    const { stdout } = await run("tsc", ["-p", folder]);
    // The programs beside the complaint: the files are gone when somebody wants to look.
    const blamed = inOrder
      .filter((block) => stdout.includes(basename(fileOf(block))))
      .map((block) => `${block.where}\n${readFileSync(fileOf(block), "utf8")}`);
    expect([stdout, ...blamed].join("\n").trim()).toBe("");
  });

  test.each(inOrder.map((block) => [block.where, block] as const))("%s runs", async (_, block) => {
    const ended = await run(process.execPath, [fileOf(block)]);
    expect(ended.code, `${ended.stderr}\n${readFileSync(fileOf(block), "utf8")}`).toBe(0);
    const expected = expectedOutput(block);
    if (expected.length === 0) return;
    const printed = ended.stdout.trimEnd().split("\n");
    expect(printed).toEqual(expected.map((line) => expect.stringMatching(line)));
  });
});

describe("README.md and docs/", () => {
  test("name only npm scripts that exist", () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
      scripts: Record<string, string>; // npm's own format
    };
    const named = documents().flatMap((file) =>
      [...textOf(file).matchAll(/\bnpm (?:run (\w+)|(test))\b/g)]
        .map(([, name, test]) => name ?? test ?? "")
    );
    expect(named).toContain("demo");
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  test("have shell blocks of npm commands only", () => {
    const shell = blocks.filter(({ language }) => language === "sh").map(({ text }) => text);
    expect(shell.length).toBeGreaterThan(0);
    for (const text of shell) expect(text).toMatch(/^npm (ci|test|run|install)\b.*\n$/);
  });

  test("have no block in a language nobody checks", () => {
    const languages = new Set(blocks.map(({ language }) => language));
    expect([...languages].filter((one) => !["ts", "sh", "txt"].includes(one))).toEqual([]);
  });

  test("quote transcripts as they are", () => {
    const transcripts = globSync("test/scenario/*.txt", { cwd: ROOT }).map(textOf);
    const quoted = blocks.filter(({ language }) => language === "txt");
    expect(quoted.length).toBeGreaterThan(0);
    const wrong = quoted.filter((block) => !transcripts.some((text) => isExcerpt(block, text)));
    expect(wrong.map(({ where }) => where)).toEqual([]);
  });

  test("README.md shows the options of OPTION_TABLE", () => {
    expect(complaintAboutOptions()).toBe("");
  });

  test("README.md leads to every page", () => {
    const [, ...pages] = documents();
    expect(pages.filter((page) => !textOf("README.md").includes(`](${page}`))).toEqual([]);
  });

  test.each(documents())("%s links only to places that exist", (file) => {
    const links = [...textOf(file).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link ?? "");
    const dead = links.filter((link) => {
      if (link.startsWith("https://")) return false;
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? file : join(dirname(file), path);
      return !exists(target) || (anchor !== undefined && !anchorsOf(target).includes(anchor));
    });
    expect(dead).toEqual([]);
  });
});

function textOf(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

/** The names GitHub gives to a page's headings. */
function anchorsOf(file: string): string[] {
  return [...textOf(file).matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    (title ?? "").toLowerCase().replaceAll(/[^\w\s-]/g, "").replaceAll(/\s/g, "-")
  );
}

function exists(file: string): boolean {
  try {
    textOf(file);
    return true;
  } catch {
    return false;
  }
}
