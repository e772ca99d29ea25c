import { describe, expect, test } from "vitest";
import { rows, scripted } from "../../adapters/connectors/scripted/mod.ts";
import { createHoldfast, OptionError } from "../../mod.ts";
import type { ClassifySettings } from "../../src/options/types.ts";

/** Where a statement runs, under the given word on functions. */
async function placeOf(text: string, classify: ClassifySettings): Promise<string> {
  await using db = createHoldfast({
    endpoints: [
      { id: "a", role: "primary", connector: scripted({ role: "primary" }) },
      { id: "b", role: "replica", connector: scripted({ role: "replica", answer: () => rows() }) },
    ],
    readPreference: "secondaryPreferred",
    classify,
  });
  return (await db.query(text)).servedBy;
}

describe("HoldfastOptions.classify", () => {
  test("sends a select that calls a writing function to the primary", async () => {
    expect(await placeOf("select note(id) from logs", {})).toBe("b");
    expect(await placeOf("select note(id) from logs", { writingFunctions: ["note"] })).toBe("a");
  });

  test("lets a select that only calls a reading function go to a replica", async () => {
    expect(await placeOf("select * from places_near(1)", {})).toBe("a");
    const readingFunctions = ["places_near"];
    expect(await placeOf("select * from places_near(1)", { readingFunctions })).toBe("b");
  });

  test("refuses what is no list of names, and unknown keys", () => {
    const classify = { writingFunctions: "note", readingFunctions: [""], functions: [] };
    const problems = refusals({
      endpoints: [{ id: "a", connector: scripted() }],
      classify,
    });
    expect(problems).toEqual([
      "classify.functions",
      "classify.writingFunctions",
      "classify.readingFunctions",
    ]);
  });
});

/** The paths of what is wrong. */
function refusals(options: unknown): readonly string[] {
  try {
    createHoldfast(options as Parameters<typeof createHoldfast>[0]); // wrong on purpose
  } catch (error) {
    if (error instanceof OptionError) return error.problems.map(({ path }) => path);
    throw error;
  }
  return [];
}
