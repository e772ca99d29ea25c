/**
 * What the object does: keeps what all believe, looks at the endpoints itself, and wakes up for what is due.
 *
 * @module
 */

import { due } from "../../src/cluster/due.ts";
import { isBusy, snapshotOf } from "../../src/cluster/snapshot.ts";
import type { Cluster } from "../../src/cluster/state.ts";
import { createHoldfastOn, type Holdfast } from "../../src/holdfast.ts";
import type { Command, Report, Snapshot } from "../../src/model/belief.ts";
import type { ClusterRules } from "../../src/model/cluster-rules.ts";
import { resolveOptions } from "../../src/options/resolve.ts";
import type { HoldfastOptions } from "../../src/options/types.ts";
import type { ClaimAnswer, ClaimRequest, StrongStore } from "../../src/ports.ts";
import { durableObjectRuntime } from "../runtimes/workers.ts";
import { claimTurn, commandTurn, syncTurn, type Turn } from "../stores/cell/turn.ts";
import { Ledger, type LedgerStorage } from "../stores/durable-object/mod.ts";
import { Alarm, type AlarmStorage } from "./alarm.ts";
import { carryOut } from "./carry-out.ts";
import { Copying } from "./copying.ts";
import { copyOf } from "./options.ts";

/** An isolate syncs every ten seconds: who was not heard for a minute is gone. */
const TRAFFIC_MS = 60_000;
/** An accusation is looked into at once; those that come with it are looked into together. */
const HURRY_MS = 20;
/** No endpoint is looked at more often because somebody accuses it. */
const HURRY_EVERY_MS = 1_000;

/** What a coordinator is made with. */
export interface CoordinatorParts {
  readonly storage: LedgerStorage & AlarmStorage;
  /** The same as the Worker's. Its `store` is not asked: this is it. */
  readonly options: HoldfastOptions;
  /** Keeps the object awake for work that goes on after an answer. */
  readonly waitUntil: (work: Promise<unknown>) => void;
}

/** The object's work, without the object. */
export class Coordinator {
  readonly #rules: ClusterRules;
  readonly #probes: boolean;
  readonly #ledger: Ledger;
  readonly #alarm: Alarm;
  readonly #copying: Copying | undefined;
  readonly #waitUntil: CoordinatorParts["waitUntil"];
  /** Looks at the endpoints, and carries out what a person commands. */
  readonly #db: Holdfast;
  /** When an isolate was heard last. */
  #heardAt = -Infinity;
  /** When the endpoints are to be looked at. */
  #lookAt = -Infinity;
  /** Somebody is accused, and was not looked at since. */
  #isHurried = false;
  #hurriedAt = -Infinity;

