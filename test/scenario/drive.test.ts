/**
 * Plays the scenarios beside it and compares what came of them. After a change that is meant, run
 * `npm test -- test/scenario -u` and read the difference.
 */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { Player } from "./player.ts";

test.each([
  "replica-dies",
  "replica-freezes",
  "primary-dies-and-fails-over",
  "write-on-old-primary",
  "line-breaks",
  "replica-hangs",
  "replica-slows",
  "replica-flaps",
  "replica-refuses-logins",
  "replica-runs-out-of-connections",
  "replica-lags",
  "primary-restarts",
  "all-down-and-back",
  "overload",
  "client-gets-stuck",
])("query() lives through %s.txt", async (name) => {
  const file = fileURLToPath(new URL(`${name}.txt`, import.meta.url));
  await expect(await new Player().play(readFileSync(file, "utf8"))).toMatchFileSnapshot(file);
});
