import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../../scripts/step.ts";

/** Words that say nothing about what a file holds (DESIGN, the words). */
const EMPTY_WORDS: ReadonlySet<string> = new Set(
  ["util", "utils", "helper", "helpers", "common", "manager", "service", "impl", "misc"],
);
const FOLDERS: readonly string[] = ["src", "adapters", "test", "scripts", "examples", "bench"];

test("file names hold no word that says nothing", () => {
  const files = readdirSync(ROOT, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && FOLDERS.includes(entry.name))
    .flatMap(({ name }) => readdirSync(join(ROOT, name), { recursive: true, encoding: "utf8" }))
    .filter((file) => !file.includes("node_modules"));
  expect(files.length).toBeGreaterThan(0);
  expect(files.filter((file) => file.split(/[^a-z]+/).some((word) => EMPTY_WORDS.has(word))))
    .toEqual([]);
});
