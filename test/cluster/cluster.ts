/**
 * A real PostgreSQL cluster on this machine: one primary, streaming replicas, every fault at hand.
 *
 * @module
 */

import { join } from "node:path";
import { literal, name as identifier } from "./admin.ts";
import { copyRunning, copyStopped, initialise, type Login, makeOwned } from "./data.ts";
import { claim, removeFolder, sweep } from "./leftovers.ts";
import { ClusterNode } from "./node.ts";
import { identity, makeFolder } from "./place.ts";
import { BASE_SETTINGS, type Settings } from "./settings.ts";
import { until } from "./wait.ts";

/** How a cluster is built. */
export interface ClusterOptions {
  /** @default {2} */
  readonly replicas?: number;
  /** A commit waits for any one of the replicas (`ANY 1`). @default {false} */
  readonly synchronous?: boolean;
  /** Added to (and stronger than) the settings of every node. */
  readonly settings?: Settings;
  /** @default {"trust"} On loopback only. */
  readonly auth?: "trust" | "scram-sha-256";
  /** The superuser everybody logs in as. @default {"postgres"} */
  readonly user?: string;
  /** Needed with `scram-sha-256`. @default {"correct horse"} there, none with `trust` */
  readonly password?: string;
  /** Made if it is another one than `postgres`. @default {"postgres"} */
  readonly database?: string;
}

/** A running cluster. `primary` and `replicas` are what the nodes were born as, whatever they are now. */
export class Cluster implements AsyncDisposable {
  readonly primary: ClusterNode;
  readonly replicas: readonly ClusterNode[];
  readonly nodes: readonly ClusterNode[];
  /** The temporary folder with everything in it. */
  readonly folder: string;
  readonly #synchronous: boolean;

  constructor(folder: string, nodes: readonly ClusterNode[], synchronous: boolean) {
    const [primary, ...replicas] = nodes;
    if (primary === undefined) throw new Error("A cluster needs a node");
    this.folder = folder;
    this.nodes = nodes;
    this.primary = primary;
    this.replicas = replicas;
    this.#synchronous = synchronous;
  }

  /** Makes a database on `on` and waits until every running standby has it. */
  async createDatabase(database: string, on: ClusterNode = this.primary): Promise<void> {
    await on.query(`create database ${identifier(database)}`, [], { database: "postgres" });
    await this.waitCaughtUp(on);
  }

  /** Waits until every running standby has replayed all that `primary` has written by now. */
  async waitCaughtUp(primary: ClusterNode = this.primary): Promise<void> {
    const [row] = await primary.query<{ lsn: string }>("select pg_current_wal_lsn()::text as lsn");
    for (const node of this.nodes) {
      if (node === primary || !node.running) continue;
      await until(async () => {
        const [answer] = await node.query<{ there: boolean | null }>(
          "select pg_last_wal_replay_lsn() >= $1::pg_lsn as there",
          [row?.lsn],
        );
        return answer?.there === true;
      }, { what: `${node.name} to replay up to ${row?.lsn}`, detail: () => node.tail() });
    }
  }

  /**
   * Points a running standby at a new primary and waits until it streams. In a synchronous cluster the
   * new primary waits for standbys again from then on; set earlier, its first commits would hang.
   */
  async follow(replica: ClusterNode, primary: ClusterNode): Promise<void> {
    await replica.repoint(primary);
    await replica.waitStreamingFrom(primary);
    if (this.#synchronous) await this.#demandQuorum(primary);
  }

  /**
   * Brings back a node that was a primary, whether or not it had written something the others never
   * got: takes a fresh copy of `primary` and starts it as its standby. The copy costs about 0.2 s.
   */
  async rejoin(node: ClusterNode, primary: ClusterNode): Promise<void> {
    await node.stop("immediate");
    await copyRunning(primary.url("postgres"), primary.data, node.data);
    await node.start({ as: "standby", follow: primary });
    await node.waitStreamingFrom(primary);
  }

  /**
   * The standby that has received most, asked only once none of them receives any more: until its
   * wal receiver has noticed that the primary is gone, a standby's answer may still grow.
   */
  async mostAdvanced(nodes: readonly ClusterNode[] = this.replicas): Promise<ClusterNode> {
    let best: { node: ClusterNode; lsn: bigint } | undefined;
    for (const node of nodes) {
      const lsn = await until(async () => {
        const [row] = await node.query<{ bytes: string; receiving: boolean }>(
          `select (greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) - '0/0')::text as bytes,
             exists (select 1 from pg_stat_wal_receiver) as receiving`,
        );
        return row !== undefined && !row.receiving && BigInt(row.bytes);
      }, { what: `${node.name} to notice that its primary is gone`, detail: () => node.tail() });
      if (best === undefined || lsn > best.lsn) best = { node, lsn };
    }
    if (best === undefined) throw new Error("mostAdvanced() needs at least one node");
    return best.node;
  }

  /** Ends every server and removes the folder. Never needs to be called twice, but may be. */
  async stop(): Promise<void> {
    for (const node of this.nodes) await node.kill();
    removeFolder(this.folder);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #demandQuorum(primary: ClusterNode): Promise<void> {
    const value = literal(quorum(this.nodes.filter((node) => node !== primary)));
    await primary.query(`alter system set synchronous_standby_names = ${value}`);
    await primary.query("select pg_reload_conf()");
  }

  /** Used by {@link startCluster} once; here because it needs the private parts. */
  async begin(database: string): Promise<void> {
    await this.primary.start();
    // Before anything else: every admin connection of the nodes goes to this database.
    if (database !== "postgres") await this.createDatabase(database);
    await Promise.all(this.replicas.map(async (replica) => {
      await replica.start({ as: "standby", follow: this.primary });
      await replica.waitStreamingFrom(this.primary);
    }));
    if (this.#synchronous) await this.#demandQuorum(this.primary);
  }
}

function quorum(standbys: readonly ClusterNode[]): string {
  return standbys.length === 0 ? "" : `ANY 1 (${standbys.map((node) => node.name).join(", ")})`;
}

/**
 * Builds a cluster out of nothing and resolves when every replica streams: about 0.3 s in memory,
 * 2 s on a disk. The nodes are called `primary`, `replica1`, `replica2`, …
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const { replicas = 2, synchronous = false, settings = {}, user = "postgres" } = options;
  const { auth = "trust", database = "postgres" } = options;
  const password = options.password ?? (auth === "trust" ? undefined : "correct horse");
  const login: Login = { auth, user, password };
  sweep();
  const folder = makeFolder(identity());
  claim(folder);
  try {
    makeOwned(join(folder, "nodes"));
    const names = ["primary", ...Array.from({ length: replicas }, (_, i) => `replica${i + 1}`)];
    const nodes = names.map((name) =>
      new ClusterNode({
        name,
        folder,
        user,
        password,
        database,
        settings: { ...BASE_SETTINGS, ...settings },
      })
    );
    const cluster = new Cluster(folder, nodes, synchronous && replicas > 0);
    const first = cluster.primary.data;
    await initialise(first, folder, login);
    await Promise.all(cluster.replicas.map((each) => copyStopped(first, each.data, folder)));
    await cluster.begin(database);
    return cluster;
  } catch (error) {
    removeFolder(folder);
    throw error;
  }
}
