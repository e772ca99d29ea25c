/**
 * One open line to a scripted endpoint.
 *
 * @module
 */

import { Failure, type FailurePhase } from "../../../src/model/failure.ts";
import type { Role } from "../../../src/model/endpoint.ts";
import type { Answer, Row } from "../../../src/model/result.ts";
import type { Connection, RoleReport, Vitals } from "../../../src/ports.ts";
import type { Condition } from "./condition.ts";
import type { Reply } from "./reply.ts";

/** What a line needs of its endpoint. */
export interface ScriptedEndpoint {
  readonly condition: Condition;
  readonly writable: boolean;
  readonly statements: string[];
  role: Role;
  generation: number | undefined;
  answer(text: string, params: readonly unknown[]): Reply;
  report(): RoleReport;
  vitals(): Vitals;
  /** Calls `answered` once when the time for an answer has passed; the function returned calls it off. */
  serve(answered: () => void): () => void;
}

/** Keeps the port's promises as a real one does: broken at once, and every statement settles then. */
export class ScriptedConnection implements Connection {
  onLost: (() => void) | undefined;
  usable = true;
  /** By the words of its statements, whatever was answered to them. */
  inTransaction = false;
  /** Answers nothing any more, though it looks well. */
  deaf = false;
  readonly toldRole: Role;
  readonly #endpoint: ScriptedEndpoint;
  readonly #gone: () => void;
  #cut: ((failure: Failure) => void) | undefined;
  #callOff: (() => void) | undefined;

  constructor(endpoint: ScriptedEndpoint, gone: () => void) {
    this.#endpoint = endpoint;
    this.#gone = gone;
    this.toldRole = endpoint.role;
  }

  run<R = Row>(text: string, params: readonly unknown[]): Promise<Answer<R>> {
    return this.#exchange(() => {
      this.#endpoint.statements.push(text);
      if (/^(?:begin|start transaction)\b/i.test(text)) this.inTransaction = true;
      if (/^(?:commit|rollback)\b(?! to)/i.test(text)) this.inTransaction = false;
      const reply = this.#endpoint.answer(text, params);
      if (reply instanceof Failure && reply.connection === "broken") this.#break(reply);
      return reply;
    }) as Promise<Answer<R>>;
  }

  inspect(): Promise<RoleReport> {
    return this.#exchange(() => this.#endpoint.report());
  }

  measure(): Promise<Vitals> {
    return this.#exchange(() => this.#endpoint.vitals());
  }

  rehearse(): Promise<{ readonly writable: boolean }> {
    return this.#exchange(() => {
      const { role, writable } = this.#endpoint;
      return { writable: writable && role === "primary" };
    });
  }

  async promote(): Promise<void> {
    await this.#exchange(() => {
      this.#endpoint.role = "primary";
      if (this.#endpoint.generation !== undefined) this.#endpoint.generation++;
      return undefined;
    });
  }

  destroy(): void {
    this.lose();
  }

  close(): Promise<void> {
    this.#break();
    return Promise.resolve();
  }

  /** The line breaks: what runs fails, what is idle is told. */
  lose(): void {
    if (!this.usable) return;
    this.#break();
    const { onLost } = this;
    this.onLost = undefined;
    onLost?.();
  }

  #break(failure: Failure = broken("sent")): void {
    this.usable = false;
    this.#gone();
    this.#callOff?.();
    this.#cut?.(failure);
  }

  /** The statement reaches the endpoint at once; its answer takes its time to come back. */
  #exchange<T>(work: () => T | Failure | "silence"): Promise<T> {
    if (!this.usable) return Promise.reject(broken("connecting"));
    return new Promise((resolve, reject) => {
      this.#cut = reject;
      const { condition } = this.#endpoint;
      if (this.deaf || condition === "silent") return;
      if (condition === "hangingUp") return this.#break();
      const value = work();
      if (!this.usable || value === "silence") return;
      this.#callOff = this.#endpoint.serve(() => {
        if (value instanceof Failure) reject(value);
        else resolve(value);
      });
    });
  }
}

function broken(phase: FailurePhase): Failure {
  return new Failure({
    origin: "network",
    phase,
    code: "CONNECTION_CLOSED",
    message: "The connection was closed",
    connection: "broken",
  });
}
