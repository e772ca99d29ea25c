/**
 * One isolate: its calls, its own circuits, and what it makes of what others believe.
 *
 * Its calls are events of their own only while something may come of them. An isolate that reaches every endpoint
 * whose circuit is closed, with the others' pauses not yet over, would only count successes: then it sleeps, and
 * the time of its last answers is drawn when it is asked for. Two simplifications: a call is over at once (a dead endpoint refuses), and circuits open by
 * failures in a row alone, which is the slow way: no probe of its own, no ratio.
 */

import {
  admits,
  type Circuit,
  CIRCUIT_DEFAULTS,
  closedCircuit,
} from "../../../src/admit/circuit.ts";
import { type CircuitEvent, step } from "../../../src/admit/circuit.ts";
import { admitsByRamp, isOver, type Ramp } from "../../../src/admit/ramp.ts";
import type { Told } from "../../../src/cluster/adopt.ts";
import { Correspondent } from "./correspondent.ts";
import type { Place } from "./plan.ts";
import type { Post } from "./post.ts";
import { type OwnClock, ownClock } from "./own-clock.ts";
import type { World } from "./world.ts";

const WRITE_RATIO = 0.2;
/** Until an endpoint that this isolate brought back by itself has all of its share (`rampMs`). */
const OWN_RAMP_MS = 10_000;
/** The window is left out: endpoints here are well or dead, and five failures in a row come first. */
const NO_TOTALS = { calls: 0, failures: 0, slow: 0 };

/** An endpoint as one isolate has it. Instants are readings of its own clock. */
export interface Own {
  circuit: Circuit;
  answeredAt: number;
  failedAt: number;
  told: Told | undefined;
  fleetRamp: Ramp | undefined;
  ownRamp: Ramp | undefined;
  /** As it was last counted. */
  avoids: boolean;
  lessens: boolean;
}

export class Isolate {
  readonly name: string;
  readonly place: Place;
  readonly clock: OwnClock;
  readonly own: readonly Own[];
  readonly correspondent: Correspondent | undefined;
  readonly #world: World;
  #alive = true;
  /** No call is planned: nothing would come of it. */
  #sleeps = false;
  #sleepNumber = 0;

  constructor(world: World, name: string, place: Place, post: Post | undefined) {
    this.#world = world;
    this.name = name;
    this.place = place;
    this.clock = ownClock(world);
    this.own = world.truth.targets.map(() => ({
      circuit: closedCircuit,
      answeredAt: -Infinity,
      failedAt: -Infinity,
      told: undefined,
      fleetRamp: undefined,
      ownRamp: undefined,
      avoids: false,
      lessens: false,
    }));
    world.ledger.born(place);
    this.correspondent = post && new Correspondent(world, this, post);
    this.#planCall();
  }

  get isAlive(): boolean {
    return this.#alive;
  }

  die(): void {
    this.#alive = false;
    this.#world.ledger.died(this.place, this.own);
  }

