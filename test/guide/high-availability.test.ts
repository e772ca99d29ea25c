import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postgres } from "../../adapters/connectors/postgres/mod.ts";
import {
  type AvailabilitySystem,
  AvailabilitySystemBuilder,
  databaseEndpoint,
  type EndpointOptions,
  RetryStrategy,
  type RoleWord,
  TimeoutStrategy,
} from "../../mod.ts";
import { type Cluster, type ClusterNode, until, whyNoCluster } from "../cluster/mod.ts";
import { startEncrypted } from "./encrypted.ts";
import { ACTIVE, createUsers } from "./users.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

let cluster: Cluster;

beforeAll(async () => {
  if (missing) return;
  cluster = await startEncrypted(2);
  await createUsers(cluster);
});

afterAll(() => cluster?.stop());

/** PoolConfig { max_connections: 50, min_connections: 10, connection_timeout: 30, idle_timeout: 600, max_lifetime: 1800 } */
const POOL = {
  max: 50,
  min: 10,
  acquireTimeoutMs: 30_000,
  idleTimeoutMs: 600_000,
  maxLifetimeMs: 1_800_000,
} as const;

/** `DatabaseEndpoint::new(id, DatabaseConfig { connection: ConnectionConfig { … }, … }, role, weight)` */
function endpoint(
  id: string,
  node: ClusterNode | undefined,
  role: RoleWord,
  weight: number,
): EndpointOptions {
  if (node === undefined) throw new Error(`The cluster has no node for ${id}`);
  const connector = postgres({
    host: "127.0.0.1", // host: "primary.db.company.com"
    port: node.port, // port: 5432
    database: "postgres", // database: "production"
    user: "postgres", // username: "app_user"
    password: "secure_password", // password: "secure_password"
    tls: "require", // ssl_mode: Some("require")
    statementTimeoutMs: 30_000, // timeout_seconds: 30
  });
  return databaseEndpoint(id, connector, role, weight);
}

/** The guide's second program, 高可用性構成の例 ("an example of a high-availability configuration"). */
function setupHighAvailabilitySystem(): Promise<AvailabilitySystem> {
  // let execution_strategy = ExecutionStrategy { retry: RetryStrategy::ExponentialBackoff {
  //   initial_delay: 100 ms, max_delay: 30 s, multiplier: 2.0, max_attempts: 5 },
  //   timeout: TimeoutStrategy::robust() }
  const executionStrategy = {
    retry: RetryStrategy.exponential({
      initialDelayMs: 100,
      maxDelayMs: 30_000,
      multiplier: 2,
      maxAttempts: 5,
    }),
    timeout: TimeoutStrategy.robust(),
  };
  // weights.insert("master", 10); weights.insert("replica1", 5); weights.insert("replica2", 5)
  const weights = { master: 10, replica1: 5, replica2: 5 };
  const [replica1, replica2] = cluster.replicas;
  return new AvailabilitySystemBuilder()
    // LoadBalancingStrategy::WeightedRoundRobin(weights)
    .withLoadBalancingStrategy({ strategy: "weightedRoundRobin", weights })
    // ReadPreference::SecondaryPreferred
    .withReadPreference("secondaryPreferred")
    .withExecutionStrategy(executionStrategy)
    // pool: PoolConfig { … }: in holdfast it is said once, for all endpoints
    .withOptions({ pool: POOL })
    // The endpoints of production: master 10, replica1 5, replica2 5.
    .addDatabaseEndpoint(endpoint("master", cluster.primary, "master", 10))
    .addDatabaseEndpoint(endpoint("replica1", replica1, "slave", 5))
    .addDatabaseEndpoint(endpoint("replica2", replica2, "slave", 5))
    .build();
}

/** Who served so many reads, one after the other. */
async function served(reads: number, read: () => Promise<{ servedBy: string }>) {
  const counts: Record<string, number> = {};
  for (let i = 0; i < reads; i++) {
    const { servedBy } = await read();
    counts[servedBy] = (counts[servedBy] ?? 0) + 1;
  }
  return counts;
}

/** Our connections as the server itself counts them, and how many of those are encrypted. */
async function counted(
  node: ClusterNode,
): Promise<{ readonly open: number; readonly encrypted: number }> {
  const [row] = await node.query<{ open: number; encrypted: number }>(
    `select count(*)::int as open, count(*) filter (where ssl)::int as encrypted
     from pg_stat_activity join pg_stat_ssl using (pid) where application_name = 'holdfast'`,
  );
  return { open: row?.open ?? 0, encrypted: row?.encrypted ?? 0 };
}

describe.skipIf(missing)(`the guide's high-availability example ${missing ?? ""}`, () => {
  test("AvailabilitySystemBuilder takes its options and shares reads by weight", async () => {
    await using system = await setupHighAvailabilitySystem();
    const read = () => system.executeQuery("SELECT count(*) FROM users");
    expect(await served(20, read)).toEqual({ replica1: 10, replica2: 10 });
  });

  test("AvailabilitySystemBuilder's weights count for the master where it may be read from", async () => {
    await using system = await setupHighAvailabilitySystem();
    const readPreference = { mode: "nearest", latencyWindowMs: 60_000 } as const;
    const read = () => system.holdfast.query("SELECT 1", [], { readPreference });
    expect(await served(20, read)).toEqual({ master: 10, replica1: 5, replica2: 5 });
  });

  test("min_connections: 10 are open on every server, encrypted, before anybody needs them", async () => {
    await using system = await setupHighAvailabilitySystem();
    for (const node of cluster.nodes) {
      const { open, encrypted } = await until(async () => {
        const now = await counted(node);
        return now.open >= POOL.min && now;
      }, { what: `ten connections on ${node.name}` });
      expect(encrypted).toBe(open);
    }
    const { totalConnections } = system.getSystemStats();
    expect(totalConnections).toBeGreaterThanOrEqual(3 * POOL.min);
    for (const { pool } of system.holdfast.stats().endpoints) {
      expect(pool).toMatchObject({ limit: POOL.max, inUse: 0, waiting: 0 });
    }
  });

  test("max_connections: no server ever has more than 50, and the rest waits", async () => {
    await using system = await setupHighAvailabilitySystem();
    const master = cluster.primary;
    const sleeps = Array.from({ length: 80 }, () => system.executeCommand("SELECT pg_sleep(1)"));
    const most = await until(async () => {
      const { open } = await counted(master);
      expect(open).toBeLessThanOrEqual(POOL.max);
      return open === POOL.max && open;
    }, { what: "fifty connections on the master" });
    expect(most).toBe(POOL.max);
    const [stats] = system.holdfast.stats().endpoints;
    expect(stats?.pool.waiting).toBeGreaterThan(0);
    const answers = await Promise.all(sleeps);
    expect(answers.every(({ servedBy }) => servedBy === "master")).toBe(true);
  });

  test("timeout_seconds: 30 is every session's own limit on a statement", async () => {
    await using system = await setupHighAvailabilitySystem();
    const { rows } = await system.executeQuery<{ timeout: string }>(
      "SELECT current_setting('statement_timeout') AS timeout",
    );
    expect(rows).toEqual([{ timeout: "30s" }]);
    const users = await system.executeQuery("SELECT * FROM users WHERE active = ?", [true]);
    expect(users.rows.length).toBe(ACTIVE);
  });
});
