/**
 * How a cell's program is started in each place, and what it told.
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { EdgeVM } from "@edge-runtime/vm";
import { run } from "../../../scripts/step.ts";
import type { RuntimeName, Task, Told } from "../words.ts";
import { bundleOf } from "./bundle.ts";
import { commandOf } from "./command.ts";
import { inWorkerd } from "./workerd.ts";

/** Runs a task in a place, in a user's project. */
export type Runtime = (project: string, task: Task) => Promise<Told>;

function inProcess(runtime: RuntimeName): Runtime {
  return async (project, task) => {
    const program = join(project, "program.mjs");
    const [command, args] = commandOf(runtime, project) ?? ["", []];
    writeFileSync(
      program,
      await bundleOf({ project, entry: "process-entry.ts", whole: false }),
    );
    const ended = await run(command, [...args, program, JSON.stringify(task)], project);
    if (ended.code !== 0) throw new Error(`${runtime}: ${ended.stderr}${ended.stdout}`);
    return JSON.parse(ended.stdout) as Told; // our own program's
  };
}

async function inEdge(project: string, task: Task): Promise<Told> {
  const text = await bundleOf({
    project,
    entry: "edge-entry.ts",
    whole: true,
    format: "iife",
    conditions: ["edge-light", "worker", "browser", "import"],
  });
  const meeting: { readonly task: string; told?: Promise<string> } = { task: JSON.stringify(task) };
  const place = new EdgeVM({ extend: (context) => Object.assign(context, { meeting }) });
  place.evaluate(text);
  return JSON.parse(await meeting.told ?? "null") as Told; // our own program's
}

/** By name. */
export const RUNTIME: Readonly<Record<RuntimeName, Runtime>> = {
  node22: inProcess("node22"),
  node24: inProcess("node24"),
  deno: inProcess("deno"),
  bun: inProcess("bun"),
  workers: inWorkerd("workers"),
  "durable-object": inWorkerd("durable-object"),
  edge: inEdge,
};
