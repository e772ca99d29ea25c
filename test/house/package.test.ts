import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildInto } from "../../scripts/build.ts";
import { ROOT, run } from "../../scripts/step.ts";

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

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
  const work = mkdtempSync(join(tmpdir(), "holdfast-package-"));
  const stage = join(work, "stage");
  const user = join(work, "user");
  let packed: Packed = { filename: "", files: [] };

  const link = (name: string): void => {
    mkdirSync(join(user, "node_modules", name, ".."), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), join(user, "node_modules", name), "junction");
  };

  // A stage of its own: the build of the working tree may be in use by someone else.
  beforeAll(async () => {
    mkdirSync(stage);
    for (const file of ["package.json", "README.md", "CHANGELOG.md", "LICENSE"]) {
      if (existsSync(join(ROOT, file))) copyFileSync(join(ROOT, file), join(stage, file));
    }
    cpSync(join(ROOT, "docs"), join(stage, "docs"), { recursive: true });
    const complaint = await buildInto(join(stage, "dist"));
    if (complaint !== "") throw new Error(complaint);
    const pack = await run("npm", ["pack", "--json", "--ignore-scripts", "--offline"], stage);
    packed = (JSON.parse(pack.stdout) as [Packed])[0];

    // Unpacked by hand instead of installed, so that no registry is asked.
    const home = join(user, "node_modules", "holdfast");
    mkdirSync(home, { recursive: true });
    const tar = ["-xzf", join(stage, packed.filename), "-C", home, "--strip-components=1"];
    const unpacked = await run("tar", tar);
    if (unpacked.code !== 0) throw new Error(unpacked.stderr);
    link("postgres");
    link("@types/node");
    link("undici-types");
    writeFileSync(join(user, "package.json"), `{ "type": "module" }`);
  });
  afterAll(() => rmSync(work, { recursive: true, force: true }));

  test("npm pack takes the built files, the papers and the pages, and nothing else", () => {
    const expected =
      /^(?:dist\/(?:mod|src\/.*|adapters\/.*)\.(?:js|d\.ts)|docs\/[\w-]+\.md|package\.json|README\.md|CHANGELOG\.md|LICENSE)$/;
    expect(packed.files.map(({ path }) => path).filter((path) => !expected.test(path))).toEqual([]);
  });
  test("npm pack takes every file the exports name", () => {
    const manifest = JSON.parse(readFileSync(join(stage, "package.json"), "utf8")) as {
      exports: Record<string, string | Record<string, string>>;
    };
    const named = Object.values(manifest.exports)
      .flatMap((target) => typeof target === "string" ? [target] : Object.values(target))
      .map((path) => path.slice(2));
    const paths = packed.files.map(({ path }) => path);
    expect(named.filter((path) => !paths.includes(path))).toEqual([]);
  });
  test("createHoldfast and postgres can be imported by name", async () => {
    const program = `import { createHoldfast } from "holdfast";
      import { postgres } from "holdfast/postgres";
      import * as scripted from "holdfast/scripted";
      import { webhook } from "holdfast/alerts";
      console.log(typeof createHoldfast, typeof postgres, typeof scripted, typeof webhook);`;
    const ended = await run("node", ["--input-type=module", "-e", program], user);
    expect(ended).toMatchObject({ code: 0, stdout: "function function object function\n" });
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
