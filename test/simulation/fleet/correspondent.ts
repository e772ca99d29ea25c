/**
 * An isolate's dealings with the store: reports, what comes back, and the trials it makes for all.
 */

import {
  admits,
  type Circuit,
  CIRCUIT_DEFAULTS,
  closedCircuit,
} from "../../../src/admit/circuit.ts";
import { cooldownMs, step } from "../../../src/admit/circuit.ts";
import { validMs } from "../../../src/cluster/adopt.ts";
import type { Belief, Beliefs } from "../../../src/cluster/merge.ts";
import { BELIEF_FORMAT, type Report, type Snapshot } from "../../../src/model/belief.ts";
import type { ClaimAnswer } from "../../../src/ports.ts";
import type { Isolate } from "./isolate.ts";
import { lookMs } from "./look.ts";
import type { Post } from "./post.ts";
import { type TrialResult, wordsOf } from "./words.ts";
import type { World } from "./world.ts";

/** Until a call to the store is given up. */
const DEADLINE_MS = 2_000;
/** The breaker for the store. */
const BREAKER = { ...CIRCUIT_DEFAULTS, consecutiveFailures: 3, successesToClose: 1 };
const NO_TOTALS = { calls: 0, failures: 0, slow: 0 };

export class Correspondent {
  readonly #world: World;
  readonly #isolate: Isolate;
  readonly #post: Post;
  /** Of those whose report got lost half say the same again, and half say it anew. */
  readonly #repeats: boolean;
  #store: Circuit = closedCircuit;
  #beliefs: Beliefs | undefined;
  #seq = 0;
  #ackedAt: number | undefined;
  #sentAt = -Infinity;
  #lost: Report | undefined;
  #isSending = false;
  #dueAt = 0;
  #isReturning = true;
  readonly #drawnFor: number[] = [];
  #result: TrialResult | undefined;

  constructor(world: World, isolate: Isolate, post: Post) {
    this.#world = world;
    this.#isolate = isolate;
    this.#post = post;
    this.#repeats = world.random() < 0.5;
    // A cold start: it asks at once, and goes on without an answer.
    this.#plan(isolate.clock.now());
  }

  get beliefs(): Beliefs | undefined {
    return this.#beliefs;
  }

