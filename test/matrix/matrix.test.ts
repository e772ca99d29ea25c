/** Every connector on every runtime, from the packed package. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { installPacked, type PackedProject } from "../house/packed.ts";
import { CELLS, RUNTIME_TITLES } from "./cells.ts";
import { expectedFaults } from "./expected.ts";
import { type Ground, startGround, whyNoMatrix } from "./ground.ts";
import { EXPECTED_PATH } from "./path.ts";
import { playCell } from "./play-cell.ts";
import { BESIDE, whyNoNode22 } from "./runtimes/mod.ts";

const missing = whyNoMatrix();
const noNode22 = whyNoNode22();
for (const why of [missing, noNode22]) if (why !== undefined) console.error(why);

describe.skipIf(missing)(`the matrix ${missing ?? ""}`, () => {
  let ground: Ground;
  let project: PackedProject;
  beforeAll(async () => {
    [ground, project] = await Promise.all([startGround(), installPacked(BESIDE)]);
  });
  afterAll(async () => {
    project?.[Symbol.dispose]();
    await ground?.[Symbol.asyncDispose]();
  });

  for (const cell of CELLS) {
    const { connector, runtime, impossible } = cell;
    const title = `${connector} on ${RUNTIME_TITLES[runtime]}`;
    if (impossible !== undefined) {
      test(`${title} cannot be: ${impossible}`, () => expect(impossible).not.toBe(""));
      continue;
    }
    const absent = runtime === "node22" ? noNode22 : undefined;
    test.skipIf(absent)(`${title} ${absent ?? ""}`.trim(), async () => {
      const { path, faults, given } = await playCell(ground, project.folder, cell);
      expect(path).toEqual(EXPECTED_PATH);
      expect(faults).toEqual(expectedFaults(cell, given));
    });
  }
});
