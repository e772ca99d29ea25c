/**
 * What must hold at all times, and in the end.
 */

import { validMs } from "../../../src/cluster/adopt.ts";
import type { Cluster } from "../../../src/cluster/state.ts";
import type { Agenda } from "./agenda.ts";
import { bounds } from "./bounds.ts";
import type { Isolate } from "./isolate.ts";
import { busiest, type Ledger } from "./ledger.ts";
import type { Plan } from "./plan.ts";
import type { Truth } from "./truth.ts";

/** Something did not hold. */
export class Breach extends Error {
  override readonly name = "Breach";
}

/** For so many at least an endpoint has to be away before it may be taken from everyone. */
const LEAST_AWAY_RATIO = 0.4;

interface Live {
  readonly token: number;
  readonly until: number;
}

export class Watch {
  readonly #plan: Plan;
  readonly #agenda: Agenda;
  readonly #truth: Truth;
  readonly #ledger: Ledger;
  readonly #trials = new Map<string, Live>();
  /** When an endpoint was last away for so many. */
  readonly #awayAt: number[];

  constructor(plan: Plan, agenda: Agenda, truth: Truth, ledger: Ledger) {
    this.#plan = plan;
    this.#agenda = agenda;
    this.#truth = truth;
    this.#ledger = ledger;
    this.#awayAt = truth.targets.map(() => -Infinity);
  }

  #accuse(what: string): never {
    const { seed, isolates } = this.#plan;
    const second = (this.#agenda.now / 1_000).toFixed(1);
    throw new Breach(`seed ${seed}, ${isolates} isolates, second ${second}: ${what}`);
  }

  /** The truth is about to be another one. */
  changes(): void {
    for (const { index } of this.#truth.targets) this.#noteAway(index);
  }

  #noteAway(index: number): void {
    if (this.#awayRatio(index) >= LEAST_AWAY_RATIO) this.#awayAt[index] = this.#agenda.now;
  }

  #awayRatio(index: number): number {
    const { alive, isolates } = this.#ledger;
    if (isolates === 0) return 0;
    const north = this.#truth.reaches("north", index) ? 0 : alive.north;
    const south = this.#truth.reaches("south", index) ? 0 : alive.south;
    return (north + south) / isolates;
  }

  /** A trial was granted. */
  granted(endpoint: string, token: number, until: number): void {
    const live = this.#trials.get(endpoint);
    if (live !== undefined && this.#agenda.now < live.until) {
      this.#accuse(`${endpoint} has two live trials, ${live.token} and ${token}`);
    }
    this.#trials.set(endpoint, { token, until });
  }

  /** Its result was heard. */
  ended(token: number): void {
    for (const [endpoint, live] of this.#trials) {
      if (live.token === token) this.#trials.delete(endpoint);
    }
  }

  /** The store's state moved. */
  stepped(before: Cluster, after: Cluster): void {
    if (after.version < before.version) this.#accuse("the version fell");
    if (after.endpoints === before.endpoints) return;
    for (const [index, endpoint] of after.endpoints.entries()) {
      const was = before.endpoints[index];
      if (was === endpoint) continue;
      const opens = endpoint.circuit.phase === "open" && was?.circuit.phase !== "open";
      const holds = endpoint.heldSince !== undefined && was?.heldSince === undefined;
      if (opens || holds) {
        this.#ledger.outForAll(this.#truth.indexOf(endpoint.id), this.#agenda.now);
      }
      if (opens || holds) this.#checkReason(endpoint.id, opens ? "opened" : "held");
      if (opens) this.#checkRest(after);
    }
  }