  /** Whether it was told, and not too long ago, that an endpoint is out. */
  isTold(id: string): boolean {
    const belief = this.#beliefs?.endpoints.find((one) => one.id === id);
    if (belief === undefined || this.#beliefs === undefined) return false;
    const { takenAt, nextSyncMs } = this.#beliefs;
    return (belief.phase !== "closed" || belief.held) &&
      this.#isolate.clock.now() - takenAt <= validMs(nextSyncMs);
  }

  /** Its own circuit opened. What it was told of that endpoint holds for this opening too. */
  hasNews(index: number): void {
    const { id } = this.#world.truth.targets[index] ?? {};
    const belief = this.#beliefs?.endpoints.find((one) => one.id === id);
    if (belief !== undefined && this.#beliefs !== undefined && this.isTold(belief.id)) {
      this.#adopt(belief, this.#beliefs, this.#isolate.clock.now(), false);
    }
    if (this.#isSending) return;
    const { machine } = this.#world.plan;
    const now = this.#isolate.clock.now();
    const moment = { now, lastAt: this.#sentAt, random: this.#world.random() };
    this.#plan(machine.urgentSyncAt(this.#dueAt, this.#beliefs, moment));
  }

  #plan(dueAt: number): void {
    this.#dueAt = dueAt;
    this.#isolate.clock.at(dueAt, () => {
      if (this.#dueAt === dueAt && this.#isolate.isAlive && !this.#isSending) this.#send();
    });
  }

  #send(): void {
    const now = this.#isolate.clock.now();
    if (!this.#enter(now)) return this.#plan(now + Math.max(1, cooldownMs(this.#store, now)));
    this.#isSending = true;
    this.#sentAt = now;
    const report = (this.#repeats ? this.#lost : undefined) ?? this.#compose(now);
    this.#lost = report;
    const seq = report.seq;
    let isOver = false;
    if (this.#isReturning) this.#world.ledger.arrived(this.#world.agenda.now);
    this.#isReturning = false;
    this.#post.sync(this.#isolate.place, report, (snapshot) => {
      if (!this.#isolate.isAlive) return;
      if (!isOver && seq === this.#seq) this.#acknowledge(report, now);
      isOver = true;
      this.#take(snapshot);
    });
    this.#isolate.clock.at(now + DEADLINE_MS, () => {
      if (isOver || !this.#isolate.isAlive) return;
      isOver = true;
      this.#fail();
    });
  }

  /** Whether the breaker for the store lets a call pass. */
  #enter(now: number): boolean {
    if (!admits(this.#store, now, BREAKER)) return false;
    this.#store = step(this.#store, { type: "trial" }, now, BREAKER);
    return true;
  }

  #compose(now: number): Report {
    this.#isolate.recallAnswers();
    return {
      v: BELIEF_FORMAT,
      reporter: this.#isolate.name,
      seq: ++this.#seq,
      sinceMs: this.#ackedAt === undefined ? 0 : now - this.#ackedAt,
      endpoints: wordsOf(this.#world, this.#isolate.own, {
        now,
        result: this.#result,
      }),
    };
  }

  #acknowledge(report: Report, composedAt: number): void {
    const now = this.#isolate.clock.now();
    this.#lost = undefined;
    this.#ackedAt = composedAt;
    this.#isSending = false;
    const told = report.endpoints.find(({ trial }) => trial !== undefined)?.trial;
    if (told !== undefined && told.token === this.#result?.token) this.#result = undefined;
    this.#store = step(this.#store, { type: "success" }, now, BREAKER);
  }

  #fail(): void {
    const now = this.#isolate.clock.now();
    this.#isSending = false;
    this.#isReturning = true;
    const { random, plan: { machine, rules } } = this.#world;
    const failure = { type: "failure", totals: NO_TOTALS, random: random() } as const;
    this.#store = step(this.#store, failure, now, BREAKER);
    const paceMs = this.#beliefs?.nextSyncMs ?? rules.busySyncMs;
    this.#plan(Math.max(
      machine.nextSyncAt(now, paceMs, random()),
      now + cooldownMs(this.#store, now),
    ));
  }

  #take(snapshot: Snapshot): void {
    const { random, plan: { machine } } = this.#world;
    const now = this.#isolate.clock.now();
    this.#beliefs = machine.merge(this.#beliefs, snapshot, now);
    for (const belief of this.#beliefs.endpoints) this.#adopt(belief, this.#beliefs, now, true);
    if (this.#isSending) return;
    // A result is waited for by all; there is only one of it.
    if (this.#result === undefined) {
      this.#plan(machine.nextSyncAt(now, snapshot.nextSyncMs, random()));
    } else this.#tellResult();
  }

  #adopt(belief: Belief, beliefs: Beliefs, now: number, isNew: boolean): void {
    const { random, plan: { machine }, truth } = this.#world;
    const index = truth.indexOf(belief.id);
    const own = this.#isolate.own[index];
    if (own === undefined) return;
    const { fleet, nextSyncMs } = beliefs;
    const around = { now, fleet, nextSyncMs, trialsAreShared: true, random: random() };
    const { event, ramp, told } = machine.adopt(belief, own, around);
    own.told = told;
    own.fleetRamp = ramp;
    if (event !== undefined) this.#isolate.move(index, event);
    this.#isolate.count(index);
    if (!isNew || belief.phase !== "open" || beliefs.probes) return;
    const dueAt = Math.max(now, belief.until);
    if (dueAt - now < nextSyncMs) this.#isolate.clock.at(dueAt, () => this.#perhapsClaim(index));
  }

  /** With what it believes by then. */
  #perhapsClaim(index: number): void {
    const { random, plan: { machine }, truth } = this.#world;
    const { id } = truth.targets[index] ?? {};
    const beliefs = this.#beliefs;
    const belief = beliefs?.endpoints.find((one) => one.id === id);
    if (belief === undefined || beliefs === undefined || !this.#isolate.isAlive) return;
    const now = this.#isolate.clock.now();
    const drawnFor = this.#drawnFor[index] ?? -Infinity;
    const asks = machine.asksForTrial(belief, beliefs, { now, random: random(), drawnFor });
    // Before it is due nothing is drawn: a clock's reading may fall a hair short of what it was set to.
    if (now >= belief.until) this.#drawnFor[index] = belief.until;
    if (!asks || this.#result !== undefined || !admits(this.#store, now, BREAKER)) return;
    this.#post.claim(this.#isolate.place, belief.id, this.#isolate.name, (answer) => {
      if (this.#isolate.isAlive) this.#try(index, answer);
    });
  }

  #try(index: number, answer: ClaimAnswer): void {
    if (!answer.granted) return;
    const { truth, agenda, ledger, random } = this.#world;
    ledger.looked(index, agenda.now);
    const passed = truth.reaches(this.#isolate.place, index);
    agenda.after(lookMs(passed, random), () => {
      if (!this.#isolate.isAlive) return;
      this.#result = { index, token: answer.token, passed };
      if (!this.#isSending) this.#tellResult();
    });
  }

  #tellResult(): void {
    const now = this.#isolate.clock.now();
    const moment = { now, lastAt: this.#sentAt };
    this.#plan(this.#world.plan.machine.trialSyncAt(this.#dueAt, moment));
  }
}
