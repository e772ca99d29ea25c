/**
 * Several isolates over one scripted database and one store, in virtual time; the store has faults on request.
 */

import { type ClusterEvent, emptyCluster, step } from "../../src/cluster/step.ts";
import { snapshotOf } from "../../src/cluster/snapshot.ts";
import type { Cluster } from "../../src/cluster/state.ts";
import type { ScriptedConnector } from "../../adapters/connectors/scripted/mod.ts";
import { StoreError } from "../../src/errors.ts";
import { createHoldfastOn, type Holdfast } from "../../src/holdfast.ts";
import type { EndpointReport, Report, Snapshot } from "../../src/model/belief.ts";
import { CLUSTER_DEFAULTS } from "../../src/model/cluster-rules.ts";
import type { HoldfastEvent } from "../../src/model/event.ts";
import type { HoldfastOptions } from "../../src/options/types.ts";
import type {
  ClaimAnswer,
  ClaimRequest,
  Runtime,
  StoreTerms,
  StrongStore,
} from "../../src/ports.ts";
import { type VirtualClock, virtualRuntime } from "../virtual.ts";
import { server } from "./stage.ts";

/** How the store behaves. */
export type StoreMood = "well" | "refuses" | "hangs" | "overloaded" | { readonly slowMs: number };

/** The machine behind a store's port, which counts and may be told to fail. */
export class StagedStore implements StrongStore {
  readonly name = "staged";
  readonly consistency = "strong";
  mood: StoreMood = "well";
  /** It looks at the endpoints itself. */
  probes = false;
  cluster: Cluster = emptyCluster("origin");
  readonly reports: Report[] = [];
  readonly claims: ClaimRequest[] = [];
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  sync(report: Report, terms?: StoreTerms): Promise<Snapshot> {
    return this.#serve(() => {
      this.reports.push(report);
      this.#step({ type: "report", report }, terms);
      const rules = terms?.rules ?? CLUSTER_DEFAULTS;
      return snapshotOf(this.cluster, this.#clock.now(), rules, this.probes);
    });
  }

  claim(request: ClaimRequest, terms?: StoreTerms): Promise<ClaimAnswer> {
    return this.#serve((): ClaimAnswer => {
      this.claims.push(request);
      const before = this.cluster;
      this.#step({ type: "claim", request }, terms);
      return this.cluster === before
        ? { granted: false, retryAfterMs: 100 }
        : { granted: true, token: this.cluster.tokens, forMs: 10_000 };
    });
  }

  command(command: Extract<ClusterEvent, { type: "command" }>["command"]): Promise<Snapshot> {
    return this.#serve(() => {
      this.#step({ type: "command", command });
      return snapshotOf(this.cluster, this.#clock.now(), CLUSTER_DEFAULTS);
    });
  }

  /** Another isolate's word, without the isolate. */
  hear(reporter: string, ...endpoints: EndpointReport[]): void {
    const seq = this.reports.push({ v: 1, reporter, seq: 0, sinceMs: 0, endpoints });
    this.#step({ type: "report", report: { v: 1, reporter, seq, sinceMs: 0, endpoints } });
  }

  #step(event: ClusterEvent, terms?: StoreTerms): void {
    const draw = { random: terms?.random ?? 0.5, rules: terms?.rules ?? CLUSTER_DEFAULTS };
    this.cluster = step(this.cluster, event, this.#clock.now(), draw);
  }

  #serve<T>(answer: () => T): Promise<T> {
    const { mood } = this;
    switch (mood) {
      case "well":
        return Promise.resolve().then(answer);
      case "refuses":
        return Promise.reject(new StoreError("The store is not there"));
      case "overloaded":
        return Promise.reject(new StoreError("The store is overloaded", { overloaded: true }));
      case "hangs":
        return new Promise(() => {});
      default:
        return new Promise((resolve) => {
          this.#clock.after(mood.slowMs, () => resolve(answer()));
        });
    }
  }
}

/** A database of three endpoints, a store, and isolates that come when they are called for. */
export interface SharedStage {
  readonly clock: VirtualClock;
  readonly store: StagedStore;
  readonly a: ScriptedConnector;
  readonly b: ScriptedConnector;
  readonly c: ScriptedConnector;
  readonly events: HoldfastEvent[];
  /** A fresh isolate: it has never spoken to the database. */
  isolate(options?: Partial<HoldfastOptions>): Holdfast;
}

/** All isolates have the place's powers; by default they are as in a Worker that keeps its sockets. */
export function sharedStage(
  allows: Partial<Pick<Runtime, "persistentIO" | "background" | "coordinates">> = {},
): SharedStage {
  const first = virtualRuntime(7);
  const { clock } = first;
  const store = new StagedStore(clock);
  const [a, b, c] = [server(clock, "primary"), server(clock, "replica"), server(clock, "replica")];
  const events: HoldfastEvent[] = [];
  let seed = 100;
  return {
    clock,
    store,
    a,
    b,
    c,
    events,
    isolate: (options = {}) => {
      const runtime = { ...virtualRuntime(seed++), clock, background: false, ...allows };
      return createHoldfastOn(runtime, {
        endpoints: [
          { id: "a", role: "primary", connector: a },
          { id: "b", role: "replica", connector: b },
          { id: "c", role: "replica", connector: c },
        ],
        readPreference: "secondary",
        // Else what failed once would hardly be chosen again.
        balance: "roundRobin",
        store,
        observer: (event) => events.push(event),
        ...options,
      });
    },
  };
}

/** Reads once, and answers where. */
export async function read(stage: SharedStage, db: Holdfast): Promise<string> {
  const { servedBy } = await stage.clock.runUntil(db.query("select 1"));
  return servedBy;
}
