import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { toConsole, webhook } from "../../adapters/alerts/mod.ts";
import {
  type Alert,
  type AvailabilitySystem,
  AvailabilitySystemBuilder,
  DEFAULT_ALERTS,
} from "../../mod.ts";
import { type Receiver, receiver, SECRET } from "../adapters/alerts/receiver.ts";
import { type Cluster, startCluster, until, whyNoCluster } from "../cluster/mod.ts";
import { createUsers, endpoint } from "./users.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

let cluster: Cluster;
let hook: Receiver;

beforeAll(async () => {
  if (missing) return;
  cluster = await startCluster({ replicas: 2 });
  await createUsers(cluster);
  hook = await receiver();
});

afterAll(async () => {
  await hook?.[Symbol.asyncDispose]();
  await cluster?.stop();
});

/** What a console would have shown. */
interface Shown {
  readonly out: string[];
  readonly err: string[];
}

/**
 * The guide's fourth program, 監視とアラート ("monitoring and alerts"): the body of `monitor_system_health`'s
 * loop, with its lines collected. Only the halves are whole: the guide's `total / 2` is 1 of 3.
 */
function monitorSystemHealth(system: AvailabilitySystem, { out, err }: Shown): void {
  // let stats = system.get_system_stats().await
  const stats = system.getSystemStats();
  // Check the conditions of the alerts.
  if (stats.availableEndpoints < stats.totalEndpoints / 2) {
    err.push("ALERT: Less than 50% of endpoints are available!");
  }
  if (stats.avgResponseTimeMs > 1_000) {
    err.push("ALERT: Average response time is over 1 second!");
  }
  if (stats.avgHealthScore < 70) {
    err.push("ALERT: Average health score is below threshold!");
  }
  // Log the statistics.
  out.push("System Health Report:");
  out.push(`  Available Endpoints: ${stats.availableEndpoints}/${stats.totalEndpoints}`);
  out.push(`  Avg Response Time: ${stats.avgResponseTimeMs.toFixed(0)}ms`);
  out.push(`  Avg Health Score: ${stats.avgHealthScore.toFixed(0)}`);
  out.push(`  Total Connections: ${stats.totalConnections}`);
}

/** What the program shows just now. */
function report(system: AvailabilitySystem): Shown {
  const shown: Shown = { out: [], err: [] };
  monitorSystemHealth(system, shown);
  return shown;
}

/** The guide's three as they are, in less time: `interval(Duration::from_secs(60))` is no test's. */
const rules = DEFAULT_ALERTS.map((rule) => ({ ...rule, forMs: 200, clearForMs: 200 }));

/** A system that is watched, and what its alerts were: `fewEndpoints firing`. */
async function watch(): Promise<{ system: AvailabilitySystem; alerts: string[]; shown: Shown }> {
  const [replica1, replica2] = cluster.replicas;
  const alerts: string[] = [];
  const shown: Shown = { out: [], err: [] };
  const console = {
    info: (line: string) => shown.out.push(line),
    error: (line: string) => shown.err.push(line),
  };
  const toFunction = ({ rule, phase }: Alert): void => void alerts.push(`${rule} ${phase}`);
  const system = await new AvailabilitySystemBuilder()
    .withLoadBalancingStrategy("roundRobin")
    .withReadPreference("secondaryPreferred")
    .addDatabaseEndpoint(endpoint("master", cluster.primary, "master", 1))
    .addDatabaseEndpoint(endpoint("replica1", replica1, "slave", 1))
    .addDatabaseEndpoint(endpoint("replica2", replica2, "slave", 1))
    .withOptions({
      alerts: {
        rules,
        intervalMs: 100,
        deliver: [toFunction, toConsole({ console }), webhook(hook.url, { secret: SECRET })],
      },
    })
    .build();
  return { system, alerts, shown };
}

