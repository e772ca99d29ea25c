/**
 * `npm run test:matrix [-- --write] [-- runtime…]`: plays every connector on every runtime, or on those named, and
 * prints the table; `--write` makes `docs/matrix.md` of it. Exits 1 when a cell failed or could not be played.
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { installPacked } from "../test/house/packed.ts";
import { CELLS, CONNECTOR_TITLES, RUNTIME_TITLES } from "../test/matrix/cells.ts";
import { complaintsAbout } from "../test/matrix/complaints.ts";
import { formatted } from "../test/matrix/formatted.ts";
import { startGround, whyNoMatrix } from "../test/matrix/ground.ts";
import { cellTable, type Entry, matrixPage } from "../test/matrix/page.ts";
import { playCell } from "../test/matrix/play-cell.ts";
import { BESIDE } from "../test/matrix/runtimes/beside.ts";
import { whyNoNode22 } from "../test/matrix/runtimes/command.ts";
import { RUNTIMES } from "../test/matrix/words.ts";
import { ROOT } from "./step.ts";

/** With `workers` goes the Durable Object: both are workerd. */
function chosen(words: readonly string[]): ReadonlySet<string> {
  if (words.length === 0) return new Set(RUNTIMES);
  return new Set(words.flatMap((word) => word === "workers" ? [word, "durable-object"] : [word]));
}

async function playAll(runtimes: ReadonlySet<string>): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  await using ground = await startGround();
  using project = await installPacked(BESIDE);
  for (const cell of CELLS.filter(({ runtime }) => runtimes.has(runtime))) {
    const name = `${CONNECTOR_TITLES[cell.connector].replaceAll("`", "")} on ${
      RUNTIME_TITLES[cell.runtime]
    }`;
    if (cell.impossible !== undefined) {
      entries.push({ cell, complaints: [] });
      console.log(`      ${name} cannot be: ${cell.impossible}`);
      continue;
    }
    try {
      const played = await playCell(ground, project.folder, cell);
      entries.push({ cell, played, complaints: complaintsAbout(cell, played) });
    } catch (error) {
      entries.push({ cell, complaints: [String(error)] });
    }
    const complaints = entries.at(-1)?.complaints ?? [];
    console.log(`${complaints.length === 0 ? "ok  " : "FAIL"}  ${name}`);
    for (const complaint of complaints) console.log(`      ${complaint}`);
  }
  return entries;
}

const words = process.argv.slice(2).filter((word) => word !== "--write");
const runtimes = chosen(words);
const unknown = words.filter((word) => !RUNTIMES.some((runtime) => runtime === word));
const missing = [whyNoMatrix(), runtimes.has("node22") ? whyNoNode22() : undefined]
  .filter((why) => why !== undefined);
if (unknown.length > 0) missing.push(`No such runtime: ${unknown.join(", ")}`);
if (missing.length > 0) {
  for (const why of missing) console.error(why);
  process.exitCode = 1;
} else {
  const entries = await playAll(runtimes);
  console.log(`\n${cellTable(entries)}`);
  const failed = entries.some(({ complaints }) => complaints.length > 0);
  if (failed) process.exitCode = 1;
  if (process.argv.includes("--write")) {
    if (failed || words.length > 0) console.error("Not written: it takes a whole run that passed.");
    else {
      writeFileSync(join(ROOT, "docs", "matrix.md"), await formatted(matrixPage(entries)));
      console.log("\ndocs/matrix.md is written");
    }
  }
}
