/**
 * One real fault after the other, drawn from a seed: through proxies, by signals, by SQL.
 */

import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../../src/ports.ts";
import type { ClusterNode, ProxyBehaviour, TcpProxy } from "../cluster/mod.ts";
import { TERMINATE_COUNTED } from "../faults/connections.ts";
import { one, whole } from "../simulation/faults.ts";

/** How long a fault lasts, and how long there is peace after it. */
const FAULT_MS: readonly [number, number] = [300, 3_000];
const PEACE_MS: readonly [number, number] = [200, 1_500];

/** A node and the way to it. */
export interface Post {
  readonly node: ClusterNode;
  readonly proxy: TcpProxy;
}

const BEHAVIOURS: readonly ProxyBehaviour[] = [
  { kind: "refuse" },
  { kind: "acceptThenClose" },
  { kind: "reset" },
  { kind: "blackHole" },
  { kind: "delay", ms: 200 },
  { kind: "cut", afterBytes: 500 },
];

const BY_HAND = ["kill", "freeze", "terminate", "reset open"] as const;

/** Plays faults until the time is over, each to its end, and says how many of each kind there were. */
export async function strikeFor(
  ms: number,
  posts: readonly Post[],
  random: Random,
): Promise<Readonly<Record<string, number>>> {
  const played: Record<string, number> = {};
  const until = performance.now() + ms;
  while (performance.now() < until) {
    const post = one(random, posts);
    const fault = one<(typeof BY_HAND)[number] | ProxyBehaviour>(random, [
      ...BY_HAND,
      ...BEHAVIOURS,
    ]);
    const lastsMs = whole(random, ...FAULT_MS);
    const name = typeof fault === "string" ? fault : fault.kind;
    played[name] = (played[name] ?? 0) + 1;
    if (typeof fault === "string") await byHand(fault, post, lastsMs);
    else {
      await post.proxy.behave(fault, one(random, ["all", "all", "new"] as const));
      await sleep(lastsMs);
      await post.proxy.behave({ kind: "pass" });
    }
    await sleep(whole(random, ...PEACE_MS));
  }
  return played;
}

async function byHand(
  fault: (typeof BY_HAND)[number],
  { node, proxy }: Post,
  lastsMs: number,
): Promise<void> {
  switch (fault) {
    case "kill":
      await node.kill();
      await sleep(lastsMs);
      await node.start();
      await node.waitReady();
      return;
    case "freeze":
      node.freeze();
      await sleep(lastsMs);
      return node.thaw();
    case "terminate":
      await node.query(TERMINATE_COUNTED);
      return;
    case "reset open":
      return await proxy.resetOpen();
    default:
      return fault satisfies never;
  }
}
