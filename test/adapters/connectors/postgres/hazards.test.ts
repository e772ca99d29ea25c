/**
 * Each measured way in which postgres.js corrupts, hangs or kills the process when a server dies
 * (`reference/postgres.md` 3b, `reference/edge.md` 6): absent with ours, shown with the naive use.
 */

import { spawnSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Cluster, startCluster, until, whyNoCluster } from "../../../cluster/mod.ts";
import { ending } from "./ending.ts";
import { type Client, type Facade, naive, ours } from "./facade.ts";
import { closeAtOnce, type Gate, openGate, passTo, refuseLogin } from "./gate.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

describe.skipIf(missing)(`postgres() ${missing ?? ""}`, () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0 });
    await cluster.primary.query("create table t (n int)");
  });
  afterAll(() => cluster?.stop());
  beforeEach(() => cluster.primary.query("truncate t"));

  /** Runs a scenario with a client whose lines all go through a gate to the real server. */
  async function through<T>(
    facade: Facade,
    scenario: (client: Client, gate: Gate) => Promise<T>,
    max = 1,
  ): Promise<T> {
    await using gate = await openGate(passTo(cluster.primary.port));
    const client = facade(gate.url, max);
    try {
      return await scenario(client, gate);
    } finally {
      await client.end();
    }
  }

  async function terminate(query: string): Promise<void> {
    const text = "select pg_terminate_backend(pid, 5000) from pg_stat_activity where query = $1";
    await cluster.primary.query(text, [query]);
  }

  async function running(query: string): Promise<void> {
    const text = "select 1 from pg_stat_activity where query = $1 and state = 'active'";
    await until(async () => (await cluster.primary.query(text, [query])).length > 0, {
      what: `${query} to run`,
    });
  }

  async function numbers(): Promise<unknown[]> {
    return (await cluster.primary.query("select n from t order by n")).map((row) => row["n"]);
  }

  /** A scenario of crash-child.ts. */
  function child(
    scenario: "transaction" | "lease",
    which: "ours" | "naive",
  ): { status: number | null; out: string; err: string } {
    const file = fileURLToPath(new URL("crash-child.ts", import.meta.url));
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [file, scenario, which, cluster.primary.url()],
      { encoding: "utf8", timeout: 30_000 },
    );
    return { status, out: stdout, err: stderr };
  }

  describe("a connection that dies between two statements (H1)", () => {
    test("run() rejects and the process lives on", () => {
      const { status, out, err } = child("transaction", "ours");
      expect({ status, err }).toEqual({ status: 0, err: "" });
      expect(JSON.parse(out)).toEqual({ error: "57P01" });
    });

    test("naively the process dies", () => {
      const { status, err } = child("transaction", "naive");
      expect(status).toBe(1);
      expect(err).toContain("Cannot read properties of null (reading 'write')");
    });
  });

  describe("a leased connection that died and is given back (H4b)", () => {
    test("run() of the next statement is well", () => {
      const { status, out, err } = child("lease", "ours");
      expect({ status, err }).toEqual({ status: 0, err: "" });
      expect(JSON.parse(out)).toEqual({ rows: [{ n: 1 }] });
    });

    test("naively the process dies of the next statement", () => {
      const { status, err } = child("lease", "naive");
      expect(status).toBe(1);
      expect(err).toContain("Cannot read properties of null (reading 'write')");
    });
  });

  describe("a transaction whose slot was reconnected by another caller (H2)", () => {
    async function halfATransaction(client: Client): Promise<unknown> {
      let goOn = (): void => {};
      const reconnected = new Promise<void>((resolve) => goOn = resolve);
      let finish = (): void => {};
      const over = new Promise<void>((resolve) => finish = resolve);
      const transaction = client.transaction(async (tx) => {
        try {
          await tx.run("insert into t values (1)");
          await terminate("insert into t values (1)");
          await reconnected;
          await tx.run("insert into t values (2)");
        } finally {
          finish();
        }
      });
      const rejected = ending(transaction);
      await Promise.race([
        rejected,
        until(async () => (await idleInTransaction()) === 0, {
          what: "the transaction's backend to be gone",
        }),
      ]);
      // With ours the slot is still the transaction's; another caller opens another connection.
      const other = client.query("select 1 as n").catch(() => "lost");
      await ending(other, 500);
      goOn();
      await over;
      await rejected;
      return await numbers();
    }

    async function idleInTransaction(): Promise<number> {
      const text = "select 1 from pg_stat_activity where state like 'idle in transaction%'";
      return (await cluster.primary.query(text)).length;
    }

    test("run() never runs a statement of it outside it", async () => {
      expect(await through(ours, halfATransaction)).toEqual([]);
    });

    test("naively the second half commits alone", async () => {
      expect(await through(naive, halfATransaction)).toEqual([2]);
    });
  });

  describe("a server that refuses the login after a death (H3)", () => {
    async function refusedReconnect(client: Client, gate: Gate): Promise<unknown> {
      const first = client.query("select pg_sleep(60) as h3");
      await running("select pg_sleep(60) as h3");
      gate.treatment = refuseLogin("57P03", "the database system is starting up");
      gate.cut("fin");
      const died = await ending(first);
      const before = gate.clients.length;
      const next = await ending(client.query("select 1 as n"));
      await terminate("select pg_sleep(60) as h3");
      return { died, next, storm: gate.clients.length - before > 20 };
    }

    test("connect() rejects with the server's word, once", async () => {
      expect(await through(ours, refusedReconnect)).toEqual({
        died: { error: "CONNECTION_CLOSED" },
        next: { error: "57P03" },
        storm: false,
      });
    });

    test("naively nothing is said while it reconnects without end", async () => {
      // The first statement after the death may be told; the refusals after it are not.
      const { storm, next } = await through(naive, refusedReconnect) as {
        storm: boolean;
        next: unknown;
      };
      expect({ storm, next }).toEqual({ storm: true, next: "pending" });
    });
  });

  describe("a retry in the very moment of a reset (H4a)", () => {
    async function retryAtOnce(client: Client, gate: Gate): Promise<unknown> {
      await client.query("select 1");
      const retried = client.query("select pg_sleep(60) as h4").catch(() =>
        client.query("select 1 as n")
      );
      await running("select pg_sleep(60) as h4");
      gate.cut("rst");
      const end = await ending(retried);
      await terminate("select pg_sleep(60) as h4");
      return end;
    }

    test("run() of the retry goes to a new connection", async () => {
      expect(await through(ours, retryAtOnce)).toEqual({ rows: [{ n: 1 }] });
    });

    test("naively it is written to the dead one and never settles", async () => {
      expect(await through(naive, retryAtOnce)).toBe("pending");
    });
  });

  describe("a server that is down (H5)", () => {
    async function burst(client: Client, gate: Gate): Promise<unknown> {
      await gate[Symbol.asyncDispose]();
      const all = Array.from({ length: 20 }, () => ending(client.query("select 1")));
      const endings = await Promise.all(all);
      return { refused: endings.filter((end) => end !== "pending").length };
    }

    test("connect() rejects every caller of a burst at once", async () => {
      expect(await through(ours, burst, 2)).toEqual({ refused: 20 });
    });

    test("naively most of them wait for a growing pause", async () => {
      const { refused } = await through(naive, burst, 2) as { refused: number };
      expect(refused).toBeLessThan(20);
    });
  });

  describe("an address that accepts and closes", () => {
    async function reached(client: Client, gate: Gate): Promise<unknown> {
      gate.treatment = closeAtOnce;
      const end = await ending(client.query("select 1"));
      return { end, storm: gate.clients.length > 20 };
    }

    test("connect() rejects after one try", async () => {
      expect(await through(ours, reached)).toEqual({
        end: { error: "CONNECTION_CLOSED" },
        storm: false,
      });
    });

    test("naively it is tried without end and nobody is told", async () => {
      expect(await through(naive, reached)).toEqual({ end: "pending", storm: true });
    });
  });

  describe("a backend that is terminated under a statement", () => {
    async function terminated(client: Client): Promise<unknown> {
      const first = ending(client.query("select pg_sleep(60) as stale"));
      await running("select pg_sleep(60) as stale");
      await terminate("select pg_sleep(60) as stale");
      return [await first, await ending(client.query("select 1 as n"))];
    }

    test("run() gives that statement the 57P01, and the next one its answer", async () => {
      expect(await through(ours, terminated)).toEqual([{ error: "57P01" }, { rows: [{ n: 1 }] }]);
    });

    test("naively it is the next one that gets the 57P01", async () => {
      expect(await through(naive, terminated)).toEqual([
        { error: "CONNECTION_CLOSED" },
        { error: "57P01" },
      ]);
    });
  });

  describe("a line that is cut in the middle of a result", () => {
    async function cutShort(facade: Facade): Promise<unknown> {
      let cutAt = Number.POSITIVE_INFINITY;
      let seen = 0;
      await using gate = await openGate(passTo(cluster.primary.port, {
        fromServer: (bytes) => {
          seen += bytes.length;
          if (seen < cutAt) return;
          cutAt = Number.POSITIVE_INFINITY;
          gate.cut("fin");
        },
      }));
      const client = facade(gate.url);
      try {
        await client.query("select 1");
        cutAt = seen + 100_000;
        const text = "select repeat('x', 1000) as x from generate_series(1, 100000)";
        const first = await ending(client.query(text));
        const next = await client.query("select 0 as i").catch(() => []);
        return { first, length: next.length, firstRow: next[0] };
      } finally {
        await client.end();
      }
    }

    test("run() of the next statement has its own rows only", async () => {
      expect(await cutShort(ours)).toEqual({
        first: { error: "CONNECTION_CLOSED" },
        length: 1,
        firstRow: { i: 0 },
      });
    });

    test("naively they come after holes where the lost rows were", async () => {
      const { length, firstRow } = await cutShort(naive) as {
        length: number;
        firstRow: unknown;
      };
      expect(length).toBeGreaterThan(1);
      expect(firstRow).toBeUndefined();
    });
  });
});
