/**
 * A simulated database server: it executes, dies, hangs, slows down and lies, as it is told.
 */

import type { Role } from "../../src/model/endpoint.ts";
import { Failure } from "../../src/model/failure.ts";
import type { Clock, Connection, ConnectOptions, Connector, Random } from "../../src/ports.ts";
import { Line } from "./line.ts";
import type { Watch } from "./watch.ts";
import type { Witness } from "./witness.ts";

/** Faults that come by chance, each with its probability per statement. */
export interface Flaws {
  /** Breaks the line before the statement is executed. */
  dropBefore: number;
  /** Breaks the line after it was executed, before the answer. */
  dropAfter: number;
  /** Answers with a serialization failure. */
  conflict: number;
  /** Answers that the statement is wrong. */
  wrong: number;
  /** Refuses the login: too many connections. */
  full: number;
  /** Accepts the connect, then never goes on with it, whatever the limit. */
  forgetConnect: number;
}

/** No chance faults at all. */
export function sound(): Flaws {
  return { dropBefore: 0, dropAfter: 0, conflict: 0, wrong: 0, full: 0, forgetConnect: 0 };
}

/** What all servers of a run share. */
export interface Scene {
  readonly clock: Clock;
  readonly random: Random;
  readonly witness: Witness;
  /** The highest generation any primary has had. */
  generation: number;
}

/** One database server, seen by every isolate through a connector of its own. */
export class Server {
  readonly id: string;
  readonly scene: Scene;
  role: Role;
  generation: number;
  mode: "up" | "refusing" | "hung" = "up";
  latencyMs = 1;
  /** Says that it is the primary, whatever it is. */
  boasts = false;
  /** Refuses writes as a standby does, whatever it is. */
  refusesWrites = false;
  flaws: Flaws = sound();
  readonly lines: Set<Line> = new Set();
  /** What reached it while it hung: it goes on with that when it thaws, as after SIGCONT. */
  #frozen: (() => void)[] = [];
  /** Counts deaths: what a process began, the next one does not go on with. */
  #life = 0;

  constructor(id: string, role: Role, scene: Scene) {
    this.id = id;
    this.role = role;
    this.scene = scene;
    this.generation = scene.generation;
  }

  /** One isolate's way here. */
  connectorFor(watch: Watch): Connector {
    return {
      name: "simulated",
      dialect: "postgres",
      transport: "socket",
      transactions: true,
      connect: (options) => this.#connect(options, watch),
    };
  }

  /** Works on something after `ms`; a dead server never does, a hung one when it thaws. */
  later(ms: number, work: () => void): void {
    const life = this.#life;
    this.scene.clock.after(ms, () => {
      if (this.#life !== life) return;
      if (this.mode === "hung") this.#frozen.push(work);
      else work();
    });
  }

  claim(): Role {
    return this.boasts ? "primary" : this.role;
  }

  die(): void {
    this.mode = "refusing";
    this.#life++;
    this.#frozen = [];
    this.cut();
  }

  cut(): void {
    for (const line of this.lines) line.breakDown();
  }

  hang(): void {
    if (this.mode === "up") this.mode = "hung";
  }

  /** Thaws, or comes back as what it was. */
  revive(): void {
    this.mode = "up";
    for (const work of this.#frozen.splice(0)) work();
  }

  /** Restarts as a replica of the present primary. */
  rejoin(): void {
    this.die();
    this.role = "replica";
    this.mode = "up";
  }

  promote(): void {
    if (this.role === "primary") return;
    this.role = "primary";
    this.generation = ++this.scene.generation;
    this.scene.witness.note(() => `${this.id} is primary of generation ${this.generation}`);
  }

  /** Whether a fault of this probability strikes now. */
  strikes(flaw: keyof Flaws): boolean {
    const probability = this.flaws[flaw];
    return probability > 0 && this.scene.random() < probability;
  }

  #connect(options: ConnectOptions, watch: Watch): Promise<Connection> {
    watch.connecting(this.id);
    return new Promise<Connection>((resolve, reject) => {
      let over = false;
      const end = (settle: () => void): void => {
        if (over) return;
        over = true;
        limit.cancel();
        watch.connected(this.id);
        settle();
      };
      const refuse = (code: string, origin: "network" | "server" = "network"): void => {
        end(() => reject(connectFailure(code, origin)));
      };
      // A bad connector forgets its own limit; its caller must not hang for that.
      const forgets = this.strikes("forgetConnect");
      const limit = this.scene.clock.after(forgets ? 1e9 : options.timeoutMs, () => {
        refuse("CONNECT_TIMEOUT");
      });
      options.signal?.addEventListener("abort", () => refuse("ABORT_ERR"));
      if (this.mode === "refusing") {
        this.scene.clock.after(0.1, () => refuse("ECONNREFUSED"));
        return;
      }
      if (forgets) return;
      this.later(this.latencyMs, () => {
        if (this.strikes("full")) return refuse("53300", "server");
        end(() => resolve(new Line(this, watch)));
      });
    });
  }
}

function connectFailure(code: string, origin: "network" | "server"): Failure {
  return new Failure({ origin, phase: "connecting", code, message: code, connection: "broken" });
}
