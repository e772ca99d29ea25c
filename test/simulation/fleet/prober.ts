/**
 * The store's own looks at the endpoints: seldom while all is well, often while something is the matter. When it
 * looks, nobody else makes trials.
 */

import { due } from "../../../src/cluster/due.ts";
import { BELIEF_FORMAT, type EndpointReport, type Report } from "../../../src/model/belief.ts";
import type { Coordinator } from "./coordinator.ts";
import { lookMs } from "./look.ts";
import type { Target } from "./truth.ts";
import type { World } from "./world.ts";

const NAME = "prober";
const WELL_MS = [15_000, 30_000] as const;
const TROUBLE_MS = [1_000, 5_000] as const;

export class Prober {
  readonly #world: World;
  readonly #coordinator: Coordinator;
  readonly #reportedAt: number[] = [];
  #seq = 0;

  constructor(world: World, coordinator: Coordinator) {
    this.#world = world;
    this.#coordinator = coordinator;
    for (const target of world.truth.targets) {
      world.agenda.after(world.random() * WELL_MS[0], () => this.#look(target));
    }
  }

  #look(target: Target): void {
    const { agenda, truth, ledger } = this.#world;
    const { id, index } = target;
    const isDue = due(this.#coordinator.cluster, agenda.now, this.#world.plan.rules)
      .trials.includes(id);
    const answer = isDue
      ? this.#coordinator.grant({ endpoint: id, reporter: NAME })
      : { granted: false } as const;
    const token = answer.granted ? answer.token : undefined;
    ledger.looked(index, agenda.now);
    const passed = truth.reaches("north", index);
    agenda.after(lookMs(passed, this.#world.random), () => {
      this.#report({
        id,
        saw: passed ? "up" : "down",
        agoMs: 0,
        ...(passed ? { role: { role: target.role, agoMs: 0 } } : {}),
        ...(token === undefined ? {} : { trial: { token, passed } }),
      });
      this.#plan(target);
    });
  }

  #report(word: EndpointReport): void {
    const { agenda, truth } = this.#world;
    const index = truth.indexOf(word.id);
    const report: Report = {
      v: BELIEF_FORMAT,
      reporter: NAME,
      seq: ++this.#seq,
      sinceMs: agenda.now - (this.#reportedAt[index] ?? agenda.now),
      prober: true,
      endpoints: [word],
    };
    this.#reportedAt[index] = agenda.now;
    this.#coordinator.fold({ type: "report", report });
  }

  #plan(target: Target): void {
    const { agenda, random } = this.#world;
    const shared = this.#coordinator.cluster.endpoints.find(({ id }) => id === target.id);
    const isWell = shared?.circuit.phase === "closed" && shared.accusers.length === 0 &&
      shared.heldSince === undefined;
    const [shortest, longest] = isWell ? WELL_MS : TROUBLE_MS;
    const delayMs = shortest + random() * (longest - shortest);
    // A trial is due at its time, and not only with the next look.
    const untilMs = shared?.circuit.phase === "open"
      ? Math.max(shared.circuit.until - agenda.now, shortest)
      : Infinity;
    agenda.after(Math.min(delayMs, untilMs), () => this.#look(target));
  }
}
