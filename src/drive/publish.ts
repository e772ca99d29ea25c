/**
 * Tells everybody of a change that nobody could find out by asking the databases.
 *
 * @module
 */

import { readSnapshot } from "../cluster/codec.ts";
import type { Command } from "../model/belief.ts";
import type { Core } from "./core.ts";
import { isStrong } from "./share.ts";
import { ask, takeIn } from "./sync.ts";

/** Has the store tell all the others. Never rejects: an event tells when the store is lost, and this isolate goes on. */
export async function publish(core: Core, command: Command): Promise<void> {
  const { share } = core;
  if (share === undefined || !isStrong(share.store)) return;
  const { store } = share;
  try {
    const snapshot = readSnapshot(await ask(core, (terms) => store.command(command, terms)));
    if (snapshot !== undefined) takeIn(core, share, snapshot);
  } catch {
    // The roles this isolate believes in go with its next report.
    share.dueAt = Math.min(share.dueAt, core.runtime.clock.now());
  }
}
