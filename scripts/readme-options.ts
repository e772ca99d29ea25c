/**
 * README's table of options, made from `OPTION_TABLE`. `node scripts/readme-options.ts` writes it
 * between the markers, `--check` only says whether it is what it should be.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { OPTION_TABLE, type OptionRow } from "../src/options/table.ts";
import { ROOT } from "./step.ts";

const README = join(ROOT, "README.md");
const BEGIN = "<!-- options: made by scripts/readme-options.ts -->";
const END = "<!-- /options -->";
/** The longest a timer can wait, in words: the number says nothing to a person. */
const FOR_EVER_MS = 2_147_483_647;

/** 30000 → `30 000`, with a space no line breaks at. */
function number(value: number): string {
  return String(value).replaceAll(/\B(?=(\d{3})+$)/g, "\u00A0");
}

function cells(path: string, row: OptionRow): readonly string[] {
  const [low, high] = row.range;
  const most = high === FOR_EVER_MS ? "2³¹ − 1" : number(high);
  return [
    `\`${path}\``,
    row.default === undefined ? "–" : number(row.default),
    row.unit,
    `${number(low)} to ${most}`,
    row.says.replaceAll("|", "\\|"),
  ];
}

/** The table as `deno fmt` would have it: every column as wide as its widest cell. */
export function optionsTable(): string {
  const head = ["Option", "Default", "Unit", "Allowed", "What it is"];
  const body = Object.entries(OPTION_TABLE).map(([path, row]) => cells(path, row));
  const widths = head.map((title, column) =>
    Math.max(title.length, ...body.map((row) => row[column]?.length ?? 0))
  );
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [line(head), rule, ...body.map(line)].join("\n");
}

/** The README with the table as it should be. Throws when the markers are missing. */
export function withOptions(readme: string): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin === -1 || end < begin) throw new Error(`README.md lacks ${BEGIN} … ${END}`);
  return `${readme.slice(0, begin + BEGIN.length)}\n\n${optionsTable()}\n\n${readme.slice(end)}`;
}

/** What is wrong with the README's table, or an empty string. */
export function complaintAboutOptions(): string {
  const is = readFileSync(README, "utf8");
  return withOptions(is) === is
    ? ""
    : "README.md's options are not OPTION_TABLE's: run `node scripts/readme-options.ts`";
}

if (import.meta.main) {
  if (!process.argv.includes("--check")) {
    writeFileSync(README, withOptions(readFileSync(README, "utf8")));
  }
  const complaint = complaintAboutOptions();
  if (complaint !== "") {
    console.error(complaint);
    process.exitCode = 1;
  }
}
