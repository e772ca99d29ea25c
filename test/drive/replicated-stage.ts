/**
 * A stage on which an automatic failover has a choice.
 */

import type { Stage } from "./stage.ts";
import { watched } from "./watch-stage.ts";

/** A write. */
export const INSERT: string = "insert into t values (1)";
/** Fails over soon. */
export const AUTOMATIC: { readonly failover: "automatic"; readonly attemptsPerRung: number } = {
  failover: "automatic",
  attemptsPerRung: 1,
};

/** A stage whose replicas tell how far they have come: `c` further than `b`. */
export async function replicated(options: Parameters<typeof watched>[0] = {}): Promise<Stage> {
  const s = await watched({ recovery: AUTOMATIC, ...options });
  s.b.position = 100n;
  s.c.position = 200n;
  s.b.generation = 1;
  s.c.generation = 1;
  await s.clock.advance(1_500);
  return s;
}
