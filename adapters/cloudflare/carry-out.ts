/**
 * Carries out in the database what a person commands, before everybody is told of it.
 *
 * @module
 */

import type { Cluster } from "../../src/cluster/state.ts";
import { UsageError } from "../../src/errors.ts";
import type { Holdfast } from "../../src/holdfast.ts";
import type { Command } from "../../src/model/belief.ts";

/** Promotes where the command is about who is primary. Throws what `Holdfast.failover` throws. */
export async function carryOut(db: Holdfast, command: Command, cluster: Cluster): Promise<void> {
  const change = changeOf(command, cluster);
  if (change === undefined) return;
  // An object that has just woken up knows nobody: first what all believe, then what the endpoints say of themselves.
  await db.tick();
  await db.discover();
  // Somebody may have promoted it by hand: then it only has to be told.
  if (db.stats().primary !== change.to) await db.failover(change.from, change.to);
}

function changeOf(
  command: Command,
  { assignment }: Cluster,
): { readonly from: string; readonly to: string } | undefined {
  switch (command.type) {
    case "failover":
      // Doing it twice is doing it once.
      return assignment?.from === command.from && assignment.to === command.to
        ? undefined
        : command;
    case "failback":
      if (assignment === undefined) {
        throw new UsageError("There is nothing to take back: nobody has commanded a failover");
      }
      return assignment.back === true ? undefined : { from: assignment.to, to: assignment.from };
    case "isolate":
    case "release":
    case "remove":
    case "add":
      return undefined;
    default:
      return command satisfies never;
  }
}
