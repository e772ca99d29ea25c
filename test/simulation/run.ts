/**
 * One run: a few isolates over a few servers, some seconds of virtual time, all from one seed.
 */

import { isHoldfastError } from "../../src/errors.ts";
import { seeded, settled, VirtualClock } from "../virtual.ts";
import { one, strike, whole } from "./faults.ts";
import { Isolate, type Wrap } from "./isolate.ts";
import { type Scene, Server } from "./server.ts";
import { Violation, Witness } from "./witness.ts";

/** What a run came to. */
export interface Ended {
  readonly seed: number;
  readonly violation: Violation | undefined;
  /** What happened, line by line, if it was asked for. */
  readonly trace: readonly string[];
}

/** How long callers call and faults strike. */
const LOAD_MS = 10_000;
/** By then all deadlines (8 s), close limits (5 s) and forgotten connects have passed. */
const REST_MS = 40_000;

/** Plays one seed. The same seed plays the same run, with or without a trace. */
export async function play(
  seed: number,
  options: { readonly tracing?: boolean; readonly wrap?: Wrap } = {},
): Promise<Ended> {
  const run = new Run(seed, options.tracing === true, options.wrap ?? ((connector) => connector));
  const { witness } = run;
  try {
    await run.play();
  } catch (error) {
    if (!(error instanceof Violation)) {
      witness.violation = new Violation(`the run broke: ${(error as Error).stack}`);
    }
  }
  return { seed, violation: witness.violation, trace: witness.trace ?? [] };
}

class Run {
  readonly witness: Witness;
  readonly #clock = new VirtualClock();
  readonly #scene: Scene;
  readonly #servers: Server[] = [];
  readonly #isolates: Isolate[] = [];
  /** Everything asked of a holdfast that must settle one day. */
  #open = 0;

  constructor(seed: number, tracing: boolean, wrap: Wrap) {
    const random = seeded(seed);
    this.witness = new Witness(this.#clock, tracing);
    this.#scene = { clock: this.#clock, random, witness: this.witness, generation: 1 };
    for (const id of drawServers(random)) {
      const role = id === "a" || id.startsWith("writeOnly") ? "primary" : "replica";
      this.#servers.push(new Server(id, role, this.#scene));
    }
    const isolates = whole(random, 2, 4);
    for (let n = 1; n <= isolates; n++) {
      this.#isolates.push(new Isolate(n, this.#scene, this.#servers, wrap));
    }
  }

  async play(): Promise<void> {
    this.#plan();
    while (this.#clock.nextAt <= LOAD_MS) await this.#step();
    const rest = this.#clock.now() + REST_MS;
    this.#closeAll();
    while (this.#open > 0 && this.#clock.nextAt <= rest) await this.#step();
    await settled();
    this.witness.check();
    if (this.#open > 0) this.witness.accuse(`${this.#open} promises have not settled`);
    for (const { watch, clock } of this.#isolates) watch.checkClosed(clock.waiting);
    // What the databases still have in hand may not surprise anyone any more.
    const late = this.#clock.now() + 5_000;
    for (const server of this.#servers) server.revive();
    while (this.#clock.nextAt <= late) await this.#step();
    this.witness.check();
  }

  async #step(): Promise<void> {
    await this.#clock.step();
    this.witness.check();
  }

  /** All times are drawn before anything runs, so that a change in the drive changes none of them. */
  #plan(): void {
    const { random } = this.#scene;
    const burst = random() < 0.5;
    for (let n = whole(random, 30, 80); n > 0; n--) {
      const isolate = one(random, this.#isolates);
      const at = burst ? 500 * whole(random, 0, LOAD_MS / 500 - 1) : random() * LOAD_MS;
      this.#clock.after(at, () => this.#expect(isolate.call()));
    }
    for (let n = whole(random, 0, 25); n > 0; n--) {
      this.#clock.after(random() * LOAD_MS, () => strike(this.#servers, random, this.witness));
    }
    for (let n = whole(random, 0, 6); n > 0; n--) {
      this.#clock.after(random() * LOAD_MS, () => this.#command(one(random, this.#isolates)));
    }
    if (random() < 0.3) {
      const [isolate] = this.#isolates;
      this.#clock.after(random() * LOAD_MS, () => {
        if (isolate !== undefined) this.#expect(isolate.db.close());
      });
    }
  }

  /** Somebody in charge does something. */
  #command(isolate: Isolate): void {
    const { random } = this.#scene;
    const { db } = isolate;
    const command = one(
      random,
      ["failover", "failover", "isolate", "release", "remove", "add", "discover"] as const,
    );
    const [from, to] = [one(random, this.#servers), one(random, this.#servers)];
    this.witness.note(() => `command: ${command} ${from.id} ${to.id}`);
    switch (command) {
      case "failover":
        return this.#expect(async () => {
          await db.failover(from.id, to.id, { timeoutMs: 1_000 });
        });
      case "isolate":
      case "release":
        return this.#expect(async () => db[command](from.id));
      case "remove":
        return this.#expect(() => db.removeEndpoint(from.id));
      case "add":
        return this.#expect(async () => db.addEndpoint(isolate.declare(from)));
      case "discover":
        return this.#expect(() => db.discover());
      default:
        return command satisfies never;
    }
  }

  #closeAll(): void {
    for (const { db } of this.#isolates) this.#expect(db.close());
  }

  /** Must settle, and may only fail in holdfast's own words. */
  #expect(work: Promise<void> | (() => Promise<void>)): void {
    this.#open++;
    const promise = typeof work === "function" ? work() : work;
    promise.catch((error: unknown) => {
      this.witness.note(() => `refused: ${String(error)}`);
      if (!isHoldfastError(error)) {
        this.witness.accuse(`no holdfast error: ${(error as Error).stack}`);
      }
    }).finally(() => {
      this.#open--;
    }).catch(() => {});
  }
}

function drawServers(random: () => number): string[] {
  const ids = ["a", "b", "c"];
  if (random() < 0.4) ids.push("d");
  if (random() < 0.2) ids.push("readOnly");
  if (random() < 0.2) ids.push("writeOnly");
  return ids;
}