/** Goes on with `work` until the alert was told. */
async function goOnUntil(
  alerts: readonly string[],
  alert: string,
  work: () => Promise<unknown>,
): Promise<void> {
  await until(async () => {
    await work();
    return alerts.includes(alert);
  }, { what: alert, detail: () => alerts.join(", ") });
}

describe.skipIf(missing)(`the guide's monitoring and alerts ${missing ?? ""}`, () => {
  test("AvailabilitySystem reports as the guide's program does", async () => {
    const { system } = await watch();
    await using _ = system;
    await system.executeQuery("SELECT * FROM users");
    const { out, err } = report(system);
    expect(err).toEqual([]);
    expect(out.slice(0, 2)).toEqual(["System Health Report:", "  Available Endpoints: 3/3"]);
    expect(out[2]).toMatch(/^ {2}Avg Response Time: \d+ms$/);
    expect(out[3]).toBe("  Avg Health Score: 100");
    expect(out[4]).toMatch(/^ {2}Total Connections: [1-9]\d*$/);
  });

  test("two of three servers die: few endpoints and a low score are told, and that it is over", async () => {
    const { system, alerts, shown } = await watch();
    await using _ = system;
    const read = () => system.executeQuery("SELECT count(*) FROM users");
    await Promise.all(cluster.replicas.map((node) => node.kill()));
    await goOnUntil(alerts, "fewEndpoints firing", read);
    await goOnUntil(alerts, "lowScore firing", read);
    expect(report(system).out[1]).toBe("  Available Endpoints: 1/3");
    expect(report(system).err).toEqual([
      "ALERT: Less than 50% of endpoints are available!",
      "ALERT: Average health score is below threshold!",
    ]);
    await Promise.all(cluster.replicas.map((node) => node.start()));
    await goOnUntil(alerts, "fewEndpoints resolved", read);
    await goOnUntil(alerts, "lowScore resolved", read);
    expect(shown.err).toContainEqual(expect.stringContaining(
      "ALERT: fewer than half of the endpoints are available (fewEndpoints: 0.333, threshold 0.5)",
    ));
    expect(shown.out).toContainEqual(expect.stringContaining("RESOLVED: the average health score"));
    expect(report(system).err).toEqual([]);
  });

  test("servers freeze: few endpoints are told, and that it is over when they thaw", async () => {
    const { system, alerts } = await watch();
    await using _ = system;
    const read = () => system.executeQuery("SELECT count(*) FROM users");
    await read();
    for (const node of cluster.replicas) node.freeze();
    await goOnUntil(alerts, "fewEndpoints firing", read);
    for (const node of cluster.replicas) node.thaw();
    await goOnUntil(alerts, "fewEndpoints resolved", read);
    expect(report(system).err).not.toContain("ALERT: Less than 50% of endpoints are available!");
  });

  test("answers take two seconds: it is told, and that it is over", async () => {
    const { system, alerts } = await watch();
    await using _ = system;
    const slowly = () =>
      Promise.all(Array.from({ length: 6 }, () => system.executeQuery("SELECT pg_sleep(2)")));
    await goOnUntil(alerts, "slowResponses firing", slowly);
    expect(report(system).err).toEqual(["ALERT: Average response time is over 1 second!"]);
    await goOnUntil(alerts, "slowResponses resolved", () => system.executeQuery("SELECT 1"));
    expect(report(system).err).toEqual([]);
    expect(alerts).toEqual(["slowResponses firing", "slowResponses resolved"]);
  });

  test("the webhook's receiver has verified all of it, each alert once", async () => {
    await hook.until(({ received }) => received.at(-1)?.verify().phase === "resolved");
    const payloads = hook.received.map((one) => one.verify());
    expect(new Set(payloads.map(({ id }) => id)).size).toBe(payloads.length);
    const told = payloads.map(({ rule, phase }) => `${rule} ${phase}`);
    for (const { name } of rules) {
      expect(told).toContain(`${name} firing`);
      expect(told).toContain(`${name} resolved`);
    }
  });
});
