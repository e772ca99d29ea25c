/** The double is honest: the real driver works against it. */

import { neon as driver, neonConfig, Pool } from "@neondatabase/serverless";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Cluster, startCluster, whyNoCluster } from "../cluster/mod.ts";
import { type Double, startDouble } from "./double.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

describe.skipIf(missing)(`@neondatabase/serverless against the double ${missing ?? ""}`, () => {
  let cluster: Cluster;
  let double: Double;
  let sql: ReturnType<typeof driver<false, false>>;
  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0, auth: "scram-sha-256", password: "pw" });
    double = await startDouble(cluster.primary.port);
    neonConfig.fetchEndpoint = () => double.options().sqlUrl;
    neonConfig.wsProxy = `127.0.0.1:${double.port}/v2`;
    neonConfig.useSecureWebSocket = false;
    neonConfig.pipelineConnect = false;
    sql = driver(double.options().url);
  });
  afterAll(async () => {
    await double?.close();
    await cluster?.stop();
  });

  test("a query by HTTP", async () => {
    const rows = await sql`select ${1}::int as i, ${"x"} as s, ${[1, 2]}::int[] as a, null as n`;
    expect(rows).toEqual([{ i: 1, s: "x", a: [1, 2], n: null }]);
  });

  test("a batch by HTTP, with its isolation", async () => {
    const read =
      "select current_setting('transaction_isolation') as iso, current_setting('transaction_read_only') as ro";
    const [, rows] = await sql.transaction([sql`select 1`, sql.query(read)], {
      isolationLevel: "RepeatableRead",
      readOnly: true,
    });
    expect(rows).toEqual([{ iso: "repeatable read", ro: "on" }]);
  });

  test("an error by HTTP, with its fields", async () => {
    await expect(sql`select 1 / 0`).rejects.toMatchObject({
      name: "NeonDbError",
      code: "22012",
      severity: "ERROR",
    });
  });

  test("a wrong password by HTTP", async () => {
    const wrong = driver(double.options("postgres", "wrong").url);
    await expect(wrong`select 1`).rejects.toMatchObject({ code: "28P01", severity: "FATAL" });
  });

  test("a transaction over a WebSocket", async () => {
    const pool = new Pool({ connectionString: double.options().url });
    // Without a listener its late ErrorEvent would end the process.
    pool.on("error", () => {});
    const client = await pool.connect();
    client.on("error", () => {});
    await client.query("begin");
    const { rows } = await client.query("select $1::int as i", [7]);
    await client.query("commit");
    client.release();
    await pool.end();
    expect(rows).toEqual([{ i: 7 }]);
  });
});
