/**
 * One run: a fleet over its endpoints and its store, on virtual time, all from one seed.
 */

import { seeded } from "../../virtual.ts";
import { Agenda } from "./agenda.ts";
import { Coordinator } from "./coordinator.ts";
import { Isolate } from "./isolate.ts";
import { Ledger } from "./ledger.ts";
import { Liar } from "./liar.ts";
import type { Change, Plan } from "./plan.ts";
import { Post } from "./post.ts";
import { Prober } from "./prober.ts";
import { placeOf, Truth } from "./truth.ts";
import { Breach, Watch } from "./watch.ts";
import type { World } from "./world.ts";

/** Whoever lives, lives so long at least. */
const LEAST_LIFE_MS = 30_000;

export interface Ended {
  readonly plan: Plan;
  readonly ledger: Ledger;
  /** What did not hold. */
  readonly breach: string | undefined;
}

export function play(plan: Plan): Ended {
  const fleet = new Fleet(plan);
  const { ledger } = fleet.world;
  try {
    fleet.play();
    return { plan, ledger, breach: undefined };
  } catch (error) {
    if (!(error instanceof Breach)) throw error;
    return { plan, ledger, breach: error.message };
  }
}

class Fleet {
  readonly world: World;
  readonly #isolates: (Isolate | undefined)[];
  readonly #coordinator: Coordinator | undefined;
  readonly #post: Post | undefined;
  #born = 0;

  constructor(plan: Plan) {
    const agenda = new Agenda();
    const truth = new Truth(plan.replicas);
    const ledger = new Ledger(truth.targets.length, plan.forMs, () => agenda.now);
    const watch = new Watch(plan, agenda, truth, ledger);
    this.world = { plan, agenda, random: seeded(plan.seed), truth, ledger, watch };
    this.#isolates = new Array<undefined>(plan.isolates).fill(undefined);
    if (!plan.shared) return;
    this.#coordinator = new Coordinator(this.world);
    this.#post = new Post(this.world, this.#coordinator);
  }

  play(): void {
    const { plan, agenda, random, watch } = this.world;
    for (const change of plan.changes) agenda.at(change.at, () => this.#change(change));
    for (let place = 0; place < plan.isolates; place++) {
      agenda.after(random() * plan.deployMs, () => this.#bear(place));
    }
    if (this.#coordinator !== undefined) {
      const coordinator = this.#coordinator;
      if (plan.prober) new Prober(this.world, coordinator);
      // The only one there is would be believed.
      if (plan.liar) agenda.after(plan.deployMs, () => new Liar(this.world, coordinator));
    }
    agenda.runUntil(plan.forMs);
    watch.finish();
  }

  /** One isolate after the other at the same place: the fleet stays as large as it is. */
  #bear(number: number): void {
    const { plan, agenda, random } = this.world;
    this.#isolates[number]?.die();
    const name = `isolate-${number}-${++this.#born}`;
    this.#isolates[number] = new Isolate(this.world, name, placeOf(number), this.#post);
    const livesMs = LEAST_LIFE_MS - Math.log(1 - random()) * plan.livesMs;
    agenda.after(livesMs, () => this.#bear(number));
  }

  #change(change: Change): void {
    const { truth, ledger, watch } = this.world;
    // With what was so until now: those who sleep had answers.
    if (change.type === "endpoint") { for (const isolate of this.#isolates) isolate?.wake(); }
    watch.changes();
    truth.apply(change);
    if (change.type === "endpoint") ledger.changed(truth.indexOf(change.id), change);
  }
}
