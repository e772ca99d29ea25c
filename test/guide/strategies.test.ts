import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postgres } from "../../adapters/connectors/postgres/mod.ts";
import {
  type AvailabilitySystem,
  AvailabilitySystemBuilder,
  type BalanceOptions,
  databaseEndpoint,
  ExecutionStrategy,
  type FurtherOptions,
  type ReadPreferenceWord,
} from "../../mod.ts";
import {
  type Cluster,
  startCluster,
  startProxy,
  type TcpProxy,
  until,
  whyNoCluster,
} from "../cluster/mod.ts";
import { createUsers, endpoint } from "./users.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

let cluster: Cluster;
/** In front of the second replica, to make it slow. */
let proxy: TcpProxy;

beforeAll(async () => {
  if (missing) return;
  cluster = await startCluster({ replicas: 2 });
  await createUsers(cluster);
  proxy = await startProxy(cluster.replicas[1]?.port ?? 0);
});

afterAll(async () => {
  await proxy?.close();
  await cluster?.stop();
});

/** Three endpoints under what the guide's 設定オプション ("configuration options") lists. */
function build(
  balance: BalanceOptions,
  readPreference: ReadPreferenceWord = "secondaryPreferred",
  options: FurtherOptions = {},
): Promise<AvailabilitySystem> {
  const [replica1, replica2] = cluster.replicas;
  const slow = postgres(proxy.via(replica2?.url() ?? ""));
  return new AvailabilitySystemBuilder()
    .withLoadBalancingStrategy(balance)
    .withReadPreference(readPreference)
    .withExecutionStrategy(ExecutionStrategy.default())
    .withOptions(options)
    .addDatabaseEndpoint(endpoint("master", cluster.primary, "master", 1))
    .addDatabaseEndpoint(endpoint("replica1", replica1, "slave", 1))
    .addDatabaseEndpoint(databaseEndpoint("replica2", slow, "slave", 1))
    .build();
}

const READ = "SELECT count(*) FROM users";

/** Who served so many reads, one after the other. */
async function served(system: AvailabilitySystem, reads: number): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let i = 0; i < reads; i++) {
    const { servedBy } = await system.executeQuery(READ);
    counts[servedBy] = (counts[servedBy] ?? 0) + 1;
  }
  return counts;
}

describe.skipIf(missing)(`the guide's load balancing strategies ${missing ?? ""}`, () => {
  test("LoadBalancingStrategy::RoundRobin takes turns", async () => {
    await using system = await build("roundRobin");
    expect(await served(system, 20)).toEqual({ replica1: 10, replica2: 10 });
  });

  test("LoadBalancingStrategy::WeightedRoundRobin(weights) takes turns by weight", async () => {
    const weights = { replica1: 1, replica2: 3 };
    await using system = await build({ strategy: "weightedRoundRobin", weights });
    expect(await served(system, 20)).toEqual({ replica1: 5, replica2: 15 });
  });

  test("LoadBalancingStrategy::LeastConnections gives each as much to do as the other", async () => {
    await using system = await build("leastConnections");
    const sleeps = Array.from({ length: 8 }, () => system.executeQuery("SELECT pg_sleep(0.5)"));
    const [, ...replicas] = system.holdfast.stats().endpoints;
    expect(replicas.map(({ inFlight }) => inFlight)).toEqual([4, 4]);
    await Promise.all(sleeps);
  });

  test("LoadBalancingStrategy::Random leaves nobody out", async () => {
    await using system = await build("random");
    const { replica1 = 0, replica2 = 0, ...others } = await served(system, 60);
    expect(others).toEqual({});
    expect(Math.min(replica1, replica2)).toBeGreaterThan(0);
  });

  test("LoadBalancingStrategy::ResponseTime prefers who answers sooner", async () => {
    await using system = await build("responseTime");
    await served(system, 4);
    await proxy.behave({ kind: "delay", ms: 30 });
    try {
      const { replica1 = 0 } = await served(system, 40);
      expect(replica1).toBeGreaterThan(30);
    } finally {
      await proxy.behave({ kind: "pass" });
    }
  });

  test("LoadBalancingStrategy::HealthBased prefers who is well", async () => {
    // Lines that break cost replica2 its score. No circuit is to open: that would leave it out altogether.
    const circuit = { consecutiveFailures: 1_000, failureRatio: 1, minimumCalls: 1_000 };
    await using system = await build("healthBased", "secondaryPreferred", { circuit });
    await served(system, 10);
    const replica2 = () => system.holdfast.stats().endpoints[2];
    await until(async () => {
      // Under statements: a line that breaks while nobody uses it costs nothing.
      const calls = Array.from({ length: 8 }, () => system.executeQuery("SELECT pg_sleep(0.1)"));
      await until(async () => (replica2()?.pool.inUse ?? 0) > 0, {
        what: "a statement there",
        timeoutMs: 500,
      })
        .catch(() => {});
      await proxy.resetOpen();
      await Promise.allSettled(calls);
      return (replica2()?.score ?? 100) < 50;
    }, { what: "replica2's score to fall" });
    const { replica1 = 0 } = await served(system, 200);
    expect(replica1).toBeGreaterThan(100);
  });
});

