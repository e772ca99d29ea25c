/**
 * The independent observer: it sees what the simulated databases received and executed and what the
 * callers were told, knows nothing of the drive's inside, and says when the two do not fit.
 */

import type { HoldfastError } from "../../src/errors.ts";
import type { Clock } from "../../src/ports.ts";

/** What a caller asked for. */
export interface Call {
  readonly id: number;
  readonly isolate: number;
  readonly kind: "read" | "write" | "idempotent" | "transaction";
  /** Whether a read asked for the primary. */
  readonly onPrimary: boolean;
  readonly startedAt: number;
  readonly timeoutMs: number;
  readonly sends: Send[];
  executions: number;
  said: "nothing" | "done" | "no" | "unknown" | "yes";
}

/** A statement on its way to one database and back. */
export interface Send {
  readonly server: string;
  /** `refused`: the client was told by the database that nothing was done. */
  state: "pending" | "refused";
}

/** Something that must not happen has happened. */
export class Violation extends Error {
  override readonly name = "Violation";
}

/** Keeps the books of one run. */
export class Witness {
  readonly #clock: Clock;
  readonly #calls = new Map<number, Call>();
  readonly #pending = new Set<Call>();
  readonly trace: string[] | undefined;
  violation: Violation | undefined;

  constructor(clock: Clock, tracing: boolean) {
    this.#clock = clock;
    this.trace = tracing ? [] : undefined;
  }

  /** Writes a line of the trace, made only when there is one. */
  note(line: () => string): void {
    this.trace?.push(`${this.#clock.now().toFixed(1).padStart(9)}  ${line()}`);
  }

  /** The first breach counts; what follows from it does not. */
  accuse(what: string): void {
    this.note(() => `VIOLATION: ${what}`);
    this.violation ??= new Violation(what);
  }

  began(call: Omit<Call, "sends" | "executions" | "said" | "startedAt">): Call {
    const begun: Call = {
      ...call,
      startedAt: this.#clock.now(),
      sends: [],
      executions: 0,
      said: "nothing",
    };
    this.#calls.set(call.id, begun);
    this.#pending.add(begun);
    this.note(() => `#${call.id} ${call.kind} by ${call.isolate}, within ${call.timeoutMs} ms`);
    return begun;
  }

  call(id: number): Call {
    const call = this.#calls.get(id);
    if (call === undefined) throw new Error(`Nobody made the call ${id}`);
    return call;
  }

  /** A statement (of a transaction: its commit) reached a database. */
  arrived(call: Call, server: string): Send {
    const again = call.kind === "write" || call.kind === "transaction";
    if (again && call.sends.some((send) => send.state !== "refused")) {
      this.accuse(`#${call.id} is a ${call.kind} in doubt, and was sent again to ${server}`);
    }
    if (call.said !== "nothing") {
      this.accuse(`#${call.id} was sent to ${server} after its caller had been answered`);
    }
    const send: Send = { server, state: "pending" };
    call.sends.push(send);
    return send;
  }

  executed(call: Call, server: string): void {
    call.executions++;
    this.note(() => `#${call.id} executed by ${server}`);
    if (call.executions > 1 && (call.kind === "write" || call.kind === "transaction")) {
      this.accuse(`#${call.id} was executed ${call.executions} times`);
    }
    if (call.said === "no") {
      this.accuse(`#${call.id} was executed although its caller had been told that it was not`);
    }
  }

  succeeded(call: Call): void {
    this.#settle(call, "done");
    if (call.executions === 0) this.accuse(`#${call.id} was acknowledged but never executed`);
  }

  failed(call: Call, error: HoldfastError): void {
    this.note(() => `#${call.id} ${error.code}, executed ${error.executed}: ${error.message}`);
    this.#settle(call, error.executed);
    if (call.kind === "read") return;
    if (error.executed === "no" && call.executions > 0) {
      this.accuse(`#${call.id} failed with executed "no", but was executed`);
    }
    if (error.executed === "yes" && call.executions === 0) {
      this.accuse(`#${call.id} failed with executed "yes", but was not executed`);
    }
  }

  /** Whether calls are under way. */
  get busy(): boolean {
    return this.#pending.size > 0;
  }

  /** After every step: nobody waits past the deadline. Throws the first violation. */
  check(): void {
    const now = this.#clock.now();
    for (const call of this.#pending) {
      if (now > call.startedAt + call.timeoutMs + SLACK_MS) {
        this.accuse(`#${call.id} has not settled ${now - call.startedAt} ms after its call`);
      }
    }
    if (this.violation !== undefined) throw this.violation;
  }

  #settle(call: Call, said: Call["said"]): void {
    if (call.said !== "nothing") this.accuse(`#${call.id} settled twice`);
    call.said = said;
    this.#pending.delete(call);
    this.note(() => `#${call.id} ${said}`);
    const late = this.#clock.now() - call.startedAt - call.timeoutMs;
    if (late > SLACK_MS) this.accuse(`#${call.id} settled ${late} ms after its deadline`);
  }
}

/** Virtual timers fire exactly; a sum of fractions may still end a hair beside its term. */
const SLACK_MS = 0.001;
