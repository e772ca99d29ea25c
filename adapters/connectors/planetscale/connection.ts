/**
 * One session with PlanetScale. There is no line to hold: it is opened by its first statement, and is a value
 * that each answer brings and the next statement takes along.
 *
 * @module
 */

import { Failure } from "../../../src/model/failure.ts";
import type { Answer, Row } from "../../../src/model/result.ts";
import type { Connection, RoleReport, Vitals } from "../../../src/ports.ts";
import { Exchange } from "./exchange.ts";
import { afterwards, broken, clientFailure, databaseFailure, lineFailure } from "./failure.ts";
import { interpolate } from "./interpolate.ts";
import type { Target } from "./options.ts";
import type { Questions } from "./questions.ts";
import { answerOf, type Reply } from "./reply.ts";
import { leavesNothing, type Sessions } from "./sessions.ts";
import { rollBack } from "./roll-back.ts";
import { textProblem } from "./text.ts";
import { stepOf } from "./transaction-step.ts";

/** What a connection is made of. */
export interface ConnectionParts {
  readonly target: Target;
  readonly sessions: Sessions;
  readonly questions: Questions;
  readonly waitUntil: ((work: Promise<unknown>) => void) | undefined;
}

/**
 * After these the transaction is over, although the session goes on, and would commit each statement by itself: a
 * deadlock (InnoDB rolls all of it back), an XA deadlock, a rollback during commit; and Vitess's words for a
 * transaction or a tablet that is gone.
 */
const ENDS_TRANSACTION: ReadonlySet<string> = new Set(
  "1213 1614 1180 1181 3101 ABORTED UNAVAILABLE CLUSTER_EVENT".split(" "),
);

/**
 * After a lock that was waited for in vain, the server's `innodb_rollback_on_timeout` says whether the transaction
 * is over. The caller is told to run all of it again, so it is given up.
 */
const GIVES_UP_TRANSACTION = "1205";

/** Words of Vitess that mean "did not run", which a COMMIT over several shards cannot know of all. */
const REFUSED_BY_A_SHARD: ReadonlySet<string> = new Set(["CLUSTER_EVENT", "RESOURCE_EXHAUSTED"]);