describe.skipIf(missing)(`the guide's read preferences ${missing ?? ""}`, () => {
  /** Who serves while all are well, while the replicas are out, and while the master is. */
  async function servers(preference: ReadPreferenceWord): Promise<readonly string[]> {
    await using system = await build("roundRobin", preference);
    const who = async (): Promise<string> => {
      const found = await served(system, 6).catch(() => ({ nobody: 6 }));
      return Object.keys(found).sort().join(" ");
    };
    const usual = await who();
    for (const id of ["replica1", "replica2"]) system.holdfast.isolate(id);
    const withoutReplicas = await who();
    for (const id of ["replica1", "replica2"]) system.holdfast.release(id);
    system.holdfast.isolate("master");
    return [usual, withoutReplicas, await who()];
  }

  const REPLICAS = "replica1 replica2";
  test.each(
    [
      ["Primary", "primary", ["master", "master", "nobody"]],
      ["Secondary", "secondary", [REPLICAS, "nobody", REPLICAS]],
      ["SecondaryPreferred", "secondaryPreferred", [REPLICAS, "master", REPLICAS]],
      ["PrimaryPreferred", "primaryPreferred", ["master", "master", REPLICAS]],
    ] as const,
  )("ReadPreference::%s", async (_, word, expected) => {
    expect(await servers(word)).toEqual(expected);
  });

  test("ReadPreference::Nearest leaves out who is far away", async () => {
    await using system = await build("roundRobin", "nearest");
    await proxy.behave({ kind: "delay", ms: 60 });
    try {
      // Whom nobody has asked yet is not known to be far.
      await served(system, 6);
      const { replica2 = 0, master = 0, replica1 = 0 } = await served(system, 20);
      expect(replica2).toBe(0);
      expect(master + replica1).toBe(20);
    } finally {
      await proxy.behave({ kind: "pass" });
    }
  });
});

describe.skipIf(missing)(`the guide's execution strategies ${missing ?? ""}`, () => {
  test.each(
    [
      ["ExecutionStrategy::fast() + ResponseTime", ExecutionStrategy.fast(), "responseTime"],
      ["ExecutionStrategy::robust() + HealthBased", ExecutionStrategy.robust(), "healthBased"],
    ] as const,
  )("%s reads on a replica and writes on the master", async (_, execution, balance) => {
    const [replica1] = cluster.replicas;
    await using system = await new AvailabilitySystemBuilder()
      .withLoadBalancingStrategy(balance)
      .withReadPreference("secondaryPreferred")
      .withExecutionStrategy(execution)
      .addDatabaseEndpoint(endpoint("master", cluster.primary, "master", 1))
      .addDatabaseEndpoint(endpoint("replica1", replica1, "slave", 1))
      .build();
    expect((await system.executeQuery(READ)).servedBy).toBe("replica1");
    const text = "UPDATE users SET active = ? WHERE name = ?";
    expect((await system.executeCommand(text, [true, "User 1"])).servedBy).toBe("master");
  });
});
