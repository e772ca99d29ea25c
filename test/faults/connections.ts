/**
 * How many connections each server has from the holdfast under test, by the servers' own account.
 */

import { postgres } from "../../adapters/connectors/postgres/mod.ts";
import type { Connector } from "../../mod.ts";
import { type Cluster, until } from "../cluster/mod.ts";

const APPLICATION_NAME = "holdfast-under-fault";

/** A connector whose connections are counted here. */
export function counted(url: string): Connector {
  return postgres({ url, applicationName: APPLICATION_NAME });
}

/** Ends every one of those sessions on the server that is asked. */
export const TERMINATE_COUNTED: string = `select pg_terminate_backend(pid) from pg_stat_activity
  where application_name = '${APPLICATION_NAME}'`;

/** How many of them each server has. */
export async function connectionsOf(cluster: Cluster): Promise<Readonly<Record<string, number>>> {
  const found: Record<string, number> = {};
  for (const node of cluster.nodes) {
    const [row] = await node.query<{ n: number }>(
      `select count(*)::int as n from pg_stat_activity where application_name = $1`,
      [APPLICATION_NAME],
    );
    found[node.name] = row?.n ?? Infinity;
  }
  return found;
}

/** Waits until no server has more than `most` of them, and says how many each has. */
export function connectionsWithin(
  cluster: Cluster,
  most: number,
): Promise<Readonly<Record<string, number>>> {
  let last: Readonly<Record<string, number>> = {};
  return until(async () => {
    last = await connectionsOf(cluster);
    return Object.values(last).every((n) => n <= most) && last;
  }, { what: `at most ${most} connections on each server`, detail: () => JSON.stringify(last) });
}
