/**
 * One reporter that lies: every endpoint is down, it says, all the time; it claims every trial it can get, and
 * says it failed.
 */

import { BELIEF_FORMAT } from "../../../src/model/belief.ts";
import type { Coordinator } from "./coordinator.ts";
import type { World } from "./world.ts";

const EVERY_MS = 1_000;

export class Liar {
  readonly #world: World;
  readonly #coordinator: Coordinator;
  readonly #tokens = new Map<string, number>();
  #seq = 0;

  constructor(world: World, coordinator: Coordinator) {
    this.#world = world;
    this.#coordinator = coordinator;
    this.#lie();
  }

  #lie(): void {
    const { truth, agenda } = this.#world;
    const snapshot = this.#coordinator.sync({
      v: BELIEF_FORMAT,
      reporter: "liar",
      seq: ++this.#seq,
      sinceMs: EVERY_MS,
      endpoints: truth.targets.map(({ id }) => {
        const token = this.#tokens.get(id);
        return {
          id,
          saw: "down" as const,
          agoMs: 0,
          ...(token === undefined ? {} : { trial: { token, passed: false } }),
        };
      }),
    });
    this.#tokens.clear();
    for (const { id, phase, remainingMs } of snapshot.endpoints) {
      if (phase === "open" && remainingMs === 0 && !snapshot.probes) {
        const answer = this.#coordinator.claim({ endpoint: id, reporter: "liar" });
        if (answer.granted) this.#tokens.set(id, answer.token);
      }
    }
    agenda.after(EVERY_MS, () => this.#lie());
  }
}
