/**
 * What all believe, in the object: in memory, and in its storage whenever there is something that has to outlive it.
 *
 * @module
 */

import { decodeCluster, encodeCluster } from "../../../src/cluster/codec.ts";
import type { Draw } from "../../../src/cluster/shared-circuit.ts";
import type { Cluster } from "../../../src/cluster/state.ts";
import { step } from "../../../src/cluster/step.ts";
import { keptIn } from "../cell/kept.ts";
import type { Turn } from "../cell/turn.ts";

/** As much of a Durable Object's storage as a ledger needs; it has to be one with SQLite. */
export interface LedgerStorage {
  readonly sql: {
    exec(query: string, ...bindings: string[]): Iterable<Record<string, unknown>>;
  };
}

/** What a ledger is made with. */
export interface LedgerParts {
  readonly storage: LedgerStorage;
  /** Milliseconds that mean the same after the object was evicted: what is kept holds instants. */
  readonly now: () => number;
  /** Hears what people have to know of. */
  readonly warn: (because: string) => void;
}

const NAME = "durable-object";
const CLUSTER = "cluster";
/** What could not be read, for whoever looks into it; the last such thing, up to this length. */
const UNREADABLE = "unreadable";
const MAX_UNREADABLE_LENGTH = 65_536;

/** The state, and its storage. */
export class Ledger {
  readonly #parts: LedgerParts;
  #cluster: Cluster | undefined;
  #lastAt = -Infinity;

  constructor(parts: LedgerParts) {
    this.#parts = parts;
  }

  /** Folds an event in, and answers. What others may be told of is written first: synchronously, so nobody comes between. */
  play<T>({ event, answer }: Turn<T>, draw: Draw): T {
    const now = this.now();
    const before = this.cluster;
    const after = step(before, event, now, draw);
    if (after.version !== before.version) this.#write(CLUSTER, encodeCluster(after));
    this.#cluster = after;
    return answer(after, before, { now, rules: draw.rules });
  }

  /** What is believed. Throws a `StoreError` where newer code keeps it in a form that this code would misread. */
  get cluster(): Cluster {
    this.#cluster ??= this.#read();
    return this.#cluster;
  }

  /** The time there, which does not run back. */
  now(): number {
    this.#lastAt = Math.max(this.#lastAt, this.#parts.now());
    return this.#lastAt;
  }

  #read(): Cluster {
    const { storage: { sql }, warn } = this.#parts;
    sql.exec("create table if not exists holdfast (name text primary key, value text not null)");
    const [row] = [...sql.exec("select value from holdfast where name = ?", CLUSTER)];
    const value = row?.["value"];
    const text = typeof value === "string" ? value : undefined;
    const { cluster, now } = keptIn({ text, mark: "", now: this.now() }, NAME);
    this.#lastAt = now;
    if (text !== undefined && decodeCluster(text)?.origin !== cluster.origin) {
      this.#write(UNREADABLE, text.slice(0, MAX_UNREADABLE_LENGTH));
      warn(
        "what was kept could not be gone on with: it begins anew, and the isolates tell it again",
      );
    }
    return cluster;
  }

  #write(name: string, value: string): void {
    const upsert =
      "insert into holdfast values (?, ?) on conflict (name) do update set value = excluded.value";
    this.#parts.storage.sql.exec(upsert, name, value);
  }
}