  /** Throws an `OptionError`. */
  constructor({ storage, options, waitUntil }: CoordinatorParts) {
    const { settings } = resolveOptions(options);
    const now = (): number => Date.now();
    this.#rules = settings.sharing.rules;
    this.#probes = settings.probe.intervalMs > 0;
    this.#waitUntil = waitUntil;
    this.#alarm = new Alarm(storage, now);
    this.#ledger = new Ledger({
      storage,
      now,
      warn: (because) =>
        options.observer?.({
          type: "store",
          store: "durable-object",
          phase: "lost",
          because,
          at: now(),
        }),
    });
    const copy = copyOf(options);
    this.#copying = copy && new Copying(copy, now);
    this.#db = createHoldfastOn({ ...durableObjectRuntime, coordinates: true }, {
      ...options,
      store: this.#inside(),
    });
  }

  /** What an isolate tells, and what it is answered. */
  sync(report: Report): Snapshot {
    const before = this.#ledger.cluster;
    this.#heardAt = this.#ledger.now();
    const snapshot = this.#play(syncTurn(report));
    if (this.#probes && isAccusedMore(before, this.#ledger.cluster)) this.#hurry();
    this.#settle();
    return this.#named(snapshot);
  }

  /** Who makes the one trial. */
  claim(request: ClaimRequest): ClaimAnswer {
    const answer = this.#play(claimTurn(request));
    this.#settle();
    return answer;
  }

  /** Does what a person wants: in the database first, where it is about who is primary. */
  async command(wanted: Command): Promise<Snapshot> {
    const turn = commandTurn(wanted);
    const isToBeTold = await carryOut(this.#db, wanted, this.#ledger.cluster);
    const snapshot = isToBeTold ? this.#play(turn) : this.snapshot();
    this.#settle();
    return this.#named(snapshot);
  }

  /** What is believed now. */
  snapshot(): Snapshot {
    return snapshotOf(this.#ledger.cluster, this.#ledger.now(), this.#rules, this.#probes);
  }

  /** Sets the alarm again if it was lost and there is something to wake up for. */
  wake(): void {
    this.#settle();
  }

  /** What the alarm is for. Never rejects: the platform would ring again, and again. */
  async ring(rangFor: number): Promise<void> {
    this.#alarm.rang();
    try {
      this.#play(TICK);
      if (this.#probes) await this.#look();
      this.#play(TICK);
    } catch {
      // What is kept is newer than this code; the next call is told so.
    } finally {
      this.#settle(rangFor);
    }
  }

  async #look(): Promise<void> {
    // It looks at whoever is accused, by what it is told with its own sync.
    this.#isHurried = false;
    const { nextInMs } = await this.#db.tick();
    this.#lookAt = this.#ledger.now() + nextInMs;
  }

  #hurry(): void {
    const now = this.#ledger.now();
    if (now - this.#hurriedAt < HURRY_EVERY_MS) return;
    this.#hurriedAt = now;
    this.#isHurried = true;
  }

  #play<T>(turn: Turn<T>): T {
    this.#copying?.begin(this.#ledger.cluster.version);
    return this.#ledger.play(turn, { random: Math.random(), rules: this.#rules });
  }

  /** What follows from whatever has happened: a copy, and the alarm. */
  #settle(rangFor?: number): void {
    if (this.#copying?.dueInMs(this.#ledger.cluster.version) === 0) {
      this.#waitUntil(this.#copying.write(this.snapshot()));
    }
    const delayMs = this.#wakeInMs();
    if (delayMs !== undefined) this.#alarm.ringIn(delayMs, rangFor);
  }

  /** In how long something is due; `undefined`: nobody is there, and all is well. */
  #wakeInMs(): number | undefined {
    const { cluster } = this.#ledger;
    const now = this.#ledger.now();
    const soonest: number[] = [];
    const isUsed = now - this.#heardAt <= TRAFFIC_MS;
    if (isBusy(cluster) || (isUsed && this.#probes)) {
      soonest.push(due(cluster, now, this.#rules).wakeInMs ?? Infinity);
      if (this.#probes) soonest.push(this.#isHurried ? HURRY_MS : Math.max(0, this.#lookAt - now));
    }
    const copyInMs = this.#copying?.dueInMs(cluster.version);
    if (copyInMs !== undefined) soonest.push(copyInMs);
    const delayMs = Math.min(...soonest);
    return Number.isFinite(delayMs) ? delayMs : undefined;
  }

  /** The snapshot as this object gives it: whether it looks itself is not for the machine to know. */
  #named(snapshot: Snapshot): Snapshot {
    return { ...snapshot, probes: this.#probes };
  }

  /** The same store for the object's own holdfast, without the way round through the network. */
  #inside(): StrongStore {
    return {
      name: "durable-object",
      consistency: "strong",
      sync: async (report) => this.#named(this.#play(syncTurn(report))),
      claim: async (request) => this.#play(claimTurn(request)),
      command: async (command) => this.#named(this.#play(commandTurn(command))),
    };
  }
}

const TICK: Turn<undefined> = { event: { type: "tick" }, answer: () => undefined };

/** Whether somebody accuses an endpoint who did not before. */
function isAccusedMore(before: Cluster, after: Cluster): boolean {
  return after.endpoints.some(({ id, accusers }) => {
    const was = before.endpoints.find((one) => one.id === id)?.accusers ?? [];
    return accusers.some(({ reporter }) => !was.some((one) => one.reporter === reporter));
  });
}
