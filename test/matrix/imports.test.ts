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

/** The entries that were not imported, or hold no name: an empty module may stand for a missing one. */
async function notImported(runtime: RuntimeName): Promise<readonly string[]> {
  const imported = await importAll(project.folder, runtime);
  const names = entriesOf(project.folder);
  if (names.length < 2) throw new Error("The packed manifest lists no entries");
  return names.filter((name) =>
    NO_IMPORT[runtime]?.[name] === undefined && !((imported[name] ?? 0) > 0)
  );
}

test.each(
  RUNTIMES.filter((runtime) => runtime !== "node22")
    .map((runtime) => [RUNTIME_TITLES[runtime], runtime] as const),
)(
  "every entry is imported on %s",
  async (_, runtime) => expect(await notImported(runtime)).toEqual([]),
);

describe.skipIf(noNode22)(`with Node 22 ${noNode22 ?? ""}`, () => {
  test("every entry is imported on Node 22", async () => {
    expect(await notImported("node22")).toEqual([]);
  });
});
