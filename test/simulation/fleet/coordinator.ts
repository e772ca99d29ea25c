/**
 * The store: the machine behind a door, woken up when something is due.
 */

import { due } from "../../../src/cluster/due.ts";
import type { Cluster } from "../../../src/cluster/state.ts";
import { type ClusterEvent, emptyCluster } from "../../../src/cluster/step.ts";
import type { Report, Snapshot } from "../../../src/model/belief.ts";
import type { ClaimAnswer, ClaimRequest } from "../../../src/ports.ts";
import type { World } from "./world.ts";

export class Coordinator {
  readonly #world: World;
  #cluster: Cluster = emptyCluster("once");
  #wakeAt = Infinity;

  constructor(world: World) {
    this.#world = world;
  }

  get cluster(): Cluster {
    return this.#cluster;
  }

  sync(report: Report): Snapshot {
    const { agenda, plan, ledger } = this.#world;
    ledger.storeCall("sync", agenda.now);
    this.fold({ type: "report", report });
    return plan.machine.snapshotOf(this.#cluster, agenda.now, plan.rules, plan.prober);
  }

  claim(request: ClaimRequest): ClaimAnswer {
    this.#world.ledger.storeCall("claim", this.#world.agenda.now);
    return this.grant(request);
  }

  /** A claim from inside, which is no call. */
  grant(request: ClaimRequest): ClaimAnswer {
    const { plan: { rules }, watch, agenda: { now } } = this.#world;
    const { tokens } = this.#cluster;
    this.fold({ type: "claim", request });
    const token = this.#cluster.tokens;
    if (token === tokens) return { granted: false, retryAfterMs: rules.busySyncMs };
    watch.granted(request.endpoint, token, now + rules.trialTimeoutMs);
    return { granted: true, token, forMs: rules.trialTimeoutMs };
  }

  fold(event: ClusterEvent): void {
    const { plan: { machine, rules }, agenda, random, watch } = this.#world;
    const before = this.#cluster;
    this.#cluster = machine.step(before, event, agenda.now, { random: random(), rules });
    if (event.type === "report") {
      for (const { trial } of event.report.endpoints) {
        if (trial !== undefined) watch.ended(trial.token);
      }
    }
    if (this.#cluster === before) return;
    watch.stepped(before, this.#cluster);
    const { wakeInMs } = due(this.#cluster, agenda.now, rules);
    if (wakeInMs !== undefined) this.#wake(agenda.now + Math.max(1, wakeInMs));
  }

  /** One alarm, as a Durable Object has. */
  #wake(at: number): void {
    if (at >= this.#wakeAt) return;
    this.#wakeAt = at;
    this.#world.agenda.at(at, () => {
      if (this.#wakeAt !== at) return;
      this.#wakeAt = Infinity;
      const { plan: { rules }, agenda } = this.#world;
      this.fold({ type: "tick" });
      const { wakeInMs } = due(this.#cluster, agenda.now, rules);
      if (wakeInMs !== undefined) this.#wake(agenda.now + Math.max(1, wakeInMs));
    });
  }
}
