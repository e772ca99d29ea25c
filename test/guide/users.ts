/**
 * The table the guide's programs take for granted, and endpoints as the guide writes them.
 *
 * @module
 */

import { postgres } from "../../adapters/connectors/postgres/mod.ts";
import { databaseEndpoint, type EndpointOptions, type RoleWord } from "../../mod.ts";
import type { Cluster, ClusterNode } from "../cluster/mod.ts";

/** A row of the guide's table. */
export interface User {
  readonly id: number;
  readonly name: string;
  readonly email: string;
  readonly active: boolean;
}

/** How many of the rows made here are active. */
export const ACTIVE = 3;

/** Makes the table with four rows, past holdfast, and waits until every replica has it. */
export async function createUsers(cluster: Cluster): Promise<void> {
  await cluster.primary.query(
    `create table users (
       id int generated always as identity primary key,
       name text not null, email text not null unique, active boolean not null default true)`,
  );
  await cluster.primary.query(
    `insert into users (name, email, active)
     select 'User ' || n, 'user' || n || '@example.com', n <= $1 from generate_series(1, 4) n`,
    [ACTIVE],
  );
  await cluster.waitCaughtUp();
}

/** The guide's `DatabaseEndpoint::new(id, config, role, weight)` on one of the cluster's nodes. */
export function endpoint(
  id: string,
  node: ClusterNode | undefined,
  role: RoleWord,
  weight: number,
): EndpointOptions {
  if (node === undefined) throw new Error(`The cluster has no node for ${id}`);
  return databaseEndpoint(id, postgres(node.url()), role, weight);
}
