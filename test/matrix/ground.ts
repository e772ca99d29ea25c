/**
 * What every cell stands on: a real PostgreSQL primary with a replica, and a real MariaDB primary with one; tables and
 * users in them.
 */

import { type Cluster, startCluster, whyNoCluster } from "../cluster/mod.ts";
import { type RedisServer, startRedis, whyNoRedis } from "../stores/redis-server.ts";
import { type MariadbPair, startMariadb, whyNoMariadb } from "../planetscale/mariadb.ts";

/** A user whose statements may take a tenth of a second. */
export const SLOW = "slow";
/** A user who may not have a single connection. */
export const CROWDED = "crowded";

/** The servers. */
export interface Ground extends AsyncDisposable {
  readonly cluster: Cluster;
  readonly pair: MariadbPair;
  readonly redis: RedisServer;
}

/** What is missing on this machine, or `undefined`. */
export function whyNoMatrix(): string | undefined {
  const missing = [whyNoCluster(), whyNoMariadb(), whyNoRedis()].filter((why) => why !== undefined);
  return missing.length === 0 ? undefined : missing.join("; ");
}

const TABLES: readonly string[] = [
  "create table struck (n int)",
  "create table taken (n int primary key)",
  "insert into taken values (1)",
  "create table locked (n int primary key)",
  "insert into locked values (1)",
];

async function startPostgres(): Promise<Cluster> {
  const cluster = await startCluster({ replicas: 1, auth: "scram-sha-256", password: "pw" });
  for (
    const text of [
      ...TABLES,
      "create table journey (s text)",
      `create role ${SLOW} login password 'pw'`,
      `alter role ${SLOW} set statement_timeout = '100ms'`,
      `create role ${CROWDED} login password 'pw' connection limit 0`,
    ]
  ) await cluster.primary.query(text);
  await cluster.waitCaughtUp();
  return cluster;
}

async function startMysql(): Promise<MariadbPair> {
  const pair = await startMariadb();
  await pair.primary.query("use app");
  for (const text of [...TABLES, "create table journey (s varchar(100) character set utf8mb4)"]) {
    await pair.primary.query(text);
  }
  await pair.waitCaughtUp();
  return pair;
}

/** Starts them; when one of them does not start, none stays. */
export async function startGround(): Promise<Ground> {
  await using started = new AsyncDisposableStack();
  const postgres = startPostgres().then((it) => {
    started.defer(() => it.stop());
    return it;
  });
  const mysql = startMysql().then((it) => {
    started.defer(() => it.stop());
    return it;
  });
  const server = startRedis().then((it) => {
    started.defer(() => it.stop());
    return it;
  });
  await Promise.allSettled([postgres, mysql, server]);
  const [cluster, pair, redis] = await Promise.all([postgres, mysql, server]);
  const kept = started.move();
  return { cluster, pair, redis, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
