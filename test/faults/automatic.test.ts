/**
 * A failover without a person, on a real cluster: not while the replicas still receive what the primary
 * writes, and then by the one that has most.
 */

import { expect, test } from "vitest";
import { postgres } from "../../adapters/connectors/postgres/mod.ts";
import { createHoldfast } from "../../src/holdfast.ts";
import { startCluster, startProxy, until, whyNoCluster } from "../cluster/mod.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

test.skipIf(missing)(
  "a primary out of reach that others write to is left alone; a dead one is replaced",
  { timeout: 120_000 },
  async () => {
    const cluster = await startCluster({ database: "app" });
    const proxy = await startProxy(cluster.primary.port);
    const [b, c] = cluster.replicas;
    if (b === undefined || c === undefined) throw new Error("There are two replicas");
    const told: string[] = [];
    const db = createHoldfast({
      endpoints: [
        { id: "a", role: "primary", connector: postgres(proxy.via(cluster.primary.url())) },
        { id: "b", role: "replica", connector: postgres(b.url()) },
        { id: "c", role: "replica", connector: postgres(c.url()) },
      ],
      probe: { intervalMs: 200, timeoutMs: 500 },
      recovery: { failover: "automatic", attemptsPerRung: 1, backoffMs: 100 },
      observer: (event) => {
        if (event.type === "failover") told.push(`${event.phase} ${event.because ?? ""}`.trim());
      },
    });
    let writes = true;
    try {
      await db.execute("create table t (id int)");
      await cluster.waitCaughtUp();
      // Somebody else has another way to it.
      const writing = (async () => {
        while (writes) await cluster.primary.query("insert into t values (1)");
      })();
      await proxy.behave({ kind: "refuse" });
      await until(() => told.length > 0, { what: "a refusal", timeoutMs: 30_000 });
      expect(told[0]).toContain("still receives changes");
      expect(await b.isStandby() && await c.isStandby()).toBe(true);
      writes = false;
      await writing;
      await cluster.primary.kill();
      await until(() => told.includes("done"), { what: "a failover", timeoutMs: 60_000 });
      const { servedBy } = await db.query("insert into t values (2)");
      expect(servedBy).not.toBe("a");
      expect([await b.isStandby(), await c.isStandby()].filter(Boolean).length).toBe(1);
    } finally {
      writes = false;
      await db.close();
      await proxy.close();
      await cluster.stop();
    }
  },
);
