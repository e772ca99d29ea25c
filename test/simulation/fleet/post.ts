/**
 * The way between the isolates and their store: slow, lossy, and at times cut.
 */

import type { ClaimAnswer } from "../../../src/ports.ts";
import type { Report, Snapshot } from "../../../src/model/belief.ts";
import type { Coordinator } from "./coordinator.ts";
import type { Place } from "./plan.ts";
import type { World } from "./world.ts";

/** One way, at least and at most. */
const SHORTEST_MS = 2;
const LONGEST_MS = 40;
const LATE_MS = 10_000;

export class Post {
  readonly #world: World;
  readonly #coordinator: Coordinator;

  constructor(world: World, coordinator: Coordinator) {
    this.#world = world;
    this.#coordinator = coordinator;
  }

  /** The answer may come late, never, or twice. */
  sync(place: Place, report: Report, answered: (snapshot: Snapshot) => void): void {
    this.#exchange(place, () => this.#coordinator.sync(report), answered);
  }

  claim(
    place: Place,
    endpoint: string,
    reporter: string,
    answered: (answer: ClaimAnswer) => void,
  ): void {
    this.#exchange(place, () => this.#coordinator.claim({ endpoint, reporter }), answered);
  }

  #exchange<T>(place: Place, ask: () => T, answered: (answer: T) => void): void {
    const { plan: { weather }, random } = this.#world;
    const copies = random() < weather.doubleRatio ? 2 : 1;
    for (let n = 0; n < copies; n++) {
      this.#carry(place, () => {
        const answer = ask();
        this.#carry(place, () => answered(answer));
      });
    }
  }

  #carry(place: Place, arrive: () => void): void {
    const { plan: { weather }, random, truth, agenda } = this.#world;
    if (!truth.reachesStore(place) || random() < weather.lossRatio) return;
    const longestMs = random() < weather.lateRatio ? LATE_MS : LONGEST_MS;
    agenda.after(SHORTEST_MS + random() * (longestMs - SHORTEST_MS), arrive);
  }
}
