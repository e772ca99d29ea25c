/** How real servers do: connections, lag and position, a transaction tried, a connector made anew. */

import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import pg from "postgres";
import { postgres, type PostgresOptions } from "../../../../adapters/connectors/postgres/mod.ts";
import type { Connection, Vitals } from "../../../../src/ports.ts";
import {
  type Cluster,
  type ClusterNode,
  startCluster,
  until,
  whyNoCluster,
} from "../../../cluster/mod.ts";
import { WAYS } from "./ways.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

const PREPARE = { prepare: true };
const ROLES = ["postgres", "plain"] as const;

describe.skipIf(missing)(`postgres() ${missing ?? ""}`, () => {
  let cluster: Cluster;
  let primary: ClusterNode;
  let replicas: readonly [ClusterNode, ClusterNode];
  const open: Connection[] = [];
  beforeAll(async () => {
    cluster = await startCluster({ settings: { wal_receiver_timeout: "2s" } });
    const [one, two] = cluster.replicas;
    if (one === undefined || two === undefined) throw new Error("No replicas");
    [primary, replicas] = [cluster.primary, [one, two]];
    await primary.query("create role plain login");
    await primary.query("create role poor login");
    await primary.query("create table t (n int)");
    await cluster.waitCaughtUp();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((connection) => connection.close()));
  });
  afterAll(() => cluster?.stop());

  async function connect(
    node: ClusterNode,
    options: Omit<PostgresOptions, "url"> = {},
  ): Promise<Connection> {
    const connector = postgres({ url: node.url(), ...options });
    const connection = await connector.connect({ timeoutMs: 10_000 });
    open.push(connection);
    return connection;
  }

  function write(): Promise<unknown> {
    return primary.query("insert into t values (1)");
  }

  async function vitals(connection: Connection): Promise<Vitals> {
    return await connection.measure?.() ?? {};
  }

  /** Waits until the lag is as it should be, and gives it. */
  function lagOf(connection: Connection, is: (lagMs: number) => boolean): Promise<number> {
    return until(async () => {
      const { lagMs = Number.NaN } = await vitals(connection);
      // Not the number itself: `until` takes 0 for a number, but a reader would have to know.
      return is(lagMs) && { lagMs };
    }, { what: "the lag" }).then(({ lagMs }) => lagMs);
  }

  /** The lag that everybody's query tells. */
  async function naiveLag(node: ClusterNode): Promise<number> {
    const [row] = await node.query<{ ms: number }>(
      "select (extract(epoch from now() - pg_last_xact_replay_timestamp()) * 1000)::float as ms",
    );
    return row?.ms ?? 0;
  }

  async function reload(node: ClusterNode, setting: string): Promise<void> {
    await node.query(`alter system ${setting}`);
    await node.query("select pg_reload_conf()");
  }

  describe("measure()", () => {
    test.each(ROLES)("measure() as %s counts the connections as they come and go", async (user) => {
      const connection = await connect(primary, { user });
      // Three of the hundred are kept for superusers.
      expect((await vitals(connection)).connectionsMax).toBe(97);
      const isCounted = async (n: number): Promise<boolean> =>
        (await vitals(connection)).connectionsUsed === n;
      await until(() => isCounted(1), { what: "nobody else to be there" });
      const others = [];
      for (let i = 0; i < 5; i++) others.push(await connect(primary));
      await until(() => isCounted(6), { what: "five more to be counted" });
      for (const other of others) await other.close();
      await until(() => isCounted(1), { what: "them to be gone" });
    });

    test("measure() of a primary tells no lag", async () => {
      await write();
      const { lagMs, position } = await vitals(await connect(primary));
      expect([lagMs, typeof position]).toEqual([undefined, "bigint"]);
    });

    test.each(ROLES)(
      "measure() as %s tells 0 of a replica that waits for an idle primary",
      async (user) => {
        await write();
        await cluster.waitCaughtUp();
        const connection = await connect(replicas[0], { user });
        await until(async () => await naiveLag(replicas[0]) > 1_000, {
          what: "the naive query to tell a second",
        });
        expect((await vitals(connection)).lagMs).toBe(0);
      },
    );

    test.each(ROLES)(
      "measure() as %s tells a growing lag of a paused replay, then 0",
      async (user) => {
        const connection = await connect(replicas[0], { user });
        await replicas[0].query("select pg_wal_replay_pause()");
        try {
          await write();
          const first = await lagOf(connection, (lagMs) => lagMs > 0);
          await write();
          await lagOf(connection, (lagMs) => lagMs > first + 200);
        } finally {
          await replicas[0].query("select pg_wal_replay_resume()");
        }
        expect(await lagOf(connection, (lagMs) => lagMs === 0)).toBe(0);
      },
    );

    test.each(ROLES)(
      "measure() as %s tells a growing lag of a replica that is cut off, then 0",
      async (user) => {
        const watched = await connect(replicas[0], { user });
        await lagOf(watched, (lagMs) => lagMs === 0);
        await reload(replicas[0], "set primary_conninfo = ''");
        const first = await lagOf(watched, (lagMs) => lagMs > 0);
        // A connector that never saw it well counts from the last commit, which is older.
        const fresh = await vitals(await connect(replicas[0], { user }));
        expect(fresh.lagMs).toBeGreaterThan(first);
        await lagOf(watched, (lagMs) => lagMs > first + 200);
        await cluster.follow(replicas[0], primary);
        await lagOf(watched, (lagMs) => lagMs === 0);
      },
    );

    test("measure() tells a lag of a replica whose primary is silent, then 0", async () => {
      const watched = await connect(replicas[0]);
      await lagOf(watched, (lagMs) => lagMs === 0);
      primary.freeze();
      try {
        await lagOf(watched, (lagMs) => lagMs > 2_000);
      } finally {
        primary.thaw();
      }
      expect(await lagOf(watched, (lagMs) => lagMs === 0)).toBe(0);
    });

    test("measure() of the replica that received more tells the higher position", async () => {
      const [behind, ahead] = [await connect(replicas[0]), await connect(replicas[1])];
      const source = await connect(primary);
      const { position: before = 0n } = await vitals(ahead);
      await reload(replicas[0], "set primary_conninfo = ''");
      await until(async () => (await vitals(behind)).lagMs !== 0, { what: "it to be cut off" });
      await write();
      await until(async () => (await vitals(ahead)).position === (await vitals(source)).position, {
        what: "the other to receive all",
      });
      const { position = 0n } = await vitals(ahead);
      expect(position).toBeGreaterThan(before);
      expect((await vitals(behind)).position).toBeLessThan(position);
      await cluster.follow(replicas[0], primary);
      await until(async () => ((await vitals(behind)).position ?? 0n) >= position, {
        what: "it to catch up",
      });
    });

    test("measure() leaves out what the role may not ask", async () => {
      await primary.query("revoke execute on function pg_last_wal_receive_lsn() from public");
      await cluster.waitCaughtUp();
      const connection = await connect(replicas[0], { user: "poor" });
      for (let i = 0; i < 2; i++) {
        expect(Object.keys(await vitals(connection))).toEqual([
          "connectionsUsed",
          "connectionsMax",
        ]);
      }
      await primary.query("grant execute on function pg_last_wal_receive_lsn() to public");
      await cluster.waitCaughtUp();
    });

    test.each(
      [...WAYS, ["with renamed columns", {
        transform: pg.pascal,
        types: { bigint: pg.BigInt },
      }]] as const,
    )(
      "measure(), inspect() and rehearse() answer the same %s",
      async (_, options) => {
        const [above, below] = [
          await connect(primary, options),
          await connect(replicas[0], options),
        ];
        for (let i = 0; i < 3; i++) {
          expect(Object.keys(await vitals(above))).toEqual([
            "connectionsUsed",
            "connectionsMax",
            "position",
          ]);
          expect(await vitals(below)).toMatchObject({ lagMs: 0 });
          expect(await above.inspect()).toEqual({ role: "primary", generation: 1 });
          expect(await below.inspect()).toEqual({ role: "replica" });
          expect(await above.rehearse?.()).toEqual({ writable: true });
          expect(await below.rehearse?.()).toEqual({ writable: false });
        }
      },
    );
  });

  describe("rehearse()", () => {
    /** Twice, because the second time the statements are prepared; and each leaves no trace. */
    async function rehearsed(connection: Connection, node = primary): Promise<unknown[]> {
      const heard: unknown[] = [];
      for (let i = 0; i < 2; i++) {
        heard.push((await connection.rehearse?.())?.writable);
        const { rows } = await connection.run<{ pid: number; id: null }>(
          "select pg_backend_pid() as pid, pg_current_xact_id_if_assigned() as id",
          [],
          PREPARE,
        );
        expect(rows).toMatchObject([{ id: null }]);
        const text = "select state from pg_stat_activity where pid = $1";
        expect(await node.query(text, [rows[0]?.pid])).toEqual([{ state: "idle" }]);
      }
      return heard;
    }

    test.each(ROLES)("rehearse() as %s tells who could write", async (user) => {
      expect(await rehearsed(await connect(primary, { user }))).toEqual([true, true]);
      expect(await rehearsed(await connect(replicas[0], { user }), replicas[0])).toEqual([
        false,
        false,
      ]);
    });

    test("rehearse() hears that the database was made read-only", async () => {
      const connection = await connect(primary);
      for (const [setting, writable] of [["set", false], ["reset", true]] as const) {
        const value = writable ? "" : " = on";
        await reload(primary, `${setting} default_transaction_read_only${value}`);
        await until(async () => (await connection.rehearse?.())?.writable === writable, {
          what: "the session to hear of it",
        });
        expect(await rehearsed(connection)).toEqual([writable, writable]);
      }
    });

    test("rehearse() does without a transaction id where the role may take none", async () => {
      await primary.query("revoke execute on function txid_current() from public");
      expect(await rehearsed(await connect(primary, { user: "poor" }))).toEqual([true, true]);
      await primary.query("grant execute on function txid_current() to public");
    });

    test("rehearse() inside a transaction is refused and leaves it alone", async () => {
      const connection = await connect(primary);
      await connection.run("begin", [], { prepare: false });
      await connection.run("insert into t values (77)", [], PREPARE);
      await expect(connection.rehearse?.()).rejects.toMatchObject({ code: "BUSY" });
      await connection.run("commit", [], { prepare: false });
      expect(await primary.query("select n from t where n = 77")).toEqual([{ n: 77 }]);
      expect(await rehearsed(connection)).toEqual([true, true]);
    });

    test("rehearse() on a line that dies rejects with the Failure", async () => {
      const connection = await connect(primary);
      const { rows } = await connection.run("select pg_backend_pid() as pid", [], PREPARE);
      const lost = new Promise<void>((resolve) => connection.onLost = resolve);
      await primary.query("select pg_terminate_backend($1)", [rows[0]?.["pid"]]);
      await lost;
      await expect(connection.rehearse?.()).rejects.toMatchObject({
        name: "Failure",
        phase: "connecting",
        connection: "broken",
      });
    });
  });

  // Last: afterwards there is no primary any more.
  test("measure() tells a growing lag of a replica whose primary has died", async () => {
    const watched = await connect(replicas[0]);
    await lagOf(watched, (lagMs) => lagMs === 0);
    await primary.kill();
    const first = await lagOf(watched, (lagMs) => lagMs > 0);
    expect(await lagOf(watched, (lagMs) => lagMs > first + 200)).toBeGreaterThan(first);
  });
});
