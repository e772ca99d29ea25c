import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AvailabilitySystemBuilder } from "../../mod.ts";
import { type Cluster, startCluster, whyNoCluster } from "../cluster/mod.ts";
import { createUsers, endpoint } from "./users.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

let cluster: Cluster;

beforeAll(async () => {
  if (missing) return;
  // Not synchronous: after the failover the new primary has no replica that could confirm a commit.
  cluster = await startCluster({ replicas: 3 });
  await createUsers(cluster);
});

afterAll(() => cluster?.stop());

describe.skipIf(missing)(`the guide's dynamic endpoints ${missing ?? ""}`, () => {
  test("AvailabilitySystem runs the program as the guide says", async () => {
    const [replica1, replica2, replica3] = cluster.replicas;
    await using system = await new AvailabilitySystemBuilder()
      .withReadPreference("secondaryPreferred")
      .addDatabaseEndpoint(endpoint("master", cluster.primary, "master", 1))
      .addDatabaseEndpoint(endpoint("replica1", replica1, "slave", 1))
      .addDatabaseEndpoint(endpoint("replica2", replica2, "slave", 1))
      .build();

    // Add a new replica: DatabaseEndpoint::new("replica3", …, DatabaseRole::Slave, 5); add_endpoint(…)
    system.addEndpoint(endpoint("replica3", replica3, "slave", 5));

    // Check the statistics: println!("Current endpoints: {}", stats.total_endpoints)
    expect(system.getSystemStats()).toMatchObject({
      totalEndpoints: 4,
      availableEndpoints: 4,
      endpointsByRole: { primary: 1, replica: 3 },
    });

    // Remove the endpoint in trouble: remove_endpoint("replica1")
    await system.removeEndpoint("replica1");
    expect(system.getSystemStats().totalEndpoints).toBe(3);
    for (let read = 0; read < 10; read++) {
      const { servedBy } = await system.executeQuery("SELECT count(*) FROM users");
      expect(["replica2", "replica3"]).toContain(servedBy);
    }

    // Fail over by hand: manual_failover("master", "replica2")
    await system.manualFailover("master", "replica2");
    expect(await replica2?.isStandby()).toBe(false);
    expect(system.getSystemStats().endpointsByRole).toEqual({
      outdated: 1,
      primary: 1,
      replica: 1,
    });

    // Writes follow, and the old master gets nothing any more.
    const result = await system.executeCommand(
      "INSERT INTO users (name, email) VALUES (?, ?)",
      ["Ann", "ann@example.com"],
    );
    expect(result.servedBy).toBe("replica2");
    const look = "select name from users where email = 'ann@example.com'";
    expect(await replica2?.query(look)).toEqual([{ name: "Ann" }]);
    expect(await cluster.primary.query(look)).toEqual([]);
  });

  test("manualFailover() refuses an endpoint it does not know, and names those it knows", async () => {
    await using system = await new AvailabilitySystemBuilder()
      .addDatabaseEndpoint(endpoint("master", cluster.primary, "master", 1))
      .build();
    await expect(system.manualFailover("master", "replica9")).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringContaining("master"),
    });
  });
});
