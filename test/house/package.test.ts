import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "../../scripts/step.ts";
import { installPacked, type PackedProject } from "./packed.ts";

/** A user's program in a place without Node's types. */
const CORE_PROGRAM = `import { createHoldfast } from "holdfast";
import { toConsole, webhook } from "holdfast/alerts";
import { type Cell, cellStore } from "holdfast/cell";
import { memoryStore } from "holdfast/memory";
import { type EvalScript, redisStore } from "holdfast/redis";
import { scripted } from "holdfast/scripted";
export const call = webhook("https://example.com/", { secret: "whsec_" });
const db = createHoldfast({
  endpoints: [{ id: "a", role: "primary", connector: scripted() }],
  alerts: { deliver: [toConsole(), (alert) => void alert.rule] },
});
export const close: Promise<void> = db.close();
const client: EvalScript = (script, keys) => Promise.resolve(script + keys.join());
export const ownStore = (cell: Cell) => cellStore(cell);
export const stores = [memoryStore(), redisStore({ client, key: "shop" })];
`;

/** A user's program on Node, whose types postgres.js itself asks for. */
const POSTGRES_PROGRAM = `import { createHoldfast } from "holdfast";
import { postgres } from "holdfast/postgres";
const db = createHoldfast({
  endpoints: [{ id: "a", role: "primary", connector: postgres("postgres://localhost/app") }],
});
export const close: Promise<void> = db.close();
`;

describe("the packed package", () => {
  let project: PackedProject;
  let user = "";

  beforeAll(async () => {
    project = await installPacked(["postgres", "@types/node", "undici-types"]);
    user = project.folder;
  });
  afterAll(() => project?.[Symbol.dispose]());

  test("npm pack takes the built files, the papers and the pages, and nothing else", () => {
    const expected =
      /^(?:dist\/(?:mod|src\/.*|adapters\/.*)\.(?:js|d\.ts)|docs\/[\w-]+\.md|package\.json|README\.md|CHANGELOG\.md|LICENSE)$/;
    expect(project.files.filter((path) => !expected.test(path))).toEqual([]);
  });
  test("npm pack takes every file the exports name", () => {
    const manifest = JSON.parse(
      readFileSync(join(user, "node_modules", "holdfast", "package.json"), "utf8"),
    ) as {
      exports: Record<string, string | Record<string, string>>;
    };
    const named = Object.values(manifest.exports)
      .flatMap((target) => typeof target === "string" ? [target] : Object.values(target))
      .map((path) => path.slice(2));
    expect(named.filter((path) => !project.files.includes(path))).toEqual([]);
  });
  test("createHoldfast's types hold without the types of any runtime", async () => {
    expect(await typesOf(CORE_PROGRAM, [])).toBe("");
  });
  test("postgres' types hold with Node's", async () => {
    expect(await typesOf(POSTGRES_PROGRAM, ["node"])).toBe("");
  });

  /** What tsc says of a program, its libraries checked as well. */
  async function typesOf(program: string, types: readonly string[]): Promise<string> {
    writeFileSync(join(user, "program.ts"), program);
    const strict = ["--noEmit", "--strict", "--exactOptionalPropertyTypes"];
    const platform = ["--module", "nodenext", "--target", "es2023", "--types", types.join(",")];
    const lib = ["--lib", "es2023,esnext.disposable,dom", "--skipLibCheck", "false"];
    return (await run("tsc", [...strict, ...platform, ...lib, "program.ts"], user)).stdout;
  }
});
