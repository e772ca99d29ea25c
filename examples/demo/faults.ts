/**
 * Carries out the timeline on the real servers.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import type { Holdfast } from "../../mod.ts";
import type { Cluster, ClusterNode, TcpProxy } from "../../test/cluster/mod.ts";
import type { Tally } from "./tally.ts";
import { type Action, SLOWER_BY_MS, type Step } from "./timeline.ts";

/** What the demo did to a server; holdfast is not told. */
export type ServerState = "up" | "slow" | "frozen" | "dead";

/** The stage the timeline plays on. */
export interface Stage {
  readonly cluster: Cluster;
  /** In front of the second replica, for holdfast only: what it replicates goes past it. */
  readonly proxy: TcpProxy;
  readonly db: Holdfast;
  readonly tally: Tally;
  readonly servers: Map<string, ServerState>;
  /** Whether holdfast has left the endpoint out for being slow, now or before. */
  readonly wasEjected: (id: string) => boolean;
  /** Milliseconds since the demo began. */
  readonly now: () => number;
  readonly say: (what: string) => void;
  /** Ends the timeline early. */
  readonly signal: AbortSignal;
  /** Told before each step, with how many are done. */
  readonly onStep: (done: number) => void;
}

/** Between the end of one step and the next, where a slow machine has fallen behind the plan. */
const BREATH_MS = 500;

/** Plays the steps in order and resolves with the node that is the primary in the end. */
export async function play(steps: readonly Step[], stage: Stage): Promise<ClusterNode> {
  let primary = stage.cluster.primary;
  let earliestMs = 0;
  for (const [index, step] of steps.entries()) {
    const waitMs = Math.max(step.atMs, earliestMs) - stage.now();
    if (waitMs > 0) await sleep(waitMs, undefined, { signal: stage.signal });
    stage.signal.throwIfAborted();
    if (step.action === "quickenReplica") {
      const nextMs = steps[index + 1]?.atMs ?? step.atMs;
      await untilEjected(stage, step.atMs + (nextMs - step.atMs) * PATIENCE_RATIO);
    }
    primary = await perform(step.action, stage, primary);
    stage.onStep(index + 1);
    earliestMs = stage.now() + BREATH_MS;
  }
  return primary;
}

/** Of the time until the next step; the rest is for the return. */
const PATIENCE_RATIO = 0.7;
/** Between two looks whether it was noticed. */
const LOOK_MS = 50;

/** Stays slow until it was noticed: how many answers that takes depends on the machine. */
async function untilEjected(stage: Stage, latestMs: number): Promise<void> {
  const { cluster, now, signal, wasEjected } = stage;
  const [, slow] = cluster.replicas;
  while (slow && !wasEjected(slow.name) && now() < latestMs) {
    await sleep(LOOK_MS, undefined, { signal });
  }
}

async function perform(action: Action, stage: Stage, primary: ClusterNode): Promise<ClusterNode> {
  const { cluster, proxy, servers, say } = stage;
  const [first, second] = cluster.replicas;
  if (!first || !second) throw new Error("The demo needs two replicas");
  switch (action) {
    case "slowReplica": {
      servers.set(second.name, "slow");
      await proxy.behave({ kind: "delay", ms: SLOWER_BY_MS });
      say(`${second.name} slow: a proxy holds its answers back for ${SLOWER_BY_MS} ms`);
      return primary;
    }
    case "quickenReplica": {
      await proxy.behave({ kind: "pass" });
      servers.set(second.name, "up");
      say(`${second.name} as quick as before`);
      return primary;
    }
    case "killReplica": {
      servers.set(first.name, "dead");
      await first.kill();
      say(`${first.name} killed (SIGKILL to every process)`);
      return primary;
    }
    case "startReplica": {
      await first.start();
      servers.set(first.name, "up");
      await first.waitStreamingFrom(primary);
      say(`${first.name} started again and streams`);
      return primary;
    }
    case "freezeReplica": {
      servers.set(second.name, "frozen");
      second.freeze();
      say(`${second.name} frozen (SIGSTOP): it accepts connections and never answers`);
      return primary;
    }
    case "thawReplica": {
      second.thaw();
      servers.set(second.name, "up");
      await second.waitStreamingFrom(primary);
      say(`${second.name} thawed and streams`);
      return primary;
    }
    case "killPrimary": {
      servers.set(primary.name, "dead");
      // Before the kill: from the first signal on a write may fail.
      stage.tally.outage = { fromMs: stage.now(), toMs: undefined };
      await primary.kill();
      say(`${primary.name} killed (SIGKILL to every process): there is no primary`);
      return primary;
    }
    case "failover":
      return await failOver(stage, primary);
    case "rejoin": {
      // A fresh copy: what the old primary wrote last may never have reached the others.
      await cluster.rejoin(cluster.primary, primary);
      servers.set(cluster.primary.name, "up");
      say(`${cluster.primary.name} is back, as a replica of ${primary.name}`);
      return primary;
    }
    default:
      return action satisfies never;
  }
}

async function failOver(stage: Stage, old: ClusterNode): Promise<ClusterNode> {
  const { cluster, db, tally, say } = stage;
  const next = await cluster.mostAdvanced(cluster.replicas);
  await db.failover(old.name, next.name);
  if (tally.outage) tally.outage = { ...tally.outage, toMs: stage.now() };
  say(`failover by command: ${next.name} has most and is the primary now`);
  for (const replica of cluster.replicas) {
    if (replica === next) continue;
    await cluster.follow(replica, next);
    say(`${replica.name} follows ${next.name}`);
  }
  return next;
}
