/**
 * One attempt on one endpoint: get a connection, run the statement, answer in time. Whatever loses
 * (the deadline's statement, the silent connection, the place in the queue) is destroyed.
 *
 * Written with callbacks: this is the hot path, and a race of promises would leave the losers alive.
 *
 * @module
 */

import { abandoned, began, ended, overtaken } from "../balance/load.ts";
import { isForeign } from "../judge/foreign.ts";
import type { CloseReason } from "../model/connection-event.ts";
import type { Failure } from "../model/failure.ts";
import type { Answer } from "../model/result.ts";
import type { Timer } from "../ports.ts";
import { safetyOn, whyNoLonger } from "./choose.ts";
import type { Core, Site } from "./core.ts";
import { closedUnderway } from "./depart.ts";
import { answeredLately, doubtAfterMs } from "./doubt.ts";
import { closeWindowIfDue, isTooLate } from "./gauge.ts";
import type { Lease, Waiter } from "./lease.ts";
import type { Pool } from "./pool.ts";
import { POOL_CLOSED, QUEUE_FULL } from "./pool-failure.ts";
import type { AttemptError, Owner } from "./owner.ts";
import { heedAnswer, isAlive } from "./probe.ts";
import { blameSilence } from "./report.ts";
import type { Enrolled } from "./roll.ts";
import type { Entry } from "./timetable.ts";
import { keep, runOn, type Trip } from "./trip.ts";
import { countFailure } from "./toll.ts";
import { asFailure, unsent, Verdict } from "./verdict.ts";

/**
 * Runs the trip's statement on `site`. Rejects with a `Failure` (to be judged), a `Verdict`, or a
 * `ClosedError`, which ends the trip.
 */
export function attempt<R>(core: Core, site: Site, trip: Trip): Promise<Answer<R>> {
  return new Promise((resolve, reject) => {
    new Attempt<R>(core, site, trip, { resolve, reject }).start();
  });
}

/** One attempt under way. */
export class Attempt<R> implements Waiter, Entry, Enrolled {
  dueAt = 0;
  previous: Entry | undefined = undefined;
  next: Entry | undefined = undefined;
  timer: Timer | undefined = undefined;
  waitsSince = 0;
  readonly #core: Core;
  readonly #site: Site;
  readonly #pool: Pool;
  readonly #trip: Trip;
  readonly #owner: Owner<R>;
  /** When the statement could begin: latency is the endpoint's, not the queue's. */
  #runAt: number;
  /** When this attempt may wait no longer for a connection. */
  readonly #acquireBy: number;
  #lease: Lease | undefined = undefined;
  #settled = false;
  #isForsaken = false;
  /** Grows while the endpoint proves alive, so that a long statement is not asked about for ever. */
  #doubtAfterMs: number;
  #doubtAt: number;
  /** When its owner is to be told that it takes long. */
  overdueAt: number = Infinity;
  #onAbort: (() => void) | undefined = undefined;

  constructor(core: Core, site: Site, trip: Trip, owner: Owner<R>) {
    this.#core = core;
    this.#site = site;
    this.#pool = trip.scope.poolOf(site);
    this.#trip = trip;
    this.#owner = owner;
    this.#runAt = trip.now;
    this.#acquireBy = trip.now + core.settings.pool.acquireTimeoutMs;
    this.#doubtAfterMs = doubtAfterMs(core, trip);
    this.#doubtAt = trip.now + this.#doubtAfterMs;
  }

  get until(): number {
    return this.#trip.deadlineAt;
  }

