/**
 * A real PostgreSQL primary with streaming replicas, from npm packages only, for tests and the demo.
 *
 * ```ts
 * await using cluster = await startCluster({ replicas: 2, synchronous: true });
 * await cluster.primary.query("create table t (id int primary key)");
 * await cluster.replicas[0]?.kill();
 * ```
 *
 * @module
 */

export { type AdminRow } from "./admin.ts";
export { whyNoCluster } from "./binaries.ts";
export { Cluster, type ClusterOptions, startCluster } from "./cluster.ts";
export { ClusterNode, type StartOptions } from "./node.ts";
export { type ProxyBehaviour, type ProxyScope, startProxy, type TcpProxy } from "./proxy.ts";
export { type StopMode } from "./server.ts";
export { type Settings } from "./settings.ts";
export { until, type Waiting } from "./wait.ts";
