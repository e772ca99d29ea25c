/** Every connector on every runtime, from the packed package; and the page that tells of it. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT } from "../../scripts/step.ts";
import { installPacked, type PackedProject } from "../house/packed.ts";
import { type Cell, CELLS, CONNECTOR_TITLES, RUNTIME_TITLES } from "./cells.ts";
import { complaintsAbout } from "./complaints.ts";
import { formatted } from "./formatted.ts";
import { type Ground, startGround, whyNoMatrix } from "./ground.ts";
import { type Entry, matrixPage } from "./page.ts";
import { playCell } from "./play-cell.ts";
import { BESIDE } from "./runtimes/beside.ts";
import { whyNoNode22 } from "./runtimes/command.ts";

/** A limit against a hang: a cell has a hundred cases to play, and a busy machine. */
const CELL_TIMEOUT_MS = 180_000;

const missing = whyNoMatrix();
const noNode22 = whyNoNode22();
for (const why of [missing, noNode22]) if (why !== undefined) console.error(why);

function named(cells: readonly Cell[]): [string, Cell][] {
  return cells.map((
    cell,
  ) => [
    `${CONNECTOR_TITLES[cell.connector].replaceAll("`", "")} on ${RUNTIME_TITLES[cell.runtime]}`,
    cell,
  ]);
}

const possible = CELLS.filter(({ impossible }) => impossible === undefined);
const impossible = CELLS.filter((cell) => cell.impossible !== undefined);

describe.skipIf(missing)(`the matrix ${missing ?? ""}`, () => {
  let ground: Ground;
  let project: PackedProject;
  const entries: Entry[] = impossible.map((cell) => ({ cell, complaints: [] }));
  beforeAll(async () => {
    [ground, project] = await Promise.all([startGround(), installPacked(BESIDE)]);
  });
  afterAll(async () => {
    project?.[Symbol.dispose]();
    await ground?.[Symbol.asyncDispose]();
  });

  async function play(cell: Cell): Promise<readonly string[]> {
    const played = await playCell(ground, project.folder, cell);
    const complaints = complaintsAbout(cell, played);
    entries.push({ cell, played, complaints });
    return complaints;
  }

  test.each(named(possible.filter(({ runtime }) => runtime !== "node22")))(
    "%s",
    async (_, cell) => expect(await play(cell)).toEqual([]),
    CELL_TIMEOUT_MS,
  );

  test.each(named(impossible))("%s cannot be, and the page says why", (_, cell) => {
    const page = readFileSync(join(ROOT, "docs", "matrix.md"), "utf8").replaceAll(/\s+/g, " ");
    expect(page).toContain(`cannot be: ${cell.impossible}.`);
  });

  describe.skipIf(noNode22)(`with Node 22 ${noNode22 ?? ""}`, () => {
    test.each(named(possible.filter(({ runtime }) => runtime === "node22")))(
      "%s",
      async (_, cell) => expect(await play(cell)).toEqual([]),
      CELL_TIMEOUT_MS,
    );

    test("docs/matrix.md is what the run gave: npm run test:matrix -- --write", async () => {
      const page = readFileSync(join(ROOT, "docs", "matrix.md"), "utf8");
      expect(page).toBe(await formatted(matrixPage(entries)));
    });
  });
});
