/**
 * One isolate's traffic as the databases see it, held against what the isolate says of itself: its
 * circuits, its limits, its draining endpoints.
 */

import type { CircuitPhase, HoldfastEvent } from "../../src/model/event.ts";
import type { Role } from "../../src/model/endpoint.ts";
import type { Clock, Timer } from "../../src/ports.ts";
import type { Call, Witness } from "./witness.ts";

/** The limits an isolate was given. */
export interface Limits {
  readonly max: number;
  readonly halfOpenTrials: number;
  readonly ratio: number;
  readonly minRetriesPerSecond: number;
}

/** How far back the retry budget certainly remembers: ten slots, of which the oldest is going. */
const RETRIES_MS = 9_000;
const CALLS_MS = 10_000;
/** Besides the pool: one probe, and one failover. */
const EXTRA_CONNECTIONS = 2;

interface Counts {
  open: number;
  connecting: number;
  phase: CircuitPhase;
  /** Statements sent since the circuit became half-open, and not over yet. */
  trials: number;
  draining: boolean;
  assigned: boolean;
}

/** What is known of one isolate. */
export class Watch {
  readonly #witness: Witness;
  readonly #clock: Clock;
  readonly #isolate: number;
  readonly #limits: Limits;
  readonly #servers = new Map<string, Counts>();
  readonly #calls: number[] = [];
  readonly #retries: number[] = [];
  /** Arrivals at databases, and those that calls, retries and corrected maps explain. */
  #arrivals = 0;
  #explained = 0;

  constructor(witness: Witness, clock: Clock, isolate: number, limits: Limits) {
    this.#witness = witness;
    this.#clock = clock;
    this.#isolate = isolate;
    this.#limits = limits;
  }

  called(): void {
    this.#calls.push(this.#clock.now());
    this.#explained++;
  }

  connecting(server: string): void {
    this.#of(server).connecting++;
    this.#countConnections(server);
  }

  connected(server: string): void {
    this.#of(server).connecting--;
  }

  opened(server: string): void {
    this.#of(server).open++;
    this.#countConnections(server);
  }

  closed(server: string): void {
    this.#of(server).open--;
  }

  /** A statement reaches a database; the answer is to be called when the isolate is done with it. */
  arrived(
    server: string,
    call: Call | undefined,
    line: { readonly inside: boolean; readonly told: Role },
  ): () => void {
    // Inside a transaction there is no choice of place left.
    if (line.inside) return noop;
    const counts = this.#of(server);
    const who = `isolate ${this.#isolate} sent #${call?.id ?? "begin"} to ${server}`;
    if (counts.draining) this.#witness.accuse(`${who}, which is draining`);
    if (
      call?.kind === "read" && call.onPrimary && line.told !== "primary" && !counts.assigned
    ) {
      this.#witness.accuse(`${who} for its primary, but the handshake had said ${line.told}`);
    }
    if (call?.kind === "read" && server.startsWith("writeOnly")) {
      this.#witness.accuse(`${who}, which is no place for reads`);
    }
    this.#arrivals++;
    if (this.#arrivals > this.#explained) {
      this.#witness.accuse(`${who}: more attempts than calls, retries and reroutes`);
    }
    switch (counts.phase) {
      case "closed":
        return noop;
      case "open":
      case "isolated":
        this.#witness.accuse(`${who}, whose circuit is ${counts.phase}`);
        return noop;
      case "halfOpen":
        return this.#try(counts, who);
      default:
        return counts.phase satisfies never;
    }
  }

  hear(event: HoldfastEvent): void {
    this.#witness.note(() => `isolate ${this.#isolate}: ${describe(event)}`);
    switch (event.type) {
      case "circuit":
        this.#of(event.endpoint).phase = event.to;
        this.#of(event.endpoint).trials = 0;
        return;
      case "endpoint":
        this.#of(event.endpoint).draining = event.change === "draining";
        // A newcomer's circuit is closed, whatever an earlier one of its name had.
        if (event.change === "added") this.#of(event.endpoint).phase = "closed";
        return;
      case "failover":
        // A person's word makes a primary, also where the database was not promoted.
        if (event.phase === "done") this.#of(event.to).assigned = true;
        return;
      case "retry":
        this.#retried();
        return;
      case "hedge":
        // A second attempt, out of the same budget.
        if (event.phase === "sent") this.#retried();
        return;
      case "alert":
      case "connection":
      case "ejection":
      case "failed":
      case "health":
      case "panic":
      case "pool":
      case "probe":
      case "ramp":
      case "recovery":
      case "store":
      case "vitals":
      case "role":
        return;
      default:
        event satisfies never;
    }
  }

  /** A write was refused as read-only, or a place had changed its role: holdfast may go on at once. */
  rerouted(): void {
    this.#explained++;
  }

  /** After the isolate was closed nothing of it is left. */
  checkClosed(timers: number): void {
    for (const [server, { open, connecting }] of this.#servers) {
      if (open > 0 || connecting > 0) {
        this.#witness.accuse(
          `isolate ${this.#isolate} was closed with ${open} connections open and ` +
            `${connecting} under way to ${server}`,
        );
      }
    }
    if (timers > 0) {
      this.#witness.accuse(`isolate ${this.#isolate} was closed with ${timers} timers waiting`);
    }
  }

  #try(counts: Counts, who: string): () => void {
    counts.trials++;
    if (counts.trials > this.#limits.halfOpenTrials) {
      this.#witness.accuse(`${who}: ${counts.trials} trials at once`);
    }
    return () => {
      counts.trials = Math.max(0, counts.trials - 1);
    };
  }

  #retried(): void {
    const now = this.#clock.now();
    this.#explained++;
    this.#retries.push(now);
    const retries = this.#retries.filter((at) => at > now - RETRIES_MS).length;
    const calls = this.#calls.filter((at) => at > now - CALLS_MS).length;
    const { ratio, minRetriesPerSecond } = this.#limits;
    const granted = minRetriesPerSecond * (CALLS_MS / 1_000) + ratio * calls;
    if (retries > granted + 1e-6) {
      this.#witness.accuse(
        `isolate ${this.#isolate} retried ${retries} times in 9 s, ${granted} were granted`,
      );
    }
  }

  #countConnections(server: string): void {
    const { open, connecting } = this.#of(server);
    const most = this.#limits.max + EXTRA_CONNECTIONS;
    if (open + connecting > most) {
      this.#witness.accuse(
        `isolate ${this.#isolate} has ${open} + ${connecting} connections to ${server}`,
      );
    }
  }

  #of(server: string): Counts {
    let counts = this.#servers.get(server);
    if (counts === undefined) {
      counts = {
        open: 0,
        connecting: 0,
        phase: "closed",
        trials: 0,
        draining: false,
        assigned: false,
      };
      this.#servers.set(server, counts);
    }
    return counts;
  }
}

/** A view of the common clock that counts the timers one isolate has waiting. */
export class IsolateClock implements Clock {
  readonly #clock: Clock;
  waiting = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  after(delayMs: number, wake: () => void): Timer {
    this.waiting++;
    let waits = true;
    const end = (): void => {
      if (waits) this.waiting--;
      waits = false;
    };
    const timer = this.#clock.after(delayMs, () => {
      end();
      wake();
    });
    return {
      cancel: () => {
        end();
        timer.cancel();
      },
    };
  }

  background(delayMs: number, wake: () => void): Timer {
    return this.after(delayMs, wake);
  }
}

function describe(event: HoldfastEvent): string {
  const { type, at: _, ...rest } = event;
  return `${type} ${Object.values(rest).join(" ")}`;
}

function noop(): void {}
