/**
 * A cell's own ways to the servers, so that its faults strike nobody else: proxies for PostgreSQL, doubles for Neon
 * and PlanetScale.
 */

import { type Cluster, type ClusterNode, startProxy, type TcpProxy } from "../cluster/mod.ts";
import { freePort } from "../cluster/place.ts";
import { type Double as NeonDouble, startDouble as startNeon } from "../neon/double.ts";
import {
  type Double as PlanetscaleDouble,
  READER,
  startDouble as startPlanetscale,
} from "../planetscale/double.ts";
import { APP, type MariadbPair } from "../planetscale/mariadb.ts";
import type { ConnectorName, Settings } from "./words.ts";

/** What all have. */
interface Ways {
  readonly primary: Settings;
  readonly replica: Settings;
  /** A port where nobody listens. */
  readonly nowhere: number;
  /** Takes the replica away, and gives it back. */
  readonly killReplica: () => Promise<void> | void;
  readonly reviveReplica: () => Promise<void> | void;
  readonly close: () => Promise<void>;
}

export interface PostgresDoors extends Ways {
  readonly connector: "postgres";
  readonly cluster: Cluster;
  readonly proxy: TcpProxy;
  /** Somebody else's URL by way of the proxy. */
  readonly urlOf: (user: string, password?: string) => string;
}

export interface NeonDoors extends Ways {
  readonly connector: "neon";
  readonly cluster: Cluster;
  readonly double: NeonDouble;
}

export interface PlanetscaleDoors extends Ways {
  readonly connector: "planetscale";
  readonly pair: MariadbPair;
  readonly double: PlanetscaleDouble;
  /** The double's URL as a record of options. */
  readonly settingsOf: (password: string) => Settings;
}

export type Doors = PostgresDoors | NeonDoors | PlanetscaleDoors;

function replicaOf(cluster: Cluster): ClusterNode {
  const [replica] = cluster.replicas;
  if (replica === undefined) throw new Error("The matrix needs a replica");
  return replica;
}

async function postgresDoors(cluster: Cluster): Promise<PostgresDoors> {
  const replica = replicaOf(cluster);
  const [proxy, other] = [await startProxy(cluster.primary.port), await startProxy(replica.port)];
  return {
    connector: "postgres",
    cluster,
    proxy,
    primary: proxy.via(cluster.primary.url()),
    replica: other.via(replica.url()),
    nowhere: await freePort(),
    urlOf: (user, password = "pw") =>
      `postgres://${user}:${password}@127.0.0.1:${proxy.port}/postgres`,
    killReplica: () => other.behave({ kind: "refuse" }),
    reviveReplica: () => other.behave({ kind: "pass" }),
    close: async () => {
      await Promise.all([proxy.close(), other.close()]);
    },
  };
}

async function neonDoors(cluster: Cluster): Promise<NeonDoors> {
  const double = await startNeon(cluster.primary.port);
  const other = await startNeon(replicaOf(cluster).port);
  return {
    connector: "neon",
    cluster,
    double,
    primary: double.options(),
    replica: other.options(),
    nowhere: await freePort(),
    killReplica: () => void (other.fault = { kind: "drop", when: "before" }),
    reviveReplica: () => void (other.fault = { kind: "none" }),
    close: async () => {
      await Promise.all([double.close(), other.close()]);
    },
  };
}

async function planetscaleDoors(pair: MariadbPair): Promise<PlanetscaleDoors> {
  const [double, other] = [await startPlanetscale(pair), await startPlanetscale(pair)];
  const settingsOf = (password: string): Settings => ({ url: double.url({ ...APP, password }) });
  return {
    connector: "planetscale",
    pair,
    double,
    primary: settingsOf(APP.password),
    replica: { url: other.url(READER), target: "replica" },
    nowhere: await freePort(),
    settingsOf,
    killReplica: () => other.fault({ kind: "reset" }),
    reviveReplica: () => other.heal(),
    close: async () => {
      await Promise.all([double, other].map((each) => each[Symbol.asyncDispose]()));
    },
  };
}

/** Opens a cell's. */
export function openDoors(
  connector: ConnectorName,
  { cluster, pair }: { readonly cluster: Cluster; readonly pair: MariadbPair },
): Promise<Doors> {
  if (connector === "postgres" || connector === "pooled") return postgresDoors(cluster);
  return connector === "neon" ? neonDoors(cluster) : planetscaleDoors(pair);
}
