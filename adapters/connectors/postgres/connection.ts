/**
 * One connection: postgres.js for the login and the first run of every statement, the fast way
 * (`plan.ts`) from then on, and one place where the line can die.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import type { Role } from "../../../src/model/endpoint.ts";
import type { Failure } from "../../../src/model/failure.ts";
import type { Answer, Row, ServerWarning } from "../../../src/model/result.ts";
import type { Connection, RoleReport, RunOptions, Vitals } from "../../../src/ports.ts";
import { Account } from "../pg-server/account.ts";
import { Asides } from "./asides.ts";
import { authenticationProblem } from "./authentication.ts";
import type { BackendKey } from "../pg-server/cancelling.ts";
import type { Descriptions } from "./descriptions.ts";
import { Driver, SCRIPT } from "./driver.ts";
import type { Exchange, Settle } from "./exchange.ts";
import {
  afterwards,
  clientFailure,
  lineFailure,
  serverFailure,
  socketFailure,
} from "../pg-server/failure.ts";
import { isEnding, readFields, type ServerFields } from "../pg-server/fields.ts";
import { FRAME, Framer, type FrameSink, IDLE, TERMINATE } from "./frames.ts";
import { isOfUnknownEnd } from "./hyperdrive.ts";
import type { Lags } from "../pg-server/lag.ts";
import type { Target } from "./options.ts";
import { PreparedRun } from "./prepared-run.ts";
import { parameterProblem, textProblem } from "../pg-server/unicode.ts";
import { sayGoodbye } from "./socket.ts";
import { type Owner, Ways } from "./ways.ts";
import { ended } from "./writes.ts";

/** What a connection is made of. */
export interface ConnectionParts {
  readonly target: Target;
  readonly socket: Socket;
  readonly password: string | undefined;
  /** Asks the server, by another line, to stop working on what runs here. */
  readonly cancel: (key: BackendKey) => void;
  readonly lags: Lags;
  /** Absent: each connection asks by itself. */
  readonly descriptions: Descriptions | undefined;
}

