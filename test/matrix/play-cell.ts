/**
 * Plays one cell: opens its doors, starts its program, does outside what the program asks for.
 */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Cell } from "./cells.ts";
import { type Doors, openDoors } from "./doors.ts";
import type { Fault, Play } from "./fault.ts";
import { FAULTS } from "./faults/mod.ts";
import type { Ground } from "./ground.ts";
import { RUNTIME } from "./runtimes/mod.ts";
import type { FaultOrder, Told } from "./words.ts";

const WRITE = "insert into struck (n) values (1)";

/** How a fault is played through these doors, or why it cannot be. */
export function playOf(fault: Fault, doors: Doors): Play | string {
  switch (doors.connector) {
    case "postgres":
      return fault.postgres(doors);
    case "neon":
      return fault.neon(doors);
    case "planetscale":
      return fault.planetscale(doors);
    default:
      return doors satisfies never;
  }
}

/** What the program may ask to be begun and ended. */
interface Deed {
  readonly begin?: () => Promise<void> | void;
  readonly end?: () => Promise<void> | void;
}

/** Does deeds by their names when it is asked to. */
async function startControl(
  deeds: ReadonlyMap<string, Deed>,
): Promise<{ readonly url: string; readonly close: () => void }> {
  const server = createServer((request, response) => {
    const [, verb, name = ""] = decodeURIComponent(request.url ?? "").split("/");
    const deed = deeds.get(name);
    const work = async (): Promise<void> => {
      if (deed === undefined) throw new Error(`No such fault: ${name}`);
      await (verb === "begin" ? deed.begin?.() : deed.end?.());
    };
    work().then(
      () => response.end("done"),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** What a cell told, and which faults it was given. */
export interface Played extends Told {
  readonly given: readonly string[];
}

/** Plays it. */
export async function playCell(
  ground: Ground,
  project: string,
  { connector, runtime }: Cell,
): Promise<Played> {
  const doors = await openDoors(connector, ground);
  const deeds = new Map<string, Deed>([
    ["replica dies", { begin: doors.killReplica, end: doors.reviveReplica }],
  ]);
  const faults: FaultOrder[] = [];
  for (const fault of FAULTS) {
    const play = playOf(fault, doors);
    if (typeof play === "string") continue;
    deeds.set(fault.name, play);
    const { settings = doors.primary, text = WRITE } = play;
    const { name, strikes, silent = false } = fault;
    faults.push({ name, settings, strikes, text, silent });
  }
  const control = await startControl(deeds);
  try {
    const told = await RUNTIME[runtime](project, {
      connector,
      primary: doors.primary,
      replica: doors.replica,
      name: `${connector} ${runtime}`,
      control: control.url,
      faults,
      shared: runtime === "deno" ? join(project, `${connector}.sqlite`) : ground.redis.url,
    });
    return { ...told, given: faults.map(({ name }) => name) };
  } finally {
    control.close();
    await doors.close();
  }
}
