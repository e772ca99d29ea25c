/**
 * One attempt on one endpoint: get a connection, run the statement, answer in time. Whatever loses
 * (the deadline's statement, the silent connection, the place in the queue) is destroyed.
 *
 * Written with callbacks: this is the hot path, and a race of promises would leave the losers alive.
 *
 * @module
 */

import { abandoned, began, ended, failed } from "../balance/load.ts";
import { Failure } from "../model/failure.ts";
import type { Answer } from "../model/result.ts";
import type { Connection, Timer } from "../ports.ts";
import type { Core, Site } from "./core.ts";
import { POOL_CLOSED, QUEUE_FULL, type Waiter } from "./pool.ts";
import { heed, isAlive } from "./probe.ts";
import { blameSilence } from "./report.ts";
import type { Trip } from "./trip.ts";
import { Verdict } from "./verdict.ts";

/** Runs the trip's statement on `site`. Rejects with a `Failure` (to be judged) or a `Verdict`. */
export function attempt<R>(core: Core, site: Site, trip: Trip): Promise<Answer<R>> {
  return new Promise((resolve, reject) => {
    new Attempt<R>(core, site, trip, { resolve, reject }).start();
  });
}

interface Settles<R> {
  resolve(answer: Answer<R>): void;
  reject(reason: Failure | Verdict): void;
}

class Attempt<R> implements Waiter {
  readonly #core: Core;
  readonly #site: Site;
  readonly #trip: Trip;
  readonly #promise: Settles<R>;
  /** When the statement could begin: latency is the endpoint's, not the queue's. */
  #runAt: number;
  /** When this attempt may wait no longer for a connection. */
  readonly #acquireBy: number;
  #connection: Connection | undefined;
  #timer: Timer | undefined;
  #settled = false;
  /** Grows while the endpoint proves alive, so that a long statement is not asked about for ever. */
  #doubtAfterMs: number;

  constructor(core: Core, site: Site, trip: Trip, promise: Settles<R>) {
    this.#core = core;
    this.#site = site;
    this.#trip = trip;
    this.#promise = promise;
    this.#runAt = core.runtime.clock.now();
    this.#acquireBy = this.#runAt + core.settings.pool.acquireTimeoutMs;
    this.#doubtAfterMs = core.settings.probe.doubtAfterMs;
  }

  start(): void {
    began(this.#site.member.load);
    this.#trip.signal?.addEventListener("abort", this.#aborted);
    this.#arm();
    const connection = this.#trip.hold?.connection ?? this.#site.pool.acquire(this);
    if (connection !== undefined) this.#run(connection);
  }

  granted(connection: Connection): void {
    this.#runAt = this.#core.runtime.clock.now();
    this.#run(connection);
  }

  #run(connection: Connection): void {
    this.#connection = connection;
    const { text, params, classification } = this.#trip.statement;
    connection
      .run<R>(text, params, { prepare: classification.statements === 1 })
      .then(this.#answered, this.#failed);
  }

  refused(failure: Failure): void {
    if (failure.code !== QUEUE_FULL && failure.code !== POOL_CLOSED) return this.#fail(failure);
    this.#fail(
      new Verdict({ kind: "exhausted", scope: "client", executed: "no" }, failure.message),
    );
  }