/** A line to one PostgreSQL server. */
export class PostgresConnection implements Connection, FrameSink, Owner {
  onLost: (() => void) | undefined;
  readonly #parts: ConnectionParts;
  readonly #framer: Framer;
  readonly #driver: Driver;
  readonly #ways: Ways;
  #state: "login" | "open" | "closing" | "dead" = "login";
  #exchange: Exchange | undefined;
  /** Why it died; whoever still wants to run something is told. */
  #death: Failure | undefined;
  readonly #asides: Asides;
  /** As the server said when it was last ready. */
  inTransaction = false;
  readonly #account: Account;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    this.#framer = new Framer(this);
    this.#asides = new Asides(parts.target);
    this.#account = new Account({
      ask: (text, prepare) => this.run(text, [], { prepare }),
      isInTransaction: () => this.inTransaction,
      destroy: () => this.destroy(),
    }, parts.lags);
    const { socket, target, password } = parts;
    this.#driver = new Driver(
      target,
      password,
      {
        write: (bytes) => void (this.#isAlive && socket.write(bytes)),
        cut: () => this.die(lineFailure("SASL_SIGNATURE_MISMATCH", this.#phase)),
      },
      () => socket.on("data", (chunk: Buffer) => this.#framer.push(chunk)),
    );
    this.#ways = new Ways(this, { ...parts, driver: this.#driver });
    socket.on("error", (error) => this.die(socketFailure(error, this.#phase)));
    socket.on("end", () => this.die(lineFailure("CONNECTION_CLOSED", this.#phase)));
    socket.on("close", () => this.die(lineFailure("CONNECTION_CLOSED", this.#phase)));
  }

  get usable(): boolean {
    return this.#state === "open";
  }

  get toldRole(): Role | undefined {
    return this.#asides.role;
  }

  /** Logs in. Rejects with a `Failure` in phase `connecting`. */
  async login(): Promise<void> {
    // An empty text costs the server nothing and proves that it serves this session.
    await new Promise<Answer>((resolve, reject) => {
      this.#ways.byDriver("", [], SCRIPT, { resolve, reject });
    });
    this.#state = "open";
  }

  run<R = Row>(
    text: string,
    params: readonly unknown[],
    options: RunOptions,
  ): Promise<Answer<R>> {
    const answer = new Promise<Answer>((resolve, reject) => {
      this.#start(text, params, options, { resolve, reject });
    });
    // The caller says what its rows look like; nobody can check it.
    return answer as Promise<Answer<R>>;
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

  async promote(): Promise<void> {
    // Waiting in the server would poll every 100 ms; whoever wants to know asks by `inspect`.
    await this.run("select pg_promote(false)", [], { prepare: false });
  }

  destroy(): void {
    if (!this.#isAlive) return;
    const isRunning = this.#exchange !== undefined && this.#state !== "login";
    this.onLost = undefined;
    this.die(lineFailure("CONNECTION_DESTROYED", this.#phase));
    const { key } = this.#asides;
    if (isRunning && key !== undefined) this.#parts.cancel(key);
  }

  close(): Promise<void> {
    this.onLost = undefined;
    const { socket } = this.#parts;
    if (this.#state !== "open" || this.#exchange !== undefined) {
      this.destroy();
      return Promise.resolve();
    }
    this.#state = "closing";
    return sayGoodbye(socket, TERMINATE);
  }

  /** @internal One frame of the server. */
  frame(bytes: Buffer, at: number, end: number): void {
    if (!this.#isAlive) return;
    switch (bytes[at] ?? 0) {
      case FRAME.noticeResponse:
        return this.#asides.noticed(readFields(bytes, at + 5, end));
      case FRAME.parameterStatus:
        return this.#asides.told(bytes, at, end);
      case FRAME.notification:
        return;
      case FRAME.errorResponse:
        return this.#refused(readFields(bytes, at + 5, end));
      case FRAME.authentication: {
        const problem = authenticationProblem(bytes, at, end);
        if (problem !== undefined) this.die(lineFailure(problem, "connecting"));
        return;
      }
      case FRAME.backendKey:
        return this.#asides.keyed(bytes, at);
      default:
        // An answer nobody asked for: taken for the next statement's, it would be a wrong one.
        if (this.#exchange === undefined) return this.die(lineFailure("PROTOCOL", "connecting"));
        if (bytes[at] === FRAME.readyForQuery) this.inTransaction = bytes[at + 5] !== IDLE;
        this.#exchange.frame(bytes, at, end);
    }
  }

  /** @internal All whole frames that came together. */
  batch(bytes: Buffer): void {
    if (this.#isAlive) this.#exchange?.batch(bytes);
  }

  /** @internal */
  garbled(): void {
    this.die(lineFailure("PROTOCOL", this.#phase));
  }

  /** @internal */
  take(exchange: Exchange): void {
    this.#exchange = exchange;
  }

  /** @internal */
  finish(): ServerWarning | undefined {
    const warning = this.#asides.takeWarning();
    if (this.#exchange instanceof PreparedRun) ended();
    this.#exchange = undefined;
    return warning;
  }

  /** @internal The only end there is, whoever saw it first. */
  die(failure: Failure): void {
    if (!this.#isAlive) return;
    const wasIdle = this.#exchange === undefined && this.#state === "open";
    const exchange = this.#exchange;
    this.finish();
    this.#state = "dead";
    this.#death = failure;
    this.#parts.socket.destroy();
    exchange?.reject(failure);
    if (wasIdle) this.onLost?.();
  }

  get #isAlive(): boolean {
    return this.#state !== "dead";
  }

  get #phase(): "connecting" | "sent" | "answering" {
    return this.#state === "login" ? "connecting" : this.#exchange?.phase ?? "connecting";
  }

  #start(text: string, params: readonly unknown[], options: RunOptions, settle: Settle): void {
    if (this.#state !== "open") return settle.reject(afterwards(this.#death));
    if (this.#exchange !== undefined) {
      const message = "A connection runs one statement at a time";
      return settle.reject(clientFailure(message, "BUSY", "connecting", "usable"));
    }
    const problem = textProblem(text) ?? parameterProblem(params);
    if (problem !== undefined) return settle.reject(problem);
    this.#ways.begin(text, params, options, settle);
  }

  #refused(fields: ServerFields): void {
    const isLogin = this.#state === "login";
    if (isLogin || isEnding(fields) || this.#exchange === undefined) {
      return this.die(serverFailure(fields, this.#phase));
    }
    if (this.#parts.target.hyperdrive !== undefined && isOfUnknownEnd(fields)) {
      return this.die(serverFailure({ ...fields, severity: "FATAL" }, this.#phase));
    }
    this.#exchange.refused(fields);
  }
}
