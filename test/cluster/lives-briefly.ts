/**
 * Run by cluster.test.ts in a process of its own: starts a cluster, says where it is and ends as told,
 * without stopping it.
 *
 * @module
 */

import process from "node:process";
import { sweep } from "./leftovers.ts";
import { startCluster } from "./mod.ts";

const end = process.argv[2];
if (end === "sweep") {
  sweep();
} else {
  const { folder, nodes } = await startCluster({ replicas: 1 });
  process.stdout.write(`${JSON.stringify({ folder, pids: nodes.map((node) => node.pid) })}\n`);
  if (end === "exit") process.exit(0);
  if (end === "throw") throw new Error("as told");
  // Keeps the process there until the signal comes.
  setInterval(() => {}, 1_000);
}
