/**
 * The same journey on Node, Deno, Bun and in workerd finds the same.
 */

import { join } from "node:path";
import process from "node:process";
import { describe, expect, test } from "vitest";
import { ROOT, run } from "../../scripts/step.ts";
import { freePort } from "../cluster/place.ts";
import { startPlace } from "../workerd/place.ts";
import { planetscaleGround } from "./ground.ts";
import { EXPECTED } from "./journey.ts";
import { whyNoMariadb } from "./mariadb.ts";

const missing = whyNoMariadb();
if (missing) console.error(missing);

const PROGRAM = join(ROOT, "test", "planetscale", "journey-program.ts");
const bin = (name: string): string => join(ROOT, "node_modules", ".bin", name);

describe.skipIf(missing)(`everywhere ${missing ?? ""}`, () => {
  const ground = planetscaleGround([
    "create table journey (id bigint auto_increment primary key, s varchar(100) character set utf8mb4)",
  ]);

  async function nowhere(): Promise<string> {
    return ground.double.url().replace(String(ground.double.port), String(await freePort()));
  }

  test.each<[string, string, readonly string[]]>([
    ["Node", process.execPath, []],
    // Nothing but the network and what `node:process` reads.
    ["Deno", bin("deno"), ["run", "--no-prompt", "--allow-net=127.0.0.1", "--allow-env"]],
    ["Bun", bin("bun"), []],
  ])("%s", async (name, program, flags) => {
    const ended = await run(program, [
      ...flags,
      PROGRAM,
      ground.double.url(),
      await nowhere(),
      name,
    ]);
    expect(ended.stderr).not.toContain("rror");
    expect(JSON.parse(ended.stdout)).toEqual(EXPECTED);
  });

  test("workerd, a session per request", async () => {
    await using place = await startPlace({
      entry: new URL("../workerd/planetscale-worker.ts", import.meta.url),
      bindings: { URL: ground.double.url(), NOWHERE: await nowhere() },
    });
    for (const name of ["first", "second"]) {
      expect(await (await place.fetch(`/${name}`)).json()).toEqual(EXPECTED);
    }
    const all = ["a", "b", "c", "d", "e"].map(async (name) =>
      (await place.fetch(`/${name}`)).json()
    );
    for (const found of await Promise.all(all)) expect(found).toEqual(EXPECTED);
    // Nothing of one request was touched by another: workerd would say so.
    expect(place.takeLogs()).toEqual([]);
  });
});