  /** Something is about to happen, or was heard: its calls matter again. */
  wake(): void {
    if (!this.#sleeps || !this.#alive) return;
    this.recallAnswers();
    this.#sleeps = false;
    this.#planCall();
  }

  /** Draws when the calls it slept through had their last answers. */
  recallAnswers(): void {
    if (!this.#sleeps) return;
    const { plan: { callEveryMs }, random } = this.#world;
    const now = this.clock.now();
    for (const [index, own] of this.own.entries()) {
      if (own.circuit.phase !== "closed") continue;
      const share = index === 0 ? WRITE_RATIO : (1 - WRITE_RATIO) / (this.own.length - 1);
      const agoMs = -Math.log(1 - random()) * (callEveryMs / share);
      own.answeredAt = Math.max(own.answeredAt, now - agoMs);
    }
  }

  /** Moves the circuit of one endpoint. */
  move(index: number, event: CircuitEvent): void {
    const own = this.#at(index);
    const before = own.circuit;
    own.circuit = step(before, event, this.clock.now(), CIRCUIT_DEFAULTS);
    if (own.circuit === before) return;
    if (before.phase === "halfOpen" && own.circuit.phase === "closed") {
      own.ownRamp = { startedAt: this.clock.now(), overMs: OWN_RAMP_MS };
    }
    this.count(index);
    if (own.circuit.phase === "open" && before.phase !== "open" && own.circuit.because !== "told") {
      this.correspondent?.hasNews(index);
    }
    this.wake();
  }

  /** Brings the counters of those who avoid an endpoint, or send it less, up to date. */
  count(index: number): void {
    const own = this.#at(index);
    const avoids = own.circuit.phase !== "closed";
    const lessens = avoids || this.#isRamped(own);
    this.#world.ledger.count(index, own, { avoids, lessens });
    if (lessens && !avoids) this.wake();
  }

  #isRamped({ fleetRamp, ownRamp }: Own): boolean {
    const now = this.clock.now();
    return (fleetRamp !== undefined && !isOver(fleetRamp, now)) ||
      (ownRamp !== undefined && !isOver(ownRamp, now));
  }

  #planCall(): void {
    const { plan: { callEveryMs }, agenda, random } = this.#world;
    agenda.after(callEveryMs * (0.5 + random()), () => {
      if (!this.#alive) return;
      this.#call();
      if (this.own.every((own, index) => this.#isCalm(own, index))) this.#sleep();
      else this.#planCall();
    });
  }

  #isCalm({ circuit, lessens }: Own, index: number): boolean {
    if (circuit.phase === "open") return circuit.until > this.clock.now();
    return circuit.phase === "closed" && circuit.failures === 0 && !lessens &&
      this.#world.truth.reaches(this.place, index);
  }

  /** Until the first pause is over, or something happens. */
  #sleep(): void {
    this.#sleeps = true;
    const sleep = ++this.#sleepNumber;
    const until = this.own.reduce((soonest, { circuit }) => {
      return circuit.phase === "open" ? Math.min(soonest, circuit.until) : soonest;
    }, Infinity);
    if (until === Infinity) return;
    this.clock.at(until, () => {
      if (sleep === this.#sleepNumber) this.wake();
    });
  }

  #call(): void {
    for (const [index, own] of this.own.entries()) if (own.lessens) this.count(index);
    const index = this.#choose();
    if (index !== undefined) this.#attempt(index);
  }

  /** Writes go to the primary; reads to any replica that is admitted, or else to the primary. */
  #choose(): number | undefined {
    const { random } = this.#world;
    if (random() >= WRITE_RATIO) {
      let chosen: number | undefined;
      let admitted = 0;
      for (let index = 1; index < this.own.length; index++) {
        if (this.#admits(index) && random() * ++admitted < 1) chosen = index;
      }
      if (chosen !== undefined) return chosen;
    }
    return admits(this.#at(0).circuit, this.clock.now(), CIRCUIT_DEFAULTS) ? 0 : undefined;
  }

  #admits(index: number): boolean {
    const { circuit, fleetRamp, ownRamp, lessens } = this.#at(index);
    const now = this.clock.now();
    if (!admits(circuit, now, CIRCUIT_DEFAULTS)) return false;
    if (!lessens) return true;
    const { random } = this.#world;
    return [fleetRamp, ownRamp].every((ramp) => {
      return ramp === undefined || admitsByRamp(ramp, now, random());
    });
  }

  #attempt(index: number): void {
    const { truth, ledger, watch, random, agenda } = this.#world;
    const own = this.#at(index);
    const isTrial = own.circuit.phase !== "closed";
    if (isTrial) this.move(index, { type: "trial" });
    const answers = truth.reaches(this.place, index);
    watch.called(this, index);
    ledger.called(index, {
      now: agenda.now,
      answers,
      isTrial,
      isTold: isTrial && this.correspondent?.isTold(truth.targets[index]?.id ?? "") === true,
    });
    const now = this.clock.now();
    const { round } = own.circuit;
    if (answers) {
      own.answeredAt = now;
      this.move(index, { type: "success", round });
    } else {
      own.failedAt = now;
      this.move(index, { type: "failure", round, totals: NO_TOTALS, random: random() });
    }
  }

  #at(index: number): Own {
    const own = this.own[index];
    if (own === undefined) throw new RangeError(`There is no endpoint ${index}`);
    return own;
  }
}
