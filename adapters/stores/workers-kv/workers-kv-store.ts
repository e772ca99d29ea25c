/**
 * What a Worker's isolates believe together, kept in Workers KV: advice, as far as a store without compare-and-set
 * can give it.
 *
 * @module
 */

import { encodeCluster, readReport } from "../../../src/cluster/codec.ts";
import { snapshotOf } from "../../../src/cluster/snapshot.ts";
import type { Cluster } from "../../../src/cluster/state.ts";
import { OptionError, type OptionProblem, StoreError } from "../../../src/errors.ts";
import type { Report, Snapshot } from "../../../src/model/belief.ts";
import { CLUSTER_DEFAULTS, type ClusterRules } from "../../../src/model/cluster-rules.ts";
import type { Store, StoreTerms } from "../../../src/ports.ts";
import { type Kept, keptIn } from "../cell/kept.ts";
import { stopIfAborted, unlessAborted } from "../cell/waiting.ts";
import { heed, isNews } from "./advice.ts";
import { readCopy, writeCopy } from "./copy.ts";
import type { KvNamespace } from "./namespace.ts";

/** How a KV store is made. */
export interface WorkersKvOptions {
  /** The first part of its keys, 1 to 100 characters: one per database whose endpoints are shared. @default {"holdfast"} */
  readonly key?: string;
  /** Seconds for which a place may answer from its cache, from 30 (Cloudflare's least). @default {30} */
  readonly cacheTtl?: number;
}

/** A store in Workers KV. It has no `claim`, no `command` and no `lease`: KV cannot compare and set. */
export interface WorkersKvStore extends Store {
  readonly name: "workers-kv";
  readonly consistency: "advisory";
  /** The copy that a coordinator keeps here when this is its `bootstrap`. */
  readonly copy: {
    read(): Promise<Snapshot | undefined>;
    write(snapshot: Snapshot): Promise<void>;
  };
}

const NAME = "workers-kv";
const MAX_KEY_LENGTH = 100;
/** Cloudflare's least. */
const LEAST_CACHE_S = 30;
const MAX_CACHE_S = 3_600;
/** KV takes one write a second to a key. */
const WRITE_EVERY_MS = 1_000;
/** Oftener than this nobody need ask: what others write is seen after up to a minute. */
const LEAST_SYNC_MS = 5_000;

/** What this isolate has written or would have. */
interface Own {
  readonly cluster: Cluster;
  readonly at: number;
}

/**
 * Makes a store in Workers KV. Holds plain data only. Throws an `OptionError`; `sync` rejects with a `StoreError`.
 *
 * Whoever writes last wins, and others see it after up to a minute: good enough to spare a new isolate an endpoint that
 * has been dead for a while, not to elect one that tries. Quiet isolates write nothing.
 */
export function workersKv(
  namespace: KvNamespace,
  { key = "holdfast", cacheTtl = LEAST_CACHE_S }: WorkersKvOptions = {},
): WorkersKvStore {
  refuseWrong(namespace, key, cacheTtl);
  let own: Own | undefined;
  let isUnwritten = false;
  let writtenAt = -Infinity;

  async function read(part: string): Promise<string | undefined> {
    try {
      return await namespace.get(`${key}:${part}`, { type: "text", cacheTtl }) ?? undefined;
    } catch (error) {
      throw storeErrorOf(error, "read");
    }
  }

  async function write(part: string, value: string): Promise<void> {
    try {
      await namespace.put(`${key}:${part}`, value);
    } catch (error) {
      throw storeErrorOf(error, "written");
    }
  }

  async function sync(told: Report, terms: StoreTerms | undefined): Promise<Snapshot> {
    stopIfAborted(NAME, terms?.signal);
    const report = readReport(told);
    if (report === undefined) throw new StoreError("The workers-kv store was given no report.");
    const rules = slowed(terms?.rules ?? CLUSTER_DEFAULTS, cacheTtl);
    const random = terms?.random ?? Math.random();
    const text = await read("state");
    const { cluster, now } = newer(keptIn({ text, mark: "", now: Date.now() }, NAME), own);
    const after = heed(cluster, report, { now, draw: { random, rules } });
    if (isNews(cluster, after)) {
      own = { cluster: after, at: now };
      isUnwritten = true;
    }
    // What was news within the same second as the last is written with the next sync.
    if (isUnwritten && now - writtenAt >= WRITE_EVERY_MS) {
      isUnwritten = false;
      writtenAt = now;
      // What is lost here is told again: reports stand until they are over.
      await write("state", encodeCluster(after)).catch(() => {});
    }
    return snapshotOf(after, now, rules);
  }

  return {
    name: NAME,
    consistency: "advisory",
    sync: (report, terms) => unlessAborted(sync(report, terms), NAME, terms?.signal),
    copy: {
      async read(): Promise<Snapshot | undefined> {
        const text = await read("copy");
        return text === undefined ? undefined : readCopy(text, Date.now());
      },
      write: (snapshot) => write("copy", writeCopy(snapshot, Date.now())),
    },
  };
}

/** A place's cache may be older than what this isolate wrote itself; after a minute all have seen that, or lost it. */
const OWN_LASTS_MS = 60_000;

function newer(kept: Kept, own: Own | undefined): Kept {
  if (own === undefined || kept.now - own.at > OWN_LASTS_MS) return kept;
  return own.cluster.version > kept.cluster.version ||
      (own.cluster.version === kept.cluster.version && own.at >= heardAt(kept.cluster))
    ? { cluster: own.cluster, now: Math.max(kept.now, own.at) }
    : kept;
}

function heardAt({ fleet: { reporters: [last] } }: Cluster): number {
  return last?.at ?? -Infinity;
}

/** Nothing is gained by asking more often than a cache forgets. */
function slowed(rules: ClusterRules, cacheTtl: number): ClusterRules {
  const busySyncMs = Math.max(rules.busySyncMs, LEAST_SYNC_MS);
  return { ...rules, busySyncMs, quietSyncMs: Math.max(rules.quietSyncMs, cacheTtl * 1_000) };
}

function storeErrorOf(thrown: unknown, done: string): StoreError {
  const overloaded = /\b429\b|too many requests|limit/i.test(String(thrown));
  return new StoreError(
    `The workers-kv store could not be ${done}${overloaded ? ": KV's limit is reached" : ""}. ` +
      "Until it can each isolate goes by its own experience.",
    { overloaded },
  );
}

function refuseWrong(namespace: unknown, key: unknown, cacheTtl: unknown): void {
  const problems: OptionProblem[] = [];
  if (typeof namespace !== "object" || namespace === null || !("get" in namespace)) {
    const allowed = "a KV namespace's binding, such as env.HOLDFAST_KV: see wrangler.toml";
    problems.push({ path: "namespace", value: `a value of type ${typeof namespace}`, allowed });
  }
  if (typeof key !== "string" || key === "" || key.length > MAX_KEY_LENGTH) {
    const value = typeof key === "string"
      ? `${key.length} characters`
      : `a value of type ${typeof key}`;
    problems.push({ path: "key", value, allowed: `a text of 1 to ${MAX_KEY_LENGTH} characters` });
  }
  if (typeof cacheTtl !== "number" || !(cacheTtl >= LEAST_CACHE_S && cacheTtl <= MAX_CACHE_S)) {
    const allowed = `a number of seconds from ${LEAST_CACHE_S} to ${MAX_CACHE_S}`;
    problems.push({ path: "cacheTtl", value: String(cacheTtl), allowed });
  }
  if (problems.length > 0) throw new OptionError(problems);
}
