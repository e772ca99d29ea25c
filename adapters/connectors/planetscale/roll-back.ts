/**
 * The end of a transaction whose caller has gone.
 *
 * @module
 */

import { Exchange } from "./exchange.ts";
import { lineFailure } from "./failure.ts";
import type { Target } from "./options.ts";

/** How long all of it may take. */
const LIMIT_MS = 1_000;
/** Pauses before it is asked again: the statement that was given up may run on, and have the session to itself. */
const PAUSES_MS: readonly number[] = [20, 60, 180, 500];

/** Rolls back, within a limit. Never rejects: what it does not reach ends by the server's own limit. */
export async function rollBack(target: Target, session: unknown): Promise<void> {
  let exchange: Exchange | undefined;
  let isOver = false;
  const timer = setTimeout(() => {
    isOver = true;
    exchange?.cut(lineFailure("CONNECTION_DESTROYED", "sent"));
  }, LIMIT_MS);
  try {
    for (const pauseMs of [...PAUSES_MS, undefined]) {
      exchange = new Exchange(target);
      const { error } = await exchange.send("rollback", session);
      if (error === undefined || pauseMs === undefined || isOver) return;
      await new Promise<void>((resolve) => setTimeout(resolve, pauseMs));
    }
  } catch {
    // The line is gone, or time is up.
  } finally {
    clearTimeout(timer);
  }
}
