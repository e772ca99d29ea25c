/**
 * How a runtime that is a process is started.
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../../scripts/step.ts";
import type { RuntimeName } from "../words.ts";

const bin = (name: string): string => join(ROOT, "node_modules", ".bin", name);

/** Of a package of its own: `.ci/run` installs it. */
export const NODE_22: string = join(
  ROOT,
  "test/matrix/node-22/node_modules/.bin",
  "node",
);

/** Why Node 22 is not here, or `undefined`. */
export function whyNoNode22(): string | undefined {
  return existsSync(NODE_22)
    ? undefined
    : "NO NODE 22 HERE: run `npm ci --prefix test/matrix/node-22`";
}

/** A program that is started as a process: command, its arguments before the program. */
export function commandOf(
  runtime: RuntimeName,
  project: string,
): readonly [string, readonly string[]] | undefined {
  switch (runtime) {
    case "node22":
      return [NODE_22, []];
    case "node24":
      return [bin("node"), []];
    case "deno":
      return [bin("deno"), [
        "run",
        "--quiet",
        "--no-prompt",
        "--cached-only",
        "--unstable-kv",
        "--allow-net",
        "--allow-env",
        `--allow-read=${project},${ROOT}`,
        `--allow-write=${project}`,
      ]];
    case "bun":
      return [bin("bun"), ["--no-install"]];
    case "workers":
    case "durable-object":
    case "edge":
      return undefined;
    default:
      return runtime satisfies never;
  }
}
