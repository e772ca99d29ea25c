import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postgres } from "../../adapters/connectors/postgres/mod.ts";
import {
  type AvailabilitySystem,
  AvailabilitySystemBuilder,
  RetryStrategy,
  TimeoutStrategy,
} from "../../mod.ts";
import { type Cluster, startCluster, whyNoCluster } from "../cluster/mod.ts";
import { createUsers, endpoint } from "./users.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

let cluster: Cluster;

beforeAll(async () => {
  if (missing) return;
  cluster = await startCluster({ replicas: 2 });
  await createUsers(cluster);
});

afterAll(() => cluster?.stop());

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
    // PoolConfig { max_connections: 50, idle_timeout: 600, … }
    .withOptions({ pool: { max: 50, idleTimeoutMs: 600_000 } })
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
});

test("postgres() takes the guide's connection settings", () => {
  // ConnectionConfig { host, port, database, username, password, ssl_mode: Some("require"), … }
  const connector = postgres({
    host: "primary.db.company.com",
    port: 5432,
    database: "production",
    user: "app_user",
    password: "secure_password",
    tls: "require",
  });
  expect(connector.problems).toEqual([]);
});