/** A session with one PlanetScale branch. */
export class PlanetscaleConnection implements Connection {
  /** Never told: without a line, there is nothing to lose while nobody uses it. */
  onLost: (() => void) | undefined;
  readonly toldRole = undefined;
  readonly #parts: ConnectionParts;
  #state: "open" | "closed" | "dead" = "open";
  #death: Failure | undefined;
  #exchange: Exchange | undefined;
  #isBusy = false;
  #session: unknown = null;
  /** As it was after the setup; `undefined` before. */
  #prepared: unknown;
  #isUntouched = true;
  /** `ending`: a COMMIT is under way, or was lost. Then nobody may roll back: it would hide what became of it. */
  #transaction: "none" | "open" | "ending" = "none";

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
  }

  get usable(): boolean {
    return this.#state === "open";
  }

  async run<R = Row>(text: string, params: readonly unknown[]): Promise<Answer<R>> {
    if (this.#state !== "open") throw afterwards(this.#death);
    if (this.#isBusy) {
      throw clientFailure("A connection runs one statement at a time", "BUSY", "usable");
    }
    const problem = textProblem(text);
    if (problem !== undefined) throw problem;
    const query = interpolate(text, params);
    this.#isBusy = true;
    try {
      // Without a setup it is on its way at once: what is destroyed then counts as sent.
      if (this.#parts.target.setup.length > 0) await this.#setUp();
      // The caller says what its rows look like; nobody can check it.
      return await this.#statement(text, query) as Answer<R>;
    } finally {
      this.#isBusy = false;
    }
  }

  inspect(): Promise<RoleReport> {
    return this.#parts.questions.role(this.#ask);
  }

  measure(): Promise<Vitals> {
    return this.#parts.questions.vitals(this.#ask);
  }

  async rehearse(): Promise<{ readonly writable: boolean }> {
    // Its rollback would end a transaction of somebody else's.
    if (this.#transaction !== "none") {
      throw clientFailure("A transaction is open already", "BUSY", "usable");
    }
    await this.#ask("begin");
    let writable: boolean;
    try {
      writable = await this.#parts.questions.writable(this.#ask);
    } catch (error) {
      // What went wrong first is what the caller is told.
      if (this.usable) await this.#ask("rollback").catch(() => this.destroy());
      throw error;
    }
    await this.#ask("rollback").catch((error: unknown) => {
      this.destroy();
      throw error;
    });
    return { writable };
  }

  destroy(): void {
    if (this.#state === "dead") return;
    const exchange = this.#exchange;
    const failure = lineFailure("CONNECTION_DESTROYED", exchange?.phase ?? "connecting");
    this.#die(failure, exchange);
  }

  close(): Promise<void> {
    if (this.#state !== "open") return Promise.resolve();
    if (this.#isBusy) {
      this.destroy();
      return Promise.resolve();
    }
    this.#state = "closed";
    if (this.#transaction === "open") return this.#rollBack();
    if (this.#prepared !== undefined && this.#isUntouched) {
      this.#parts.sessions.give(this.#prepared);
    }
    return Promise.resolve();
  }

  readonly #ask = (text: string): Promise<Answer> => this.run(text, []);

  /** Whatever fails here: the caller's statement was not sent. */
  async #setUp(): Promise<void> {
    const { setup } = this.#parts.target;
    if (this.#prepared !== undefined) return;
    this.#prepared = this.#parts.sessions.take();
    if (this.#prepared !== undefined) {
      this.#session = this.#prepared;
      return;
    }
    for (const query of setup) {
      try {
        await this.#exchangeFor(query);
      } catch (error) {
        const failure = this.#ended(error, "connecting");
        this.#die(failure);
        throw failure;
      }
    }
    this.#prepared = this.#session;
  }

  async #statement(text: string, query: string): Promise<Answer> {
    const step = stepOf(text);
    const before = this.#transaction;
    if (step === "commits" && before === "open") this.#transaction = "ending";
    else if (step === "begins") this.#transaction = "open";
    this.#isUntouched &&= step === undefined && leavesNothing(text);
    try {
      const answer = await this.#exchangeFor(query);
      if (step === "commits" || step === "rolls back") this.#transaction = "none";
      return answer;
    } catch (error) {
      const failure = this.#ended(error);
      if (failure.connection === "broken") this.#die(failure);
      // Refused, not lost: the transaction is as it was.
      else if (step !== undefined) this.#transaction = before;
      throw failure;
    }
  }

  async #exchangeFor(query: string): Promise<Answer> {
    // Between the setup and the statement it may have been destroyed.
    if (this.#state !== "open") throw afterwards(this.#death);
    const exchange = new Exchange(this.#parts.target);
    this.#exchange = exchange;
    try {
      return this.#answered(await exchange.send(query, this.#session));
    } finally {
      this.#exchange = undefined;
    }
  }

  #answered({ session, error, result }: Reply): Answer {
    if (session !== null) this.#session = session;
    if (error !== undefined) {
      throw databaseFailure(error, { phase: "answering", connection: "usable" });
    }
    try {
      return answerOf(result, this.#parts.target.cast);
    } catch (cause) {
      // It ran; what it gave cannot be read, by us or by the caller's own cast.
      const why = cause instanceof Error ? cause.message : "something that is no error was thrown";
      throw new Failure({
        origin: "client",
        phase: "answering",
        code: "PROTOCOL",
        message: `The answer cannot be read: ${why}`,
        connection: "usable",
      });
    }
  }

  /** The failure as the caller has to see it: broken where the transaction is over, or the setup undone. */
  #ended(error: unknown, phase?: "connecting"): Failure {
    const failure = error instanceof Failure ? error : lineFailure("PROTOCOL", "sent");
    const { code: said = "" } = failure;
    // Refused before it ran, is meant of one shard: another one may have committed its part.
    const isHalfway = this.#transaction === "ending" && REFUSED_BY_A_SHARD.has(said);
    const code = isHalfway ? "UNAVAILABLE" : said;
    const isInside = this.#transaction !== "none";
    if (isInside && ENDS_TRANSACTION.has(code)) this.#transaction = "none";
    const isLost = isInside && (ENDS_TRANSACTION.has(code) || code === GIVES_UP_TRANSACTION);
    if (phase === undefined && !isLost) return failure;
    return broken(failure, {
      ...(phase === undefined ? {} : { phase }),
      ...(isHalfway ? { code } : {}),
    });
  }

  #die(failure: Failure, running?: Exchange): void {
    if (this.#state === "dead") return;
    const leftOpen = this.#state === "open" && this.#transaction === "open";
    this.#state = "dead";
    this.#death = failure;
    running?.cut(failure);
    if (leftOpen) this.#letGo();
  }

  /** A transaction that was given up holds its locks until Vitess's own limit, 20 s. */
  #letGo(): void {
    const gone = this.#rollBack();
    this.#parts.waitUntil?.(gone);
  }

  /** Never rejects. */
  async #rollBack(): Promise<void> {
    if (this.#transaction !== "open" || this.#session === null) return;
    this.#transaction = "none";
    await rollBack(this.#parts.target, this.#session);
  }
}