  #checkReason(id: string, what: string): void {
    const index = this.#truth.indexOf(id);
    this.#noteAway(index);
    const awayMs = this.#agenda.now - (this.#awayAt[index] ?? -Infinity);
    if (awayMs > bounds(this.#plan).memoryMs) {
      const percent = Math.round(100 * this.#awayRatio(index));
      this.#accuse(`${id} was ${what} for everyone, but only ${percent} % cannot reach it`);
    }
  }

  #checkRest({ endpoints }: Cluster): void {
    const left = endpoints.filter(({ circuit }) => circuit.phase === "closed");
    if (left.length === 0) this.#accuse("nothing is left: all are out for everyone");
    if (endpoints.some(({ role }) => role?.role === "primary")) {
      const hasPrimary = left.some(({ role }) => role?.role === "primary");
      if (!hasPrimary) this.#accuse("the only primary was taken from everyone");
    }
  }

  /** An isolate calls an endpoint. */
  called({ own, clock, correspondent, name }: Isolate, index: number): void {
    const beliefs = correspondent?.beliefs;
    const mine = own[index];
    if (beliefs === undefined || mine === undefined || mine.answeredAt !== -Infinity) return;
    const belief = beliefs.endpoints.find(({ id }) => id === this.#truth.targets[index]?.id);
    if (belief?.phase !== "open" && belief?.phase !== "halfOpen") return;
    if (clock.now() - beliefs.takenAt > validMs(beliefs.nextSyncMs)) return;
    this.#accuse(
      `${name} was told that ${belief.id} is out, has no answer of its own, and calls it`,
    );
  }

  /** What must hold in the end. */
  finish(): void {
    const { shared } = this.#plan;
    if (shared) {
      this.#checkLoad();
      this.#checkLooks();
    }
    for (const { id, index } of this.#truth.targets) {
      const lessened = this.#ledger.lessened(index);
      if (lessened > 0) this.#accuse(`${id} does not get its share from ${lessened} isolates`);
    }
    const { backMs, outMs } = bounds(this.#plan);
    const losesStore = this.#plan.changes.some(({ type }) => type === "store");
    for (const { index, isForAll, downAt, outAt = Infinity, upAt = 0 } of this.#ledger.incidents) {
      if (!shared || losesStore || !isForAll || upAt - downAt < outMs) continue;
      if (outAt - downAt <= outMs) continue;
      const { id } = this.#truth.targets[index] ?? {};
      this.#accuse(`${id} was away for ${outMs} ms, and the store let everybody go there`);
    }
    for (const [n, { index, upAt = 0, allBackAt = Infinity }] of this.#ledger.incidents.entries()) {
      const tookMs = allBackAt - upAt;
      // The next one may come before the fleet is back from this one.
      const next = this.#ledger.incidents.find((one, m) => m > n && one.index === index);
      if (shared && tookMs > backMs && (next?.downAt ?? Infinity) - upAt > backMs) {
        const { id } = this.#truth.targets[index] ?? {};
        this.#accuse(`${id} had its full share back after ${tookMs} ms, allowed are ${backMs}`);
      }
    }
  }

  #checkLoad(): void {
    const { syncs, claims, arrivals } = this.#ledger;
    const { storePerSecond } = bounds(this.#plan);
    const span = 10;
    for (let from = 0; from + span <= syncs.length; from++) {
      const calls = busiest([syncs, claims], span, from, from + span);
      const arrived = busiest([arrivals], span, Math.max(0, from - 1), from + span);
      if (calls > storePerSecond + 1.25 * arrived) {
        this.#accuse(
          `${calls} calls/s at the store from second ${from} on, with ${arrived} arrivals/s`,
        );
      }
    }
  }

  #checkLooks(): void {
    const { looksPerSecond, toldPerSecond } = bounds(this.#plan);
    const span = 30;
    for (const { id, index } of this.#truth.targets) {
      const looks = busiest(this.#ledger.looks.slice(index, index + 1), span);
      if (looks > looksPerSecond) {
        this.#accuse(`${looks} looks/s at ${id}, allowed are ${looksPerSecond}`);
      }
      const own = busiest(this.#ledger.toldTrials.slice(index, index + 1), span);
      if (own > toldPerSecond) {
        this.#accuse(
          `${own} trials/s at ${id} of those who were told, allowed are ${toldPerSecond}`,
        );
      }
    }
  }
}
