/**
 * Carries out in the database what a person commands, before everybody is told of it.
 *
 * @module
 */

import type { Cluster } from "../../src/cluster/state.ts";
import { UsageError } from "../../src/errors.ts";
import type { Holdfast } from "../../src/holdfast.ts";
import type { Command } from "../../src/model/belief.ts";

/**
 * Promotes where the command is about who is primary, and answers whether there is anything to tell then. Throws what
 * `Holdfast.failover` throws, and a `UsageError` for an endpoint that is not there.
 */
export async function carryOut(db: Holdfast, command: Command, cluster: Cluster): Promise<boolean> {
  refuseUnknown(db, command);
  const change = changeOf(command, cluster);
  if (change === undefined) return true;
  // An object that has just woken up knows nobody: first what all believe, then what the endpoints say of themselves.
  await db.tick();
  await db.discover();
  // It is so already, by whosever hand: a failover that did not take place must not be taken back later.
  if (db.stats().primary === change.to) return command.type === "failback";
  await db.failover(change.from, change.to);
  return true;
}

/** A slip of the pen would leave the sick one in, and its person in the belief that it is out. */
function refuseUnknown(db: Holdfast, command: Command): void {
  const known = db.stats().endpoints.map(({ id }) => id);
  const named = "endpoint" in command
    ? [command.endpoint]
    : command.type === "failover"
    ? [command.from, command.to]
    : [];
  const unknown = named.find((id) => !known.includes(id));
  if (unknown === undefined) return;
  throw new UsageError(
    `There is no endpoint with the id ${JSON.stringify(unknown)}; known are ${known.join(", ")}`,
  );
}

function changeOf(
  command: Command,
  { assignment }: Cluster,
): { readonly from: string; readonly to: string } | undefined {
  switch (command.type) {
    case "failover":
      return command;
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