  readonly #answered = (answer: Answer<R>): void => {
    if (this.#settled) return;
    const now = this.#core.runtime.clock.now();
    this.#trip.serviceMs = now - this.#runAt;
    this.#settle();
    ended(this.#site.member.load, this.#trip.serviceMs, now);
    if (this.#connection !== undefined) heed(this.#core, this.#site, this.#connection);
    this.#keepOrGiveBack();
    this.#promise.resolve(answer);
  };

  readonly #failed = (thrown: unknown): void => {
    if (this.#settled) return;
    const failure = thrown instanceof Failure ? thrown : asFailure(thrown);
    if (failure.connection === "broken") this.#cut("broken");
    else if (this.#trip.hold?.connection === undefined) this.#giveBack();
    this.#fail(failure);
  };

  readonly #aborted = (): void => {
    const executed = this.#connection === undefined ? "no" : "unknown";
    this.#abandon(
      new Verdict({ kind: "aborted", scope: "client", executed }, "The caller's signal fired"),
    );
  };

  /** One timer for all three: doubt, the wait for a connection, the deadline; the next one due. */
  #arm(): void {
    const now = this.#core.runtime.clock.now();
    let due = Math.min(this.#trip.deadlineAt, now + this.#doubtAfterMs);
    if (this.#connection === undefined && this.#trip.hold?.connection === undefined) {
      due = Math.min(due, this.#acquireBy);
    }
    this.#timer = this.#core.runtime.clock.after(Math.max(0, due - now), this.#woken);
  }

  readonly #woken = (): void => {
    if (this.#settled) return;
    const now = this.#core.runtime.clock.now();
    if (now >= this.#trip.deadlineAt) return this.#expire();
    if (this.#connection === undefined && now >= this.#acquireBy) return this.#giveUpWaiting();
    this.#ask();
    this.#doubtAfterMs *= 2;
    this.#arm();
  };

  /** Asks whether the endpoint lives; if not, a statement that may run elsewhere need not wait on. */
  #ask(): void {
    void isAlive(this.#core, this.#site).then((alive) => {
      if (alive || this.#settled) return;
      const sent = this.#connection !== undefined;
      if (sent && this.#trip.safety === "write") return;
      this.#abandon(
        new Verdict(
          { kind: "disconnected", scope: "endpoint", executed: sent ? "unknown" : "no" },
          `Endpoint "${this.#site.id}" fell silent`,
        ),
      );
    });
  }

  #expire(): void {
    const sent = this.#connection !== undefined;
    // A short deadline says nothing about the endpoint; only if it is silent is it to blame.
    if (sent) blameSilence(this.#core, this.#site, isAlive(this.#core, this.#site));
    this.#abandon(
      new Verdict(
        { kind: "timeout", scope: "client", executed: sent ? "unknown" : "no" },
        `No answer within ${this.#trip.timeoutMs} ms`,
      ),
    );
  }

  #giveUpWaiting(): void {
    const { acquireTimeoutMs } = this.#core.settings.pool;
    this.#abandon(
      new Verdict(
        { kind: "exhausted", scope: "client", executed: "no" },
        `No connection to endpoint "${this.#site.id}" came free within ${acquireTimeoutMs} ms`,
      ),
    );
  }

  #abandon(verdict: Verdict): void {
    if (this.#settled) return;
    if (this.#connection === undefined) this.#site.pool.forget(this);
    else this.#cut("abandoned");
    this.#fail(verdict);
  }

  #fail(reason: Failure | Verdict): void {
    if (this.#settled) return;
    this.#settle();
    this.#countFailure(reason);
    this.#promise.reject(reason);
  }

  /** A refused statement was answered; a dead line looks like an infinitely slow one. */
  #countFailure(reason: Failure | Verdict): void {
    const { load } = this.#site.member;
    const now = this.#core.runtime.clock.now();
    const elapsedMs = now - this.#runAt;
    if (this.#connection === undefined && reason instanceof Verdict) abandoned(load);
    else if (reason instanceof Failure && reason.connection === "usable") {
      ended(load, elapsedMs, now);
    } else if (reason instanceof Verdict && reason.outcome.kind === "aborted") abandoned(load);
    else failed(load, elapsedMs, now);
  }

  #settle(): void {
    this.#settled = true;
    this.#timer?.cancel();
    this.#trip.signal?.removeEventListener("abort", this.#aborted);
  }

  #keepOrGiveBack(): void {
    const { hold, statement } = this.#trip;
    if (hold === undefined) return this.#giveBack();
    hold.connection = this.#connection;
    hold.site = this.#site;
    hold.tainted ||= statement.classification.leavesState;
  }

  #giveBack(): void {
    if (this.#connection === undefined) return;
    this.#site.pool.release(
      this.#connection,
      !this.#trip.statement.classification.leavesState,
    );
  }

  #cut(because: string): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    if (this.#trip.hold !== undefined) this.#trip.hold.connection = undefined;
    this.#site.pool.destroy(connection, because);
  }
}

/** A connector must reject with a Failure; one that does not is taken at its worst. */
function asFailure(thrown: unknown): Failure {
  return new Failure({
    origin: "network",
    phase: "sent",
    message: thrown instanceof Error ? thrown.message : String(thrown),
    connection: "broken",
  });
}
