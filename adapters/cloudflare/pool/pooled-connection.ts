/**
 * A connection as a Worker has it: nothing is held but, while a transaction is open, a loan of the object's pool.
 *
 * @module
 */

import type { Role } from "../../../src/model/endpoint.ts";
import { Failure } from "../../../src/model/failure.ts";
import type { Answer, Row } from "../../../src/model/result.ts";
import type { Connection, RoleReport, RunOptions, Vitals } from "../../../src/ports.ts";
import { callFailure, poolFailure, unsendable } from "./failure.ts";
import type { LoanStub, PoolStub } from "./namespace.ts";
import { isSendable, portable } from "./sendable.ts";
import { type Looks, type Outcome, readOutcome, type Returned } from "./wire.ts";

/** What a connection is made of. */
export interface ConnectionParts {
  readonly endpoint: string;
  /** A stub to the one object it keeps to: a new one for each loan, because one is dead after some errors. */
  readonly stub: () => PoolStub;
  readonly waitUntil: ((work: Promise<unknown>) => void) | undefined;
}

/** A way to the database through a pool object. */
export class PooledConnection implements Connection {
  /** Told of an open transaction only: else there is no line that could be lost while nobody uses it. */
  onLost: (() => void) | undefined;
  readonly #parts: ConnectionParts;
  #loan: LoanStub | undefined;
  /** Ends the lifeline. */
  #letGo: (() => void) | undefined;
  #isBusy = false;
  /** Whether a transaction is open. */
  #holds = false;
  #role: Role | undefined;
  #death: Failure | undefined;
  #reject: ((failure: Failure) => void) | undefined;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
  }

  get usable(): boolean {
    return this.#death === undefined;
  }

  get toldRole(): Role | undefined {
    return this.#role;
  }

  get inTransaction(): boolean {
    return this.#holds;
  }

  async run<R = Row>(
    text: string,
    params: readonly unknown[],
    options: RunOptions,
  ): Promise<Answer<R>> {
    this.#refuse();
    if (!isSendable(params)) throw unsendable();
    return await this.#call(async () => {
      const returned = await this.#unlessCut(this.#send(text, params, options));
      this.#role = returned.toldRole ?? this.#role;
      this.#holds = returned.holds;
      // The caller says what its rows look like; nobody can check it.
      return readOutcome(returned) as Answer<R>;
    });
  }

  inspect(): Promise<RoleReport> {
    return this.#look("inspect");
  }

  rehearse(): Promise<{ readonly writable: boolean }> {
    return this.#look("rehearse");
  }

  measure(): Promise<Vitals> {
    return this.#look("measure");
  }

  async promote(): Promise<void> {
    this.#refuse();
    await this.#call(async () => {
      this.#loan ??= this.#open();
      readOutcome(await this.#unlessCut(this.#loan.promote()));
    });
  }

  destroy(): void {
    if (this.#death !== undefined) return;
    const phase = this.#isBusy ? "sent" : "connecting";
    const message = "The connection was cut from our side";
    this.#die(poolFailure("CONNECTION_DESTROYED", phase, { message }));
  }

  close(): Promise<void> {
    if (this.#death === undefined) {
      const message = "The connection was closed from our side";
      this.#die(poolFailure("CONNECTION_ENDED", this.#isBusy ? "sent" : "connecting", { message }));
    }
    return Promise.resolve();
  }

  #refuse(): void {
    if (this.#death !== undefined) throw afterwards(this.#death);
    if (!this.#isBusy) return;
    throw new Failure({
      origin: "client",
      phase: "connecting",
      code: "BUSY",
      message: "A connection runs one statement at a time",
      connection: "usable",
    });
  }

  /** Does one thing; a loan is kept for a transaction only. */
  async #call<T>(work: () => Promise<T>): Promise<T> {
    this.#isBusy = true;
    try {
      return await work();
    } catch (thrown) {
      const failure = callFailure(thrown);
      if (failure.connection === "broken") this.#die(failure);
      throw failure;
    } finally {
      this.#isBusy = false;
      if (!this.#holds) this.#dispose();
    }
  }

  async #send(
    text: string,
    params: readonly unknown[],
    { prepare }: RunOptions,
  ): Promise<Returned> {
    this.#loan ??= this.#open();
    return await this.#loan.run(text, params.map(portable), prepare);
  }

  #open(): LoanStub {
    const { stub, endpoint } = this.#parts;
    const held = new Promise<void>((resolve) => this.#letGo = resolve);
    return stub().open(endpoint, (news) => {
      if (news === "lost") this.#lost();
      return held;
    });
  }

  /** What runs just now hears of it by its own answer. */
  #lost(): void {
    if (this.#isBusy || this.#death !== undefined) return;
    const message = "The connection of the open transaction was lost";
    this.#die(poolFailure("CONNECTION_CLOSED", "connecting", { message }));
    this.onLost?.();
  }

  async #look<What extends keyof Looks>(what: What): Promise<Looks[What]> {
    this.#refuse();
    return await this.#call(async () => readOutcome(await this.#unlessCut(this.#ask(what))));
  }

  /** The object's death says nothing of the endpoint: who only looks asks the next one, which is there at once. */
  async #ask<What extends keyof Looks>(what: What): Promise<Outcome<Looks[What]>> {
    const { stub, endpoint } = this.#parts;
    try {
      return await stub().look(endpoint, what);
    } catch (thrown) {
      const isDeath = callFailure(thrown).phase === "sent";
      if (!isDeath || this.#death !== undefined) throw thrown;
      return await stub().look(endpoint, what);
    }
  }

  /** As `work`, but over at once when the connection is cut. */
  #unlessCut<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      work.then(resolve, reject);
    });
  }

  #die(failure: Failure): void {
    if (this.#death !== undefined) return;
    this.#death = failure;
    this.#holds = false;
    const loan = this.#loan;
    // What runs does not end by being let go: the object has to be told.
    if (this.#isBusy && loan !== undefined) {
      const told = loan.cut().catch(() => {});
      this.#parts.waitUntil?.(told);
    }
    this.#reject?.(failure);
    this.#dispose();
  }

  #dispose(): void {
    const loan = this.#loan;
    this.#loan = undefined;
    this.#letGo?.();
    loan?.[Symbol.dispose]();
  }
}

/** For what came after the end: it was never sent. */
function afterwards({ code = "CONNECTION_ENDED", message }: Failure): Failure {
  return poolFailure(code, "connecting", { message });
}
