/** A store's state in hand: who reports, and when, is written in the test. */

import { snapshotOf } from "../../src/cluster/snapshot.ts";
import type { Cluster, SharedEndpoint } from "../../src/cluster/state.ts";
import { emptyCluster, step } from "../../src/cluster/step.ts";
import type { Command, EndpointBelief, EndpointReport, Snapshot } from "../../src/model/belief.ts";
import { CLUSTER_DEFAULTS, type ClusterRules } from "../../src/model/cluster-rules.ts";

export type Word = Omit<EndpointReport, "id">;
export const up: Word = { saw: "up", agoMs: 0 };
export const down: Word = { saw: "down", agoMs: 0 };

/** Where the clock begins: some way on, as a real one. */
const BEGINNING = 1_000_000;

export class Stage {
  cluster: Cluster = emptyCluster("origin");
  /** Since the beginning. */
  elapsed = 0;
  random = 0;
  readonly rules: ClusterRules;
  readonly #seqs = new Map<string, { seq: number; at: number }>();

  constructor(rules: Partial<ClusterRules> = {}) {
    this.rules = { ...CLUSTER_DEFAULTS, ...rules };
  }

  get now(): number {
    return BEGINNING + this.elapsed;
  }

  at(elapsed: number): this {
    this.elapsed = elapsed;
    return this;
  }

  /** One report: `{ "replica": up }`. `prober…` looks by the clock. */
  report(
    reporter: string,
    words: Readonly<Record<string, Word>>,
    more: { readonly looks?: boolean } = {},
  ): this {
    const last = this.#seqs.get(reporter);
    const seq = (last?.seq ?? 0) + 1;
    this.#seqs.set(reporter, { seq, at: this.now });
    this.cluster = step(
      this.cluster,
      {
        type: "report",
        report: {
          v: 1,
          reporter,
          seq,
          sinceMs: last === undefined ? 0 : this.now - last.at,
          ...(reporter.startsWith("prober") ? { prober: true } : {}),
          ...more,
          endpoints: Object.entries(words).map(([id, word]) => ({ id, ...word })),
        },
      },
      this.now,
      this,
    );
    return this;
  }

  /** The same report of many: `a0`, `a1` … */
  all(count: number, words: Readonly<Record<string, Word>>, prefix: string = "a"): this {
    for (let i = 0; i < count; i++) this.report(`${prefix}${i}`, words);
    return this;
  }

  /** The token of a granted claim. */
  claim(reporter: string, endpoint: string): number | undefined {
    const { tokens } = this.cluster;
    const event = { type: "claim", request: { endpoint, reporter } } as const;
    this.cluster = step(this.cluster, event, this.now, this);
    return this.cluster.tokens > tokens ? this.cluster.tokens : undefined;
  }

  command(command: Command): this {
    this.cluster = step(this.cluster, { type: "command", command }, this.now, this);
    return this;
  }

  tick(): this {
    this.cluster = step(this.cluster, { type: "tick" }, this.now, this);
    return this;
  }

  endpoint(id: string): SharedEndpoint {
    const found = this.cluster.endpoints.find((one) => one.id === id);
    if (found === undefined) throw new Error(`Nobody has spoken of ${id}.`);
    return found;
  }

  snapshot(): Snapshot {
    return snapshotOf(this.cluster, this.now, this.rules);
  }

  belief(id: string): EndpointBelief {
    const found = this.snapshot().endpoints.find((one) => one.id === id);
    if (found === undefined) throw new Error(`Nothing is believed of ${id}.`);
    return found;
  }

  phase(id: string): string {
    return this.belief(id).phase;
  }
}

/** A replica that five isolates found down. */
export function outage(): Stage {
  const stage = new Stage().all(5, { primary: up, replica: up });
  return stage.at(1_000).all(5, { primary: up, replica: down });
}
