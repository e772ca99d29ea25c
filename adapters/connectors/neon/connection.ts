/**
 * One connection to a Neon endpoint. It is none at first: each statement is a request. What needs a session (a
 * transaction, a script) opens a line, and whatever follows on this connection goes over that.
 *
 * @module
 */

import { Failure } from "../../../src/model/failure.ts";
import type { Answer, Row } from "../../../src/model/result.ts";
import type { BoundText, TransactionTerms } from "../../../src/model/transaction.ts";
import type {
  Connection,
  ConnectOptions,
  RoleReport,
  RunOptions,
  Vitals,
} from "../../../src/ports.ts";
import { Account } from "../pg-server/account.ts";
import type { Cancels } from "../pg-server/cancelling.ts";
import { afterwards, clientFailure, lineFailure } from "../pg-server/failure.ts";
import type { Lags } from "../pg-server/lag.ts";
import { Limit } from "../pg-server/limit.ts";
import { parameterProblem, textProblem } from "../pg-server/unicode.ts";
import { sendCancel } from "./cancel.ts";
import { type Line, openLine, webSocketOf } from "./line.ts";
import type { Target } from "./options.ts";
import { post, postBatch, type Posted, type Secrets } from "./post.ts";
import { unanswered } from "./unanswered.ts";
import { encode } from "./values.ts";

/** What a connection is made of. */
export interface ConnectionParts {
  readonly target: Target;
  readonly secrets: Secrets;
  /** A line is opened within its `timeoutMs`. */
  readonly options: ConnectOptions;
  readonly cancels: Cancels;
  readonly lags: Lags;
}

/** A statement under way. */
interface Running {
  /** Until a line is there nothing of it is sent. */
  phase: "connecting" | "sent";
  readonly abort: AbortController;
  readonly reject: (failure: Failure) => void;
}

interface Statement extends Posted {
  readonly needsSession: boolean;
}

/** What begins a transaction. Where it is not seen for what it is, `post.ts` refuses the answer. */
const BEGINS = /^\s*(?:begin|start\s+transaction)\b/i;

/** One connection. */
export class NeonConnection implements Connection {
  onLost: (() => void) | undefined;
  /** Neither an answer nor a handshake tells. */
  readonly toldRole: undefined;
  readonly #parts: ConnectionParts;
  readonly #account: Account;
  #line: Line | undefined;
  #running: Running | undefined;
  #isOver = false;
  /** Why it ended; whoever still wants to run something is told. */
  #death: Failure | undefined;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    this.#account = new Account({
      ask: (text, prepare) => this.run(text, [], { prepare }),
      isInTransaction: () => this.#line?.isInTransaction ?? false,
      destroy: () => this.destroy(),
    }, parts.lags);
  }

  get usable(): boolean {
    return !this.#isOver;
  }

  run<R = Row>(
    text: string,
    params: readonly unknown[],
    options: RunOptions,
  ): Promise<Answer<R>> {
    const answer = this.#start(() => {
      const statement = this.#read(text, params, options);
      return (running) => this.#send(statement, running);
    });
    // The caller says what its rows look like; nobody can check it.
    return answer as Promise<Answer<R>>;
  }

  runBatch(
    statements: readonly BoundText[],
    terms: TransactionTerms,
  ): Promise<readonly Answer[]> {
    return this.#start(() => {
      const read = statements.map(({ text, params }) =>
        this.#read(text, params, { prepare: true })
      );
      const { target, secrets } = this.#parts;
      return ({ abort }) => postBatch(target, secrets, { statements: read, terms }, abort.signal);
    });
  }

  inspect(): Promise<RoleReport> {
    return this.#account.inspect();
  }

  measure(): Promise<Vitals> {
    return this.#account.measure();
  }

  rehearse(): Promise<{ readonly writable: boolean }> {
    return this.#account.rehearse();
  }

  destroy(): void {
    if (this.#isOver) return;
    this.onLost = undefined;
    const key = this.#running === undefined ? undefined : this.#line?.key;
    const phase = this.#running?.phase ?? "connecting";
    const abort = this.#running?.abort;
    this.#end(lineFailure("CONNECTION_DESTROYED", phase));
    this.#line?.cut();
    // Neon cancels what a request that is aborted was running.
    abort?.abort();
    if (key === undefined) return;
    const { target, cancels, options } = this.#parts;
    cancels.begin(
      // Where a line was, there is a WebSocket.
      () => sendCancel(webSocketOf(target), target.webSocketUrl, key),
      options.waitUntil,
    );
  }

  async close(): Promise<void> {
    this.onLost = undefined;
    if (this.#running !== undefined) return this.destroy();
    if (this.#isOver) return;
    this.#end(lineFailure("CONNECTION_ENDED", "connecting"));
    await this.#line?.close();
  }

  /** Throws the `Failure` of what cannot be run. */
  #read(text: string, params: readonly unknown[], { prepare }: RunOptions): Statement {
    if (this.#isOver) throw afterwards(this.#death);
    if (this.#running !== undefined) {
      const message = "A connection runs one statement at a time";
      throw clientFailure(message, "BUSY", "connecting", "usable");
    }
    const problem = textProblem(text) ?? parameterProblem(params);
    if (problem !== undefined) throw problem;
    const needsSession = BEGINS.test(text) || (!prepare && params.length === 0);
    try {
      return { text, params: params.map(encode), needsSession };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw clientFailure(message, undefined, "sent", "usable");
    }
  }

  /** `prepare` throws the `Failure` of what cannot be run, and gives what sends it. */
  #start<T>(prepare: () => (running: Running) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject: (failure: Failure) => void) => {
      let send: (running: Running) => Promise<T>;
      try {
        send = prepare();
      } catch (error) {
        return reject(error as Failure);
      }
      const running: Running = { phase: "sent", abort: new AbortController(), reject };
      this.#running = running;
      send(running).then((answer) => {
        if (this.#running !== running) return;
        this.#running = undefined;
        resolve(answer);
      }, (error: unknown) => {
        if (this.#running !== running) return;
        const failure = error instanceof Failure ? error : unanswered(error);
        if (failure.connection === "broken") return this.#fail(failure);
        this.#running = undefined;
        reject(failure);
      });
    });
  }

  async #send(statement: Statement, running: Running): Promise<Answer> {
    const { text, params, needsSession } = statement;
    const { target, secrets } = this.#parts;
    if (this.#line === undefined && !needsSession) {
      return await post(target, secrets, { text, params }, running.abort.signal);
    }
    running.phase = "connecting";
    const line = this.#line ?? await this.#open(running.abort.signal);
    if (this.#isOver) {
      // It was there in the same moment as its end.
      line.cut();
      throw afterwards(this.#death);
    }
    this.#line = line;
    running.phase = "sent";
    return await line.run(text, params);
  }

  async #open(signal: AbortSignal): Promise<Line> {
    const { target, secrets: { password }, options: { timeoutMs } } = this.#parts;
    const limit = new Limit({ timeoutMs, signal });
    try {
      return await openLine(target, password, limit, (failure) => this.#fail(failure));
    } finally {
      limit.stop();
    }
  }

  /** It is broken, under a statement or under none. */
  #fail(failure: Failure): void {
    if (this.#isOver) return;
    const wasIdle = this.#running === undefined;
    this.#end(failure);
    this.#line?.cut();
    if (wasIdle) this.onLost?.();
  }

  #end(failure: Failure): void {
    const running = this.#running;
    this.#isOver = true;
    this.#death = failure;
    this.#running = undefined;
    running?.reject(failure);
  }
}
