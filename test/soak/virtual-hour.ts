/**
 * An hour of faults in virtual time: scripted servers, a steady load, all from one seed.
 */

import type { ScriptedConnector } from "../../adapters/connectors/scripted/mod.ts";
import { isHoldfastError } from "../../src/errors.ts";
import { createHoldfastOn, type Holdfast } from "../../src/holdfast.ts";
import type { Random } from "../../src/ports.ts";
import { server } from "../drive/stage.ts";
import { one, whole } from "../simulation/faults.ts";
import { seeded, type VirtualClock, virtualRuntime } from "../virtual.ts";

/** Twenty calls a second. */
const CALL_EVERY_MS = 50;
/** A fault every so often, each for up to so long. */
const FAULT_EVERY_MS = 8_000;
const LONGEST_FAULT_MS = 20_000;

/** What came of the calls. */
export interface Tally {
  asked: number;
  answered: number;
  /** By the error's code. */
  readonly refused: Record<string, number>;
  /** Errors that are none of holdfast's. */
  readonly foreign: unknown[];
  faults: number;
  /** Reads refused for open circuits while a server would have answered: what a panic mode is for. */
  inVain: number;
}

/** A holdfast over four servers, its callers and those who strike. */
export class VirtualHour {
  readonly db: Holdfast;
  readonly clock: VirtualClock;
  readonly servers: ReadonlyMap<string, ScriptedConnector>;
  readonly tally: Tally = { asked: 0, answered: 0, refused: {}, foreign: [], faults: 0, inVain: 0 };
  readonly #random: Random;
  #generation = 1;
  #running = 0;
  #away: string | undefined;
  #calling = true;
  #striking = true;

  constructor(seed: number) {
    const runtime = virtualRuntime(seed);
    const { clock } = runtime;
    this.clock = clock;
    this.#random = seeded(seed + 1);
    this.servers = new Map(
      ["a", "b", "c", "d"].map((id) => [id, server(clock, id === "a" ? "primary" : "replica")]),
    );
    this.db = createHoldfastOn(runtime, {
      endpoints: [...this.servers].map(([id, connector]) => ({
        id,
        role: connector.role,
        connector,
      })),
      readPreference: "secondaryPreferred",
    });
    this.#call();
    this.#strike();
  }

  /** Lets so much time pass. */
  async pass(ms: number): Promise<void> {
    const until = this.clock.now() + ms;
    while (this.clock.now() < until) {
      await this.clock.advance(Math.min(60_000, until - this.clock.now()));
      // What a script remembers is none of holdfast's.
      for (const { statements } of this.servers.values()) statements.length = 0;
    }
  }

  /** No new faults; what is broken is mended when its time comes. */
  makePeace(): void {
    this.#striking = false;
  }

  /** No new calls, and resolves when those under way are over. */
  async endCalls(): Promise<void> {
    this.#calling = false;
    while (this.#running > 0) await this.clock.step();
  }

  /** Connections open on all servers. */
  get open(): number {
    return [...this.servers.values()].reduce((sum, { open }) => sum + open, 0);
  }

  #call(): void {
    if (!this.#calling) return;
    this.clock.after(CALL_EVERY_MS, () => this.#call());
    this.#running++;
    const tally = this.tally;
    tally.asked++;
    this.#ask().then(() => {
      tally.answered++;
    }, (error: unknown) => {
      if (!isHoldfastError(error)) return void tally.foreign.push(error);
      tally.refused[error.code] = (tally.refused[error.code] ?? 0) + 1;
      if (
        error.code === "CIRCUIT_OPEN" && error.message.includes("this read") && this.#someIsUp()
      ) {
        tally.inVain++;
      }
    }).finally(() => {
      this.#running--;
    }).catch(() => {});
  }

  #someIsUp(): boolean {
    return [...this.servers].some(([id, { condition }]) => id !== this.#away && condition === "up");
  }

  async #ask(): Promise<void> {
    const random = this.#random;
    const kind = random();
    // Texts that never come again, so that whatever remembers texts is full and stays so.
    const number = this.tally.asked;
    if (kind < 0.6) await this.db.query("select $1::int", [number]);
    else if (kind < 0.7) await this.db.query(`select ${number}`);
    else if (kind < 0.8) await this.db.execute("insert into t values ($1)", [number]);
    else if (kind < 0.9) {
      const signal = new AbortController();
      this.clock.after(random() * 20, () => signal.abort());
      await this.db.query("select 1", [], { signal: signal.signal, timeoutMs: 2_000 });
    } else {
      await this.db.transaction(async (tx) => {
        await tx.query("insert into t values ($1)", [number]);
        await tx.query("select 1");
      });
    }
  }

  #strike(): void {
    if (!this.#striking) return;
    const random = this.#random;
    this.clock.after(FAULT_EVERY_MS * (0.5 + random()), () => this.#strike());
    const struck = one(random, [...this.servers.values()]);
    const fault = one(
      random,
      ["kill", "kill", "hang", "hang", "slow", "cut", "promote", "flap", "leave"] as const,
    );
    const lastsMs = random() * LONGEST_FAULT_MS;
    const later = (mend: () => void): void => void this.clock.after(lastsMs, mend);
    this.tally.faults++;
    switch (fault) {
      case "kill":
        struck.die();
        return later(() => struck.revive());
      case "hang":
        struck.condition = "silent";
        return later(() => struck.revive());
      case "slow":
        struck.latencyMs = whole(random, 50, 3_000);
        return later(() => struck.latencyMs = 1);
      case "cut":
        return struck.cut();
      case "promote":
        return this.#promote(struck);
      case "flap": {
        // It lies for a moment, as a server does while somebody works on it.
        const { role } = struck;
        if (role === "primary") return;
        struck.role = "primary";
        return later(() => {
          if (struck.generation === undefined) struck.role = role;
        });
      }
      case "leave":
        return this.#leave(later);
      default:
        return fault satisfies never;
    }
  }

  /** Somebody fails over outside holdfast. */
  #promote(next: ScriptedConnector): void {
    for (const each of this.servers.values()) {
      each.role = "replica";
      each.generation = undefined;
    }
    next.role = "primary";
    next.generation = ++this.#generation;
  }

  /** A server is taken out of the set, and comes back. */
  #leave(later: (mend: () => void) => void): void {
    const id = one(this.#random, [...this.servers.keys()]);
    const connector = this.servers.get(id);
    if (this.#away !== undefined || connector === undefined) return;
    this.#away = id;
    void this.db.removeEndpoint(id).then(() =>
      later(() => {
        this.#away = undefined;
        this.db.addEndpoint({ id, connector });
      })
    );
  }
}
