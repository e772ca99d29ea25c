/**
 * The code in the documents, taken out and made into programs.
 *
 * @module
 */

import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../scripts/step.ts";

/** A fenced piece of a document. */
export interface Block {
  readonly language: string;
  readonly text: string;
  /** Where it begins: `README.md:12`. */
  readonly where: string;
}

/** Every fenced block of a Markdown text. */
export function blocksOf(text: string, file: string): readonly Block[] {
  return [...text.matchAll(/^```(\w*)\n([^]*?)^```$/gm)].map((match) => ({
    language: match[1] ?? "",
    text: match[2] ?? "",
    where: `${file}:${text.slice(0, match.index).split("\n").length}`,
  }));
}

/** The documents people read: the README, and the pages it leads to. */
export function documents(): readonly string[] {
  return ["README.md", ...globSync("docs/*.md", { cwd: ROOT }).sort()];
}

/** The blocks of a document of the project. */
export function blocksIn(file: string): readonly Block[] {
  return blocksOf(readFileSync(join(ROOT, file), "utf8"), file);
}

/** The examples in the comments of the sources that are whole programs: they import `holdfast`. */
export function examplesInSources(): readonly Block[] {
  return globSync(["mod.ts", "src/**/*.ts", "adapters/**/*.ts"], { cwd: ROOT })
    .sort()
    .flatMap((file) => {
      const text = readFileSync(join(ROOT, file), "utf8");
      return blocksOf(text.replaceAll(/^ *\* ?/gm, ""), file);
    })
    .filter(({ language, text }) => language === "ts" && text.includes('from "holdfast'))
    .filter((block) => !isWorker(block));
}

/** Whether it is a program for Deno, checked by its types (test/deno/types.test.ts). */
export function isForDeno({ text }: Block): boolean {
  return /\bDeno\./.test(text);
}

/** Whether it is a Worker: no program for Node, but checked by the types of its own place (test/workerd/types.test.ts). */
export function isWorker({ text }: Block): boolean {
  return text.includes('"holdfast/cloudflare"');
}

const ENTRIES: readonly (readonly [RegExp, string])[] = [
  [/"holdfast"/g, "mod.ts"],
  [/"holdfast\/alerts"/g, "adapters/alerts/mod.ts"],
  [/"holdfast\/(cell|memory|redis)"/g, "adapters/stores/$1/mod.ts"],
  [/"holdfast\/deno"/g, "adapters/stores/deno-kv/mod.ts"],
  [/"holdfast\/cloudflare"/g, "adapters/cloudflare/mod.ts"],
  [/"holdfast\/(\w+)"/g, "adapters/connectors/$1/mod.ts"],
];

/**
 * The program of a block: the names of the package point at `root`, and hosts such as `db-a` at the
 * given addresses. A block that uses `db` without making one goes on with the `db` that `first` makes.
 */
export function programOf(
  block: Block,
  first: Block,
  root: string,
  hosts: Readonly<Record<string, string>>,
): string {
  const makes = /\bconst db\b/.test(block.text);
  const parts = makes || !/\bdb\./.test(block.text)
    ? [block.text]
    : [first.text.replace(/^(}\);\n)[^]*/m, "$1"), block.text];
  if (makes || parts.length > 1) parts.push("await db.close();\n");
  let program = parts.join("\n");
  for (const [name, file] of ENTRIES) program = program.replaceAll(name, `"${root}/${file}"`);
  for (const [host, address] of Object.entries(hosts)) {
    program = program.replaceAll(`@${host}/`, `@${address}/`);
  }
  return program;
}

/**
 * What a block says its `console.log` calls print: `console.log(x); // → 3`, with `…` for what differs from
 * run to run.
 */
export function expectedOutput(block: Block): readonly RegExp[] {
  return [...block.text.matchAll(/\/\/ → (.*)$/gm)].map(([, line]) => {
    const parts = (line ?? "").split("…").map((part) =>
      part.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&")
    );
    return new RegExp(`^${parts.join(".+")}$`);
  });
}

/**
 * Whether a block is an excerpt of a scenario's transcript: its lines stand there in this order, with
 * nothing left out but where it has `…`.
 */
export function isExcerpt(block: Block, transcript: string): boolean {
  const parts = `\n${block.text}`.split("\n…\n");
  let from = 0;
  return parts.every((part) => {
    const at = transcript.indexOf(part.trimEnd(), from);
    from = at + part.length;
    return at >= 0;
  });
}
