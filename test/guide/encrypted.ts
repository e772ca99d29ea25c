/**
 * A cluster whose servers offer TLS, because the guide's second program says `ssl_mode: require`.
 *
 * @module
 */

import { join } from "node:path";
import { CERTIFICATE, KEY } from "../adapters/connectors/postgres/tls-server.ts";
import { type Cluster, startCluster, until } from "../cluster/mod.ts";
import { writeOwned } from "../cluster/data.ts";

/** Whom the servers say they are: PEM texts. */
export interface Identity {
  readonly certificate: string;
  readonly key: string;
}

/** Starts it; `ssl` can be switched on while a server runs. */
export async function startEncrypted(
  replicas: number,
  { certificate, key }: Identity = { certificate: CERTIFICATE, key: KEY },
): Promise<Cluster> {
  const cluster = await startCluster({ replicas });
  for (const node of cluster.nodes) {
    writeOwned(join(node.data, "server.crt"), certificate);
    writeOwned(join(node.data, "server.key"), key);
    await node.query("alter system set ssl = on");
    await node.query("select pg_reload_conf()");
    await until(async () => {
      const [row] = await node.query<{ ssl: string }>("select current_setting('ssl') as ssl");
      return row?.ssl === "on";
    }, { what: `${node.name} to offer TLS`, detail: () => node.tail() });
  }
  return cluster;
}
