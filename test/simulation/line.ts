/**
 * One open line to a simulated server, with its transaction.
 */

import { Failure } from "../../src/model/failure.ts";
import type { Role } from "../../src/model/endpoint.ts";
import type { Answer, Row } from "../../src/model/result.ts";
import type { Connection, RoleReport } from "../../src/ports.ts";
import type { Server } from "./server.ts";
import type { Watch } from "./watch.ts";
import type { Call } from "./witness.ts";

interface Open {
  call: Call | undefined;
  writes: boolean;
  aborted: boolean;
}

/** What a statement is to the server. */
type Verb = "begin" | "commit" | "rollback" | "read" | "write";

/** Keeps the port's promises; the server behind it keeps none. */
export class Line implements Connection {
  onLost: (() => void) | undefined;
  usable = true;
  readonly toldRole: Role;
  readonly #server: Server;
  readonly #watch: Watch;
  #transaction: Open | undefined;
  #reject: ((failure: Failure) => void) | undefined;

  constructor(server: Server, watch: Watch) {
    this.#server = server;
    this.#watch = watch;
    this.toldRole = server.claim();
    server.lines.add(this);
    watch.opened(server.id);
  }

  run<R = Row>(text: string, params: readonly unknown[]): Promise<Answer<R>> {
    if (!this.usable) return Promise.reject(broken("connecting"));
    const verb = verbOf(text);
    const call = this.#callOf(verb, params);
    const { witness } = this.#server.scene;
    witness.note(() => `${verb} #${call?.id ?? "?"} reaches ${this.#server.id}`);
    const inside = verb !== "begin" && this.#transaction !== undefined;
    if (this.#transaction !== undefined && (verb === "begin" || call?.kind !== "transaction")) {
      if (verb !== "commit" && verb !== "rollback") {
        witness.accuse(`${verb} #${call?.id} got a connection with an open transaction in it`);
      }
    }
    const counted = verb === "commit" || (verb !== "begin" && call?.kind !== "transaction");
    const send = call === undefined || !counted
      ? undefined
      : witness.arrived(call, this.#server.id);
    const attempt = this.#watch.arrived(this.#server.id, call, { inside, told: this.toldRole });
    return this.#exchange<Answer<R>>((answer, fail) => {
      // Only an answer that reaches the client takes its doubt away.
      const refuse = (failure: Failure): void => {
        fail(failure, () => {
          if (send !== undefined) send.state = "refused";
          if (failure.code === "25006" && !inside) this.#watch.rerouted();
        });
      };
      this.#execute(verb, call, { answer: answer as (a: Answer) => void, refuse });
    }).finally(attempt);
  }

  inspect(): Promise<RoleReport> {
    if (!this.usable) return Promise.reject(broken("connecting"));
    return this.#exchange((answer) => {
      const role = this.#server.claim();
      const { generation } = this.#server;
      answer(role === "primary" ? { role, generation } : { role });
    });
  }

  promote(): Promise<void> {
    if (!this.usable) return Promise.reject(broken("connecting"));
    return this.#exchange((answer) => {
      this.#server.promote();
      answer(undefined);
    });
  }

  destroy(): void {
    this.#end();
  }

  close(): Promise<void> {
    this.#end();
    return Promise.resolve();
  }

  /** The server's side breaks it. */
  breakDown(): void {
    const { onLost } = this;
    this.onLost = undefined;
    this.#end();
    onLost?.();
  }

  #end(): void {
    if (!this.usable) return;
    this.usable = false;
    this.#server.lines.delete(this);
    this.#watch.closed(this.#server.id);
    this.#reject?.(broken("sent"));
  }

  #callOf(verb: Verb, params: readonly unknown[]): Call | undefined {
    if (verb === "begin") return undefined;
    if (verb === "commit" || verb === "rollback") return this.#transaction?.call;
    return this.#server.scene.witness.call(Number(params[0]));
  }

  /** The work is done halfway through the latency, also when the client has left by then. */
  #exchange<T>(
    work: (
      answer: (value: T) => void,
      fail: (failure: Failure, told: () => void) => void,
    ) => void,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#reject = reject;
      const half = this.#server.latencyMs / 2;
      const back = (settle: () => void): void => {
        this.#server.later(half, () => {
          if (this.usable) settle();
        });
      };
      this.#server.later(half, () => {
        work(
          (value) => back(() => resolve(value)),
          (failure, told) =>
            back(() => {
              told();
              reject(failure);
            }),
        );
      });
    });
  }

  #execute(
    verb: Verb,
    call: Call | undefined,
    reply: { answer(answer: Answer): void; refuse(failure: Failure): void },
  ): void {
    const server = this.#server;
    if (server.strikes("dropBefore")) return this.breakDown();
    const refused = this.#refusal(verb);
    if (refused !== undefined) {
      if (this.#transaction !== undefined) this.#transaction.aborted = true;
      return reply.refuse(refused);
    }
    const command = this.#apply(verb, call);
    if (server.strikes("dropAfter")) return this.breakDown();
    reply.answer({ rows: [], fields: [], rowsAffected: 0, command });
  }

  #refusal(verb: Verb): Failure | undefined {
    const server = this.#server;
    if (verb === "begin" || verb === "rollback") return undefined;
    if (this.#transaction?.aborted === true) {
      return verb === "commit" ? undefined : refusal("25P02", "current transaction is aborted");
    }
    if (server.strikes("conflict")) return refusal("40001", "could not serialize access");
    if (verb === "commit") return undefined;
    if (server.strikes("wrong")) return refusal("23505", "duplicate key");
    const standby = server.role === "replica" || server.refusesWrites;
    return verb === "write" && standby ? refusal("25006", "read-only transaction") : undefined;
  }

  #apply(verb: Verb, call: Call | undefined): string {
    const { witness } = this.#server.scene;
    switch (verb) {
      case "begin":
        this.#transaction = { call: undefined, writes: false, aborted: false };
        return "BEGIN";
      case "rollback":
        this.#transaction = undefined;
        return "ROLLBACK";
      case "commit": {
        const { call: owner, writes, aborted } = this.#transaction ?? {};
        this.#transaction = undefined;
        if (aborted === true || aborted === undefined) return "ROLLBACK";
        if (owner !== undefined && writes === true) witness.executed(owner, this.#server.id);
        return "COMMIT";
      }
      case "read":
      case "write":
        if (this.#transaction !== undefined) {
          this.#transaction.call ??= call;
          this.#transaction.writes ||= verb === "write";
        } else if (call !== undefined) {
          witness.executed(call, this.#server.id);
        }
        return verb === "read" ? "SELECT" : "INSERT";
      default:
        return verb satisfies never;
    }
  }
}

function verbOf(text: string): Verb {
  if (text.startsWith("begin")) return "begin";
  if (text === "commit" || text === "rollback") return text;
  return text.startsWith("select") ? "read" : "write";
}

function refusal(code: string, message: string): Failure {
  return new Failure({
    origin: "server",
    phase: "answering",
    code,
    message,
    connection: "usable",
    report: { severity: "ERROR" },
  });
}

function broken(phase: "connecting" | "sent"): Failure {
  return new Failure({
    origin: "network",
    phase,
    code: "CONNECTION_CLOSED",
    message: "The connection was closed",
    connection: "broken",
  });
}
