/**
 * An attempt that may get a second one beside it, elsewhere, when it takes long. The first answer wins
 * and the other attempt is destroyed; a failure waits for the other one, unless it is final.
 *
 * @module
 */

import { ClosedError } from "../errors.ts";
import type { Answer } from "../model/result.ts";
import { balance, withdraw } from "../retry/budget.ts";
import { decideHedge, endsHedge, hedgeDelayMs } from "../retry/hedge.ts";
import { Attempt, attempt } from "./attempt.ts";
import { blame } from "./blame.ts";
import { chooseBeside, elsewhere } from "./choose.ts";
import type { Core, Site } from "./core.ts";
import { closedUnderway } from "./depart.ts";
import type { AttemptError, Owner } from "./owner.ts";
import { reportOvertaken } from "./report.ts";
import { p95Ms, reportOvertakenFirst } from "./tail.ts";
import type { Trip } from "./trip.ts";
import { judged } from "./verdict.ts";

/** As `attempt`. Afterwards `trip.site` is where the attempt ran whose end this is. */
export function attemptHedged<R>(core: Core, site: Site, trip: Trip): Promise<Answer<R>> {
  const afterMs = delayFor(core, site, trip);
  if (afterMs === undefined) return attempt<R>(core, site, trip);
  return new Promise((resolve, reject) => {
    new Race<R>(core, { site, trip, afterMs }, { resolve, reject }).start();
  });
}

/** What was taken for a read may have become a write on the way. */
function delayFor(core: Core, site: Site, { hedge, safety, now }: Trip): number | undefined {
  if (hedge === undefined || safety !== "read") return undefined;
  return hedgeDelayMs(hedge, "after" in hedge ? p95Ms(site, now) : 0);
}

interface Start {
  readonly site: Site;
  readonly trip: Trip;
  readonly afterMs: number;
}

class Race<R> {
  readonly #core: Core;
  readonly #trip: Trip;
  readonly #afterMs: number;
  readonly #promise: Owner<R>;
  readonly #first: Runner<R>;
  #second: Runner<R> | undefined;

  constructor(core: Core, { site, trip, afterMs }: Start, promise: Owner<R>) {
    this.#core = core;
    this.#trip = trip;
    this.#afterMs = afterMs;
    this.#promise = promise;
    this.#first = new Runner(core, site, trip, this);
  }

  start(): void {
    this.#first.start(this.#trip.now + this.#afterMs);
  }

  /** The first one takes long. Answers when to look again. */
  overdue(now: number, dueAt: number): number {
    const core = this.#core;
    const trip = this.#trip;
    const first = this.#first.site;
    // What was taken for a replica turned out to be a primary: a function nobody knows may write there.
    if (trip.safety !== "read") return Infinity;
    const view: Trip = { ...trip, now, tried: [...trip.tried, first.id] };
    const decision = decideHedge({
      dueAt,
      now,
      attempt: trip.attempts - trip.reroutes,
      maxAttempts: core.settings.execution.retry.maxAttempts,
      elsewhere: elsewhere(core, view),
      budget: balance(core.budget, now) >= 1,
    });
    if (decision.action === "wait") return decision.until;
    const site = decision.action === "send" ? chosenBeside(core, view) : undefined;
    if (site === undefined) return Infinity;
    withdraw(core.budget, now);
    trip.attempts++;
    this.#second = new Runner<R>(core, site, view, this);
    this.#tell("sent");
    this.#second.start(Infinity);
    return Infinity;
  }

  answered(runner: Runner<R>, answer: Answer<R>): void {
    this.#endOther(runner);
    this.#finish(runner, runner === this.#first ? "first" : "second");
    this.#promise.resolve(answer);
  }

  failed(runner: Runner<R>, reason: AttemptError): void {
    if (this.#otherOf(runner)?.running === true && !(reason instanceof ClosedError)) {
      const failed = judged(reason, runner.site, runner.trip);
      if (!endsHedge(failed.outcome.kind)) {
        blame(this.#core, runner.site, runner.trip, failed);
        if (failed.outcome.executed !== "no") this.#trip.mayHaveRun = true;
        this.#trip.tried = [...this.#trip.tried, runner.site.id];
        return;
      }
    }
    this.#endOther(runner);
    this.#finish(runner, "neither");
    // Only now it is known whether the other one may have run.
    this.#promise.reject(reason instanceof ClosedError ? closedUnderway(this.#trip) : reason);
  }

  #otherOf(runner: Runner<R>): Runner<R> | undefined {
    return runner === this.#first ? this.#second : this.#first;
  }

  #endOther(runner: Runner<R>): void {
    const other = this.#otherOf(runner);
    if (other?.running !== true) return;
    if (other.overtake()) this.#trip.mayHaveRun = true;
    if (other === this.#first) reportOvertakenFirst(this.#core, other.site, other.trip);
    else reportOvertaken(this.#core, other.site, other.trip.round);
  }

  /** From here the trip goes on as if it had only been where this runner was. */
  #finish(runner: Runner<R>, winner: "first" | "second" | "neither"): void {
    const { site, trip } = runner;
    this.#trip.site = site;
    this.#trip.now = trip.now;
    this.#trip.round = trip.round;
    this.#trip.serviceMs = trip.serviceMs;
    if (trip.safety === "write") this.#trip.safety = "write";
    if (this.#second !== undefined) this.#tell("over", winner);
  }

  #tell(phase: "sent" | "over", winner?: "first" | "second" | "neither"): void {
    if (this.#second === undefined) return;
    this.#core.bus.emit({
      type: "hedge",
      endpoint: this.#first.site.id,
      to: this.#second.site.id,
      afterMs: this.#afterMs,
      phase,
      ...(winner === undefined ? {} : { winner }),
    });
  }
}

/** One of the two, with its own view of the trip. */
class Runner<R> implements Owner<R> {
  readonly site: Site;
  readonly trip: Trip;
  readonly #race: Race<R>;
  readonly #attempt: Attempt<R>;
  running = true;

  constructor(core: Core, site: Site, trip: Trip, race: Race<R>) {
    this.site = site;
    this.trip = trip;
    this.#race = race;
    this.#attempt = new Attempt<R>(core, site, trip, this);
  }

  start(overdueAt: number): void {
    this.#attempt.overdueAt = overdueAt;
    this.#attempt.start();
  }

  overtake(): boolean {
    this.running = false;
    return this.#attempt.overtake();
  }

  resolve(answer: Answer<R>): void {
    this.running = false;
    this.#race.answered(this, answer);
  }

  reject(reason: AttemptError): void {
    this.running = false;
    this.#race.failed(this, reason);
  }

  overdue(now: number, dueAt: number): number {
    return this.#race.overdue(now, dueAt);
  }
}

/** The caller's own balance function may throw; that must end no attempt that is under way. */
function chosenBeside(core: Core, view: Trip): Site | undefined {
  try {
    return chooseBeside(core, view);
  } catch {
    return undefined;
  }
}
