/**
 * What the store's contract is played on: reporters, short rules, and waiting for what a store says. Without a
 * test framework, so that it runs in any place: Deno, Bun, workerd.
 */

import { isHoldfastError, type StoreError } from "../../src/errors.ts";
import {
  BELIEF_FORMAT,
  type EndpointBelief,
  type EndpointReport,
  type Report,
  type Snapshot,
} from "../../src/model/belief.ts";
import { CLUSTER_DEFAULTS, type ClusterRules } from "../../src/model/cluster-rules.ts";
import type { LeasingStore, StoreTerms, StrongStore } from "../../src/ports.ts";
import { check, same } from "./check.ts";

/** What the contract asks for: all stores that can compare and set; leases where there are any. */
export type TriedStore = StrongStore & Partial<LeasingStore>;

/** What one case is played on. */
export interface StoreGround {
  /**
   * Another process's hands on the same store, which was empty when the case began. A coordinator with options
   * of its own is made with these. @default {RULES}
   */
  readonly open: (rules?: ClusterRules) => TriedStore;
  /** Lets so much time pass, or more. @default {a real timer} */
  readonly pass?: (ms: number) => Promise<void>;
}

/** One case. Rejects when the store does not keep the contract. */
export interface StoreCase {
  readonly name: string;
  readonly run: (ground: StoreGround) => Promise<void>;
}

/** Short, because most stores are on a real clock; trials are long, so that a slow machine is no expiry. */
export const RULES: ClusterRules = {
  ...CLUSTER_DEFAULTS,
  cooldownMs: 50,
  maxCooldownMs: 100,
  trialTimeoutMs: 5_000,
  rampMs: 300,
  quietSyncMs: 500,
  busySyncMs: 100,
};
/** For what has to expire. */
export const SHORT_TRIALS: ClusterRules = { ...RULES, trialTimeoutMs: 200 };

/** A case gives up waiting after so long by its own clock; a hang, not slowness. */
const PATIENCE_MS = 20_000;
const GLANCE_MS = 10;

/** Lets time pass. */
export function pass({ pass: own }: StoreGround, ms: number): Promise<void> {
  return own === undefined ? new Promise((resolve) => setTimeout(resolve, ms)) : own(ms);
}

/** Asks until the answer is there. */
export async function until<T>(
  ground: StoreGround,
  what: string,
  ask: () => Promise<T | undefined>,
): Promise<T> {
  const startedAt = performance.now();
  // Where time is virtual the real clock stands still: so many glances are as good.
  for (
    let glances = 0;
    performance.now() - startedAt < PATIENCE_MS && glances < 10_000;
    glances++
  ) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await pass(ground, GLANCE_MS);
  }
  throw new Error(`Waited in vain for ${what}`);
}

/** The error of a store. */
export async function storeErrorOf(promise: Promise<unknown>): Promise<StoreError> {
  const thrown = await promise.then(() => "nothing", (error: unknown) => error);
  check(isHoldfastError(thrown) && thrown.code === "STORE", `a StoreError, but ${String(thrown)}`);
  return thrown as StoreError;
}

/** What goes with a call. */
export function terms(rules: ClusterRules = RULES): StoreTerms {
  return { rules, random: Math.random() };
}

/** An isolate that tells a store what it sees. */
export interface Reporter {
  readonly name: string;
  readonly store: TriedStore;
  /** Tells, and gives what is believed. Whoever is told that the store has too much to do tells it again. */
  readonly tell: (...endpoints: readonly EndpointReport[]) => Promise<Snapshot>;
  /** The next report, untold. */
  readonly report: (...endpoints: readonly EndpointReport[]) => Report;
}

/** A reporter with its own hands on the store. */
export function reporter(
  store: TriedStore,
  name: string = crypto.randomUUID(),
  rules: ClusterRules = RULES,
): Reporter {
  let seq = 0;
  const report: Reporter["report"] = (...endpoints) => {
    seq++;
    return { v: BELIEF_FORMAT, reporter: name, seq, sinceMs: seq === 1 ? 0 : 100, endpoints };
  };
  return {
    name,
    store,
    report,
    tell: (...endpoints) => {
      const told = report(...endpoints);
      return patiently(() => store.sync(told, terms(rules)));
    },
  };
}

const MAX_AGAIN = 20;

/** Again while the store has too much to do, as an isolate does. */
export async function patiently<T>(call: () => Promise<T>): Promise<T> {
  for (let again = 0;; again++) {
    try {
      return await call();
    } catch (error) {
      const busy = isHoldfastError(error) && "overloaded" in error && error.overloaded === true;
      if (!busy || again === MAX_AGAIN) throw error;
    }
  }
}

export function up(id: string): EndpointReport {
  return { id, saw: "up", agoMs: 0 };
}

export function down(id: string): EndpointReport {
  return { id, saw: "down", agoMs: 0 };
}

/** What is believed of one endpoint. */
export function beliefOf(snapshot: Snapshot, id: string): EndpointBelief {
  const belief = snapshot.endpoints.find((one) => one.id === id);
  check(belief !== undefined, `the snapshot knows ${id}`);
  return belief;
}

/** Three endpoints, of which two reporters find `r` down: it is out for everyone. */
export async function bringDown(
  ground: StoreGround,
  rules: ClusterRules = RULES,
): Promise<readonly [Reporter, Reporter]> {
  const a = reporter(ground.open(rules), "a", rules);
  const b = reporter(ground.open(rules), "b", rules);
  for (const one of [a, b]) await one.tell(up("p"), up("q"), up("r"));
  await a.tell(up("p"), up("q"), down("r"));
  const last = await b.tell(up("p"), up("q"), down("r"));
  same(beliefOf(last, "r").phase, "open", "the phase of what two of two find down");
  return [a, b];
}

/** Claims until it is granted. */
export function claimed(
  ground: StoreGround,
  { store, name }: Reporter,
  rules: ClusterRules = RULES,
): Promise<{ readonly token: number; readonly forMs: number }> {
  return until(ground, "a trial of r", async () => {
    const answer = await store.claim({ endpoint: "r", reporter: name }, terms(rules));
    return answer.granted ? answer : undefined;
  });
}
