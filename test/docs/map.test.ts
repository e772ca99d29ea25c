import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ROOT } from "../../scripts/step.ts";

const SRC = join(ROOT, "src");
const map = readFileSync(join(SRC, "README.md"), "utf8");
/** Everything in backticks. */
const quoted: readonly string[] = [...map.matchAll(/`([^`\n]+)`/g)].map(([, text]) => text ?? "");

describe("src/README.md", () => {
  test("names every folder of src/ that holds something", () => {
    const folders = readdirSync(SRC, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && readdirSync(join(SRC, entry.name)).length > 0)
      .map((entry) => `${entry.name}/`);
    expect(folders.length).toBeGreaterThan(5);
    expect(folders.filter((folder) => !quoted.includes(folder))).toEqual([]);
  });

  test("names every file that lies in src/ itself", () => {
    const files = readdirSync(SRC).filter((file) => file.endsWith(".ts"));
    expect(files.filter((file) => !quoted.includes(file))).toEqual([]);
  });

  test("mentions only files and folders that exist", () => {
    const mentioned = quoted.filter((text) => /^[\w./-]+(?:\.ts|\/)$/.test(text));
    expect(mentioned.length).toBeGreaterThan(40);
    // `cluster/` is announced for later.
    const gone = mentioned.filter((path) => path !== "cluster/" && !isThere(path));
    expect(gone).toEqual([]);
  });

  test("mentions each step of a query's path that drive/query.ts announces", () => {
    const query = readFileSync(join(SRC, "drive", "query.ts"), "utf8");
    const [, path] = /^ \* (classify → .*)\.$/m.exec(query) ?? [];
    const steps = path?.split(" → ") ?? [];
    expect(steps.length).toBe(8);
    for (const step of steps) expect(map).toMatch(new RegExp(`^\\| ${step} `, "m"));
  });
});

/** Whether a path is one from the project's folder or from src/; a bare file may lie deeper in src/. */
function isThere(path: string): boolean {
  return existsSync(join(ROOT, path)) || existsSync(join(SRC, path)) ||
    (!path.includes("/") && globSync(`{src,adapters}/**/${path}`, { cwd: ROOT }).length > 0);
}
