/**
 * What isolates know together: one takes the replica out for all by a command, another that has its own holdfast on the
 * same store follows, and follows again when it is given back.
 */

import type { Holdfast, Session } from "../../mod.ts";
import type { StrongStore } from "../../src/ports.ts";
import { readers } from "./path.ts";

/** What is found wherever there is a store. */
export const EXPECTED_SHARED: Readonly<Record<string, unknown>> = {
  before: ["replica"],
  takenOut: ["primary"],
  givenBack: ["replica"],
};

/** Against a hang: who syncs every second has followed long before. */
const TRIES = 150;
const PAUSE_MS = 100;

/** Reads until nobody but `server` serves them, and tells who did in the end. */
export async function readersOnceOnly(
  db: Holdfast | Session,
  server: string,
): Promise<readonly string[]> {
  let served: readonly string[] = [];
  for (let i = 0; i < TRIES; i++) {
    served = await readers(db);
    if (served.length === 1 && served[0] === server) break;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return served;
}

/** Two holdfasts of one process. */
export async function sharedBelief(
  open: () => Holdfast,
  store: StrongStore,
): Promise<Record<string, unknown>> {
  const [one, other] = [open(), open()];
  try {
    // The store has to have heard of the endpoint from somebody.
    await readersOnceOnly(one, "replica");
    const before = await readersOnceOnly(other, "replica");
    await store.command({ type: "isolate", endpoint: "replica" });
    const takenOut = await readersOnceOnly(other, "primary");
    await store.command({ type: "release", endpoint: "replica" });
    const givenBack = await readersOnceOnly(other, "replica");
    return { before, takenOut, givenBack };
  } finally {
    await one.close();
    await other.close();
  }
}
