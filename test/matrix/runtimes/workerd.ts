/**
 * workerd: a Worker in two isolates, a Durable Object, and the coordinator by which they know things together.
 */

import { type Json, type Place, startPlace } from "../../workerd/place.ts";
import type { Task, Told } from "../words.ts";
import { bundleOf } from "./bundle.ts";

async function ask(place: Place, path: string, isolate = 0): Promise<unknown> {
  const answer = await place.fetch(path, { isolate });
  const said = await answer.text();
  if (answer.status !== 200) throw new Error(`${path}: ${said}\n${place.takeLogs().join("\n")}`);
  return JSON.parse(said); // our own program's
}

/** One isolate commands, another one or the object follows. */
async function sharedBelief(place: Place, who: string): Promise<Record<string, unknown>> {
  // The coordinator has to have heard of the endpoint from somebody.
  await ask(place, "/workers/read/replica");
  const before = await ask(place, `/${who}/read/replica`, 1);
  await ask(place, "/workers/command/isolate");
  const takenOut = await ask(place, `/${who}/read/primary`, 1);
  await ask(place, "/workers/command/release");
  const givenBack = await ask(place, `/${who}/read/replica`, 1);
  return { before, takenOut, givenBack };
}

/** Runs a task in the Worker, or in the object behind it. */
export function inWorkerd(
  who: "workers" | "durable-object",
): (project: string, task: Task) => Promise<Told> {
  return async (project, task) => {
    const text = await bundleOf({
      project,
      entry: "workers-entry.ts",
      whole: true,
      conditions: ["workerd", "worker", "browser", "import"],
    });
    await using place = await startPlace({
      entry: { text },
      isolates: 2,
      objects: ["Inside", "Coordinator", "Pool", "StruckPool"],
      bindings: { TASK: task as unknown as Json },
    });
    const shared = await sharedBelief(place, who);
    return { ...await ask(place, `/${who}/path`) as Omit<Told, "shared">, shared };
  };
}