  start(): void {
    closeWindowIfDue(this.#core, this.#site, this.#trip.now);
    began(this.#site.member.load);
    this.#core.roll?.add(this, this.#trip.now);
    if (this.#trip.signal !== undefined) {
      // It tells nobody a second time.
      if (this.#trip.signal.aborted) return this.#abort();
      this.#onAbort = () => this.#abort();
      this.#trip.signal.addEventListener("abort", this.#onAbort);
    }
    const lease = this.#trip.hold?.lease ?? this.#pool.acquire(this, this.#trip.now);
    if (this.#settled) return;
    if (lease !== undefined) this.#lease = lease;
    this.#arm(this.#trip.now);
    if (lease !== undefined) this.#run(lease);
  }

  granted(lease: Lease): void {
    this.#runAt = this.#core.runtime.clock.now();
    const kind = whyNoLonger(this.#core, this.#site, this.#trip, lease.connection.toldRole);
    if (kind === undefined && !isTooLate(this.#core, this.#site, this.#trip)) {
      return this.#run(lease);
    }
    if (kind === undefined) {
      this.#pool.release(lease, true, this.#runAt);
      const message =
        `Endpoint "${this.#site.id}" would not answer in what is left of the deadline`;
      return this.#fail(unsent("exhausted", message));
    }
    if (kind === "unavailable") this.#pool.release(lease, true, this.#runAt);
    else this.#pool.destroy(lease, "told another role");
    this.#fail(unsent(kind, `Endpoint "${this.#site.id}" became the wrong place meanwhile`));
  }

  refused(failure: Failure): void {
    switch (failure.code) {
      case QUEUE_FULL:
        return this.#fail(unsent("exhausted", failure.message));
      case POOL_CLOSED:
        if (this.#trip.scope.over) return this.#fail(closedUnderway(this.#trip));
        return this.#fail(unsent("unavailable", failure.message));
      case undefined:
      default:
        return this.#fail(failure);
    }
  }

  /** Another attempt was faster: ends this one and tells nobody. Answers whether it had been sent. */
  overtake(): boolean {
    const { load } = this.#site.member;
    const lease = this.#lease;
    const trip = this.#trip;
    this.#settle();
    trip.now = this.#core.runtime.clock.now();
    if (lease === undefined) {
      this.#pool.forget(this);
      trip.serviceMs = 0;
      abandoned(load);
      return false;
    }
    this.#cut(lease, "overtaken");
    trip.serviceMs = trip.now - this.#runAt;
    overtaken(load, trip.serviceMs, trip.now);
    return true;
  }

  /** One entry for all: a hedge, doubt, the wait for a connection, the deadline; the next one due. */
  wake(): void {
    if (this.#settled) return;
    const now = this.#core.runtime.clock.now();
    if (now >= this.#trip.deadlineAt) return this.#expire();
    if (this.#lease === undefined && now >= this.#acquireBy) return this.#giveUpWaiting();
    if (now >= this.overdueAt) {
      this.overdueAt = this.#owner.overdue?.(now, this.overdueAt) ?? Infinity;
    }
    if (now >= this.#doubtAt) {
      if (!answeredLately(this.#core, this.#site, this.#trip, now)) this.#ask();
      this.#doubtAfterMs *= 2;
      this.#doubtAt = now + this.#doubtAfterMs;
    }
    this.#arm(now);
  }

  #arm(now: number): void {
    let dueAt = Math.min(this.#trip.deadlineAt, this.#doubtAt, this.overdueAt);
    if (this.#lease === undefined) dueAt = Math.min(dueAt, this.#acquireBy);
    this.#core.timetable.set(this, dueAt, now);
  }

  #run(lease: Lease): void {
    this.#lease = lease;
    if (this.#trip.doubtful) this.#trip.safety = safetyOn(this.#site, lease.connection);
    if (!lease.connection.usable) {
      // A transaction's line may end between two statements, by the server's own limit on idling ones.
      this.#cut(lease, "broken");
      return this.#fail(unsent("disconnected", "The connection had ended meanwhile"));
    }
    runOn<R>(lease.connection, this.#trip).then(
      (answer) => this.#answered(lease, answer),
      (thrown: unknown) => this.#failed(lease, thrown),
    );
  }

  #answered(lease: Lease, answer: Answer<R>): void {
    if (this.#settled) return;
    const trip = this.#trip;
    const site = this.#site;
    trip.now = this.#core.runtime.clock.now();
    trip.serviceMs = trip.now - this.#runAt;
    this.#settle();
    ended(site.member.load, trip.serviceMs, trip.now);
    heedAnswer(trip.scope, site, lease.connection);
    if (trip.hold === undefined) this.#giveBack(lease);
    else keep(trip, site, lease);
    this.#owner.resolve(answer);
  }

  #failed(lease: Lease, thrown: unknown): void {
    if (this.#settled) return;
    const failure = asFailure(thrown);
    // What is another request's must not even be closed here.
    if (isForeign(failure)) return this.#fail(failure);
    if (failure.connection === "broken") this.#cut(lease, "broken");
    else if (this.#trip.hold?.lease === undefined) this.#giveBack(lease);
    this.#fail(failure);
  }

  #abort(): void {
    const executed = this.#lease === undefined ? "no" : "unknown";
    this.#abandon(
      new Verdict({ kind: "aborted", scope: "client", executed }, "The caller's signal fired"),
    );
  }

  /** Asks whether the endpoint lives; if not, a statement that may run elsewhere need not wait on. */
  #ask(): void {
    const { scope } = this.#trip;
    const asked = isAlive(scope, this.#site).then((alive) => {
      if (alive || this.#settled) return;
      const sent = this.#lease !== undefined;
      if (sent && this.#trip.safety === "write") return;
      this.#abandon(
        new Verdict(
          { kind: "disconnected", scope: "endpoint", executed: sent ? "unknown" : "no" },
          `Endpoint "${this.#site.id}" fell silent`,
        ),
      );
    });
    scope.keep(asked);
  }

  #expire(): void {
    const sent = this.#lease !== undefined;
    this.#trip.serviceMs = sent ? this.#core.runtime.clock.now() - this.#runAt : 0;
    // A short deadline says nothing about the endpoint; only if it is silent is it to blame.
    if (sent) blameSilence(this.#trip.scope, this.#site, isAlive(this.#trip.scope, this.#site));
    this.#abandon(
      new Verdict(
        { kind: "timeout", scope: "client", executed: sent ? "unknown" : "no" },
        `No answer within ${this.#trip.timeoutMs} ms`,
      ),
    );
  }

  #giveUpWaiting(): void {
    const { acquireTimeoutMs } = this.#core.settings.pool;
    const message =
      `No connection to endpoint "${this.#site.id}" came free within ${acquireTimeoutMs} ms`;
    this.#abandon(unsent("exhausted", message));
  }

  #abandon(verdict: Verdict): void {
    if (this.#settled) return;
    if (this.#lease === undefined) this.#pool.forget(this);
    else this.#cut(this.#lease, "abandoned");
    this.#fail(verdict);
  }

  #fail(reason: AttemptError): void {
    if (this.#settled) return;
    this.#trip.now = this.#core.runtime.clock.now();
    this.#settle();
    const sent = this.#lease !== undefined;
    const { now } = this.#trip;
    countFailure(this.#site.member.load, reason, { sent, elapsedMs: now - this.#runAt, now });
    this.#owner.reject(reason);
  }

  /** Its request was cut off: a call that will never end must not count as load for ever. */
  forsaken(): void {
    this.#isForsaken = true;
    abandoned(this.#site.member.load);
  }

  #settle(): void {
    this.#settled = true;
    this.#core.timetable.remove(this);
    this.#core.roll?.remove(this);
    if (this.#isForsaken) began(this.#site.member.load);
    if (this.#onAbort !== undefined) {
      this.#trip.signal?.removeEventListener("abort", this.#onAbort);
    }
  }

  #giveBack(lease: Lease): void {
    const { classification } = this.#trip.statement;
    this.#pool.release(lease, !classification.leavesState, this.#trip.now);
  }

  #cut(lease: Lease, because: CloseReason): void {
    if (this.#trip.hold !== undefined) this.#trip.hold.lease = undefined;
    this.#pool.destroy(lease, because);
  }
}
