/** The packed package installs offline, and each of its entries is imported on each runtime. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { installPacked, type PackedProject } from "../house/packed.ts";
import { RUNTIME_TITLES } from "./cells.ts";
import { BESIDE } from "./runtimes/beside.ts";
import { whyNoNode22 } from "./runtimes/command.ts";
import { entriesOf, importAll, NO_IMPORT } from "./runtimes/imports.ts";
import { type RuntimeName, RUNTIMES } from "./words.ts";

const noNode22 = whyNoNode22();
if (noNode22) console.error(noNode22);

let project: PackedProject;
beforeAll(async () => {
  project = await installPacked(BESIDE);
});
afterAll(() => project?.[Symbol.dispose]());

async function expectAll(runtime: RuntimeName): Promise<void> {
  const imported = await importAll(project.folder, runtime);
  const impossible = Object.keys(NO_IMPORT[runtime] ?? {});
  expect([...Object.keys(imported), ...impossible].sort())
    .toEqual([...entriesOf(project.folder)].sort());
  // Names, and not an empty module that stands for a missing one.
  expect(Object.entries(imported).filter(([, names]) => names === 0)).toEqual([]);
}

test.each(
  RUNTIMES.filter((runtime) => runtime !== "node22")
    .map((runtime) => [RUNTIME_TITLES[runtime], runtime] as const),
)("every entry is imported on %s", async (_, runtime) => expectAll(runtime));

describe.skipIf(noNode22)(`with Node 22 ${noNode22 ?? ""}`, () => {
  test("every entry is imported on Node 22", async () => expectAll("node22"));
});
