import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type AvailabilitySystem,
  AvailabilitySystemBuilder,
  ExecutionStrategy,
} from "../../mod.ts";
import { type Cluster, startCluster, whyNoCluster } from "../cluster/mod.ts";
import { ACTIVE, createUsers, endpoint, type User } from "./users.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

let cluster: Cluster;

beforeAll(async () => {
  if (missing) return;
  cluster = await startCluster({ replicas: 2 });
  await createUsers(cluster);
});

afterAll(() => cluster?.stop());

/** The guide's first program, 基本的な設定 ("basic settings"): its first part. */
function build(): Promise<AvailabilitySystem> {
  const [replica1, replica2] = cluster.replicas;
  // 1. Build the system.
  return new AvailabilitySystemBuilder()
    // .with_load_balancing_strategy(LoadBalancingStrategy::LeastConnections)
    .withLoadBalancingStrategy("leastConnections")
    // .with_read_preference(ReadPreference::SecondaryPreferred)
    .withReadPreference("secondaryPreferred")
    // .with_execution_strategy(ExecutionStrategy::robust())
    .withExecutionStrategy(ExecutionStrategy.robust())
    // .add_database_endpoint(DatabaseEndpoint::new("master", …, DatabaseRole::Master, 1))
    .addDatabaseEndpoint(endpoint("master", cluster.primary, "master", 1))
    // .add_database_endpoint(DatabaseEndpoint::new("replica1", …, DatabaseRole::Slave, 1))
    .addDatabaseEndpoint(endpoint("replica1", replica1, "slave", 1))
    // .add_database_endpoint(DatabaseEndpoint::new("replica2", …, DatabaseRole::Slave, 1))
    .addDatabaseEndpoint(endpoint("replica2", replica2, "slave", 1))
    // .build().await?
    .build();
}

describe.skipIf(missing)(`the guide's basic settings ${missing ?? ""}`, () => {
  test("AvailabilitySystemBuilder runs the program as the guide says", async () => {
    const master = cluster.primary;
    await using system = await build();

    // 2. Run a read, which goes to a replica by itself:
    //    execute_query("SELECT * FROM users WHERE active = ?", &[Value::Bool(true)], QueryType::Select)
    const users = await system.executeQuery<User>(
      "SELECT * FROM users WHERE active = ?",
      [true],
      "select",
    );
    // println!("Found {} users", users.rows.len())
    expect(users.rows.length).toBe(ACTIVE);
    expect(users.kind).toBe("rows");
    expect(["replica1", "replica2"]).toContain(users.servedBy);
    expect(users.rows.map((user) => user.name).sort()).toEqual(["User 1", "User 2", "User 3"]);

    // 3. Run a write, which goes to the master by itself:
    //    execute_command("INSERT INTO users (name, email) VALUES (?, ?)", &["John Doe", …])
    const result = await system.executeCommand(
      "INSERT INTO users (name, email) VALUES (?, ?)",
      ["John Doe", "john@example.com"],
    );
    expect(result).toMatchObject({ kind: "command", servedBy: "master", rowsAffected: 1 });
    // println!("Inserted user with ID: {:?}", result.last_insert_id): an Option, and PostgreSQL has none…
    expect(result.lastInsertId).toBeUndefined();
    // … unless it is asked for.
    const second = await system.executeCommand(
      "INSERT INTO users (name, email) VALUES (?, ?) RETURNING id",
      ["Jane Doe", "jane@example.com"],
    );
    const [found] = await master.query("select id from users where email = 'jane@example.com'");
    expect(second.lastInsertId).toBe(found?.["id"]);

    // 4. Look at the system's statistics: get_system_stats().await
    expect(system.getSystemStats()).toEqual({
      totalEndpoints: 3,
      availableEndpoints: 3,
      avgResponseTimeMs: expect.any(Number),
      avgHealthScore: 100,
      totalConnections: expect.any(Number),
      endpointsByRole: { primary: 1, replica: 2 },
    });
    expect(system.getSystemStats().avgResponseTimeMs).toBeGreaterThan(0);
    expect(system.getSystemStats().totalConnections).toBeGreaterThanOrEqual(2);
  });

  test("executeQuery() reads from the master when no replica is left", async () => {
    await using system = await build();
    system.holdfast.isolate("replica1");
    system.holdfast.isolate("replica2");
    const users = await system.executeQuery("SELECT * FROM users WHERE active = ?", [true]);
    expect(users.servedBy).toBe("master");
    expect(system.getSystemStats().availableEndpoints).toBe(1);
  });

  test("executeQuery() takes a write to the master, whatever query type it was given", async () => {
    await using system = await build();
    const text = "UPDATE users SET active = ? WHERE name = ? RETURNING name";
    const mistaken = await system.executeQuery(text, [true, "User 1"], "select");
    expect(mistaken).toMatchObject({ servedBy: "master", rows: [{ name: "User 1" }] });
    const told = await system.executeQuery(text, [true, "User 1"], "update");
    expect(told.servedBy).toBe("master");
  });
});
